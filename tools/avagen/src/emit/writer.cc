#include "emit/writer.h"

#include <algorithm>
#include <cctype>

namespace avagen {
namespace {

// Where a line may be broken, and how far its rest is then indented.
struct Break {
  size_t at;      // the rest starts here
  size_t depth;   // brackets open there, twice; one more for an operator than for a comma
  size_t indent;  // columns
  bool opening;   // right behind a bracket
  bool inside;    // of some bracket
};

// A line to be laid out: its text, its first column, and where lists outside any bracket of the
// text continue. `inside`: the text is the rest of a bracket's content.
struct Rest {
  std::string_view text;
  size_t indent;
  size_t align;
  bool inside;

  bool fits() const { return indent + text.size() <= Writer::kColumns || text.starts_with("//"); }
};

// Is the bracket opened at `at` that of a call's last argument? Only such a one is worth a block of
// its own.
bool closes_the_line(std::string_view text, size_t at) {
  int depth = 0;
  for (; at < text.size(); ++at) {
    if (text[at] == '(' || text[at] == '{') ++depth;
    if ((text[at] == ')' || text[at] == '}') && --depth == 0) break;
  }
  std::string_view tail = text.substr(std::min(at, text.size()));
  if (const size_t word = tail.find(" noexcept"); word != std::string_view::npos) {
    tail.remove_suffix(tail.size() - word);
  }
  return tail.find_first_not_of("); {") == std::string_view::npos;
}

bool is_call(std::string_view text, size_t at) {
  return at > 0 && text[at] == '(' &&
         (std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0 || text[at - 1] == '_' ||
          text[at - 1] == '>');
}

std::vector<Break> breaks(const Rest& line) {
  const std::string_view text = line.text;
  const size_t indent = line.indent;
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
      if (is_call(text, i) && next != ')' && closes_the_line(text, i)) {
        all.push_back({i + 1, 2 * contents.size(), indent + 4, true, true});
      }
    } else if ((c == ')' || c == '}') && !contents.empty()) {
      contents.pop_back();
    }
    if (angles > 0 || i + 2 >= text.size() || text[i + 1] != ' ') continue;
    const size_t column = contents.empty() ? line.align : contents.back();
    const bool inside = line.inside || !contents.empty();
    const std::string_view before = text.substr(0, i + 1);
    const bool logical = before.ends_with("&&") || before.ends_with("||");
    if (c == ',' || c == ';' || logical) {
      all.push_back({i + 2, 2 * contents.size() + (logical ? 1 : 0), column, false, inside});
    } else if (!inside && before.ends_with(" =")) {
      all.push_back({i + 2, 0, indent + 4, false, false});
    } else if (!inside && text[i + 2] == '?') {
      all.push_back({i + 2, 1, indent + 4, false, false});
    }
  }
  std::erase_if(all, [&](const Break& candidate) {
    const size_t length = candidate.at - (text[candidate.at - 1] == ' ' ? 1 : 0);
    return indent + length > Writer::kColumns;
  });
  return all;
}

Rest rest_behind(const Rest& line, const Break& at) {
  return {line.text.substr(at.at), at.indent, at.indent, at.inside};
}

std::vector<std::string> lay_out(const Rest& line);

// Lines, of which those that are still too long count many times.
size_t cost_of(const std::vector<std::string>& lines) {
  size_t cost = 0;
  for (const std::string& line : lines) cost += line.size() > Writer::kColumns ? 100 : 1;
  return cost;
}

// The best break leaves nothing more to break, as far outside and as late as can be. Where none
// does, it is a bracket that is broken open, so that its content has the most room, or the last
// comma of the outermost list, whichever takes fewer lines.
const Break* best_of(const Rest& line, const std::vector<Break>& all) {
  const Break* completing = nullptr;
  const Break* opening = nullptr;
  const Break* comma = nullptr;
  for (const Break& candidate : all) {
    if (rest_behind(line, candidate).fits()) {
      if (completing == nullptr || candidate.depth <= completing->depth) completing = &candidate;
    } else if (candidate.opening) {
      opening = &candidate;
    } else if (comma == nullptr || candidate.depth <= comma->depth) {
      comma = &candidate;
    }
  }
  if (completing != nullptr) return completing;
  if (opening == nullptr || comma == nullptr) return opening == nullptr ? comma : opening;
  const size_t open_cost = cost_of(lay_out(rest_behind(line, *opening)));
  const size_t comma_cost = cost_of(lay_out(rest_behind(line, *comma)));
  return comma_cost <= open_cost && comma->depth <= 2 ? comma : opening;
}

std::vector<std::string> lay_out(const Rest& line) {
  std::vector<std::string> lines;
  const std::vector<Break> all = line.fits() ? std::vector<Break>{} : breaks(line);
  const Break* best = best_of(line, all);
  std::string_view head = best == nullptr ? line.text : line.text.substr(0, best->at);
  while (head.ends_with(' ')) head.remove_suffix(1);
  lines.push_back(std::string(line.indent, ' ') + std::string(head));
  if (best != nullptr) {
    for (std::string& more : lay_out(rest_behind(line, *best))) lines.push_back(std::move(more));
  }
  return lines;
}

}  // namespace

void Writer::line(std::string_view text) {
  if (text.empty()) {
    text_ += '\n';
    return;
  }
  for (const std::string& one : lay_out({text, indent_, indent_ + 4, false})) text_ += one + "\n";
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
