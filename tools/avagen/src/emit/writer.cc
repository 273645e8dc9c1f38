#include "emit/writer.h"

#include <algorithm>

namespace avagen {
namespace {

// Where a line may be broken, and how far its rest is then indented.
struct Break {
  size_t at;      // the rest starts here
  size_t depth;   // brackets open there, twice; one more for an operator than for a comma
  size_t indent;  // columns
  bool opening;   // right behind a bracket
};

// `text` starts at column `indent`; lists outside any bracket of it continue at `align`.
std::vector<Break> breaks(std::string_view text, size_t indent, size_t align) {
  std::vector<Break> all;
  std::vector<size_t> contents;  // for each open bracket, the column behind it
  bool quoted = false;
  size_t angles = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' && (i == 0 || text[i - 1] != '\\')) quoted = !quoted;
    if (quoted) continue;
    // A template's brackets touch the name before them.
    if (c == '<' && i > 0 && text[i - 1] != ' ') ++angles;
    if (c == '>' && angles > 0) --angles;
    if (c == '(' || c == '{') {
      contents.push_back(indent + i + 1);
      const char next = i + 1 < text.size() ? text[i + 1] : ')';
      if (c == '(' && next != ')') all.push_back({i + 1, 2 * contents.size(), indent + 4, true});
    } else if ((c == ')' || c == '}') && !contents.empty()) {
      contents.pop_back();
    }
    if (angles > 0 || i + 2 >= text.size() || text[i + 1] != ' ') continue;
    const size_t inside = contents.empty() ? align : contents.back();
    const std::string_view before = text.substr(0, i + 1);
    const bool logical = before.ends_with("&&") || before.ends_with("||");
    if (c == ',' || c == ';' || logical) {
      all.push_back({i + 2, 2 * contents.size() + (logical ? 1 : 0), inside, false});
    } else if (contents.empty() && (before.ends_with(" =") || text[i + 2] == '?')) {
      all.push_back({i + 2, 0, indent + 4, false});
    }
  }
  return all;
}

}  // namespace

void Writer::wrapped(std::string_view text, size_t indent, size_t align) {
  text_.append(indent, ' ');
  // The best break leaves nothing more to break, as far outside and as late as can be. Where none
  // does, a bracket is broken open, so that its content has the most room; else the last comma.
  const Break* best = nullptr;
  const std::vector<Break> all = breaks(text, indent, align);
  const auto completes = [&](const Break& candidate) {
    return candidate.indent + text.size() - candidate.at <= kColumns;
  };
  const auto better = [&](const Break& candidate) {
    if (best == nullptr) return true;
    if (completes(candidate) != completes(*best)) return completes(candidate);
    if (!completes(candidate) && candidate.opening != best->opening) return candidate.opening;
    return candidate.depth <= best->depth || (!completes(candidate) && candidate.opening);
  };
  const bool fits = indent + text.size() <= kColumns || text.starts_with("//");
  for (const Break& candidate : all) {
    const size_t length = candidate.at - (text[candidate.at - 1] == ' ' ? 1 : 0);
    if (fits || indent + length > kColumns) break;
    if (better(candidate)) best = &candidate;
  }
  std::string_view head = best == nullptr ? text : text.substr(0, best->at);
  while (head.ends_with(' ')) head.remove_suffix(1);
  text_ += head;
  text_ += '\n';
  if (best != nullptr) wrapped(text.substr(best->at), best->indent, best->indent);
}

void Writer::line(std::string_view text) {
  if (text.empty()) {
    text_ += '\n';
    return;
  }
  wrapped(text, indent_, indent_ + 4);
}

void Writer::open(std::string_view text) {
  line(text);
  indent_ += 2;
}

void Writer::close(std::string_view text) {
  indent_ -= 2;
  if (!text.empty()) line(text);
}

void Writer::guarded(std::string_view condition, std::string_view statement) {
  const std::string head = "if (" + std::string(condition) + ")";
  if (indent_ + head.size() + 1 + statement.size() <= kColumns) {
    line(head + " " + std::string(statement));
    return;
  }
  open(head + " {");
  line(statement);
  close();
}

void Writer::open_list(std::string_view head) {
  line(std::string(head) + " = {");
  indent_ += 4;
}

void Writer::close_list() {
  indent_ -= 4;
  line("};");
}

void Writer::table(std::string_view head, const std::vector<std::string>& items) {
  open_list(head);
  std::string row;
  for (const std::string& item : items) {
    if (!row.empty() && indent_ + row.size() + 1 + item.size() + 1 > kColumns) {
      line(row);
      row.clear();
    }
    row += (row.empty() ? "" : " ") + item + ",";
  }
  if (!row.empty()) line(row);
  close_list();
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += separator;
    text += item;
  }
  return text;
}

}  // namespace avagen
