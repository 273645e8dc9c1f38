#include "habits/remarks.h"

#include <algorithm>
#include <cctype>
#include <regex>

namespace avagen {
namespace {

using std::regex_constants::icase;

// Tags and entities of XML, marks of comments, emphasis of Markdown and TeX: what is left are
// words.
// `@param[out] x` stays, as a line of its own.
std::string plain(std::string_view prose) {
  std::string text;
  for (size_t i = 0; i < prose.size(); ++i) {
    const char c = prose[i];
    if (c == '<') {
      const size_t close = prose.find('>', i);
      const bool tag = close != std::string_view::npos && i + 1 < prose.size() &&
                       (std::isalpha(static_cast<unsigned char>(prose[i + 1])) != 0 ||
                        prose[i + 1] == '/' || prose[i + 1] == '!' || prose[i + 1] == '?');
      if (tag) {
        // Paragraphs and list items end a sentence.
        const std::string_view name = prose.substr(i, close + 1 - i);
        if (is_one_of(name, {"</para>", "</p>", "</listitem>"})) {
          text += ".\n";
        } else if (name == "</title>") {
          text += '\n';
        } else {
          text += ' ';
        }
        i = close;
        continue;
      }
    }
    if (c == '*' || c == '`' || c == '/') {
      const bool divides =
          c == '/' && i > 0 && std::isalnum(static_cast<unsigned char>(prose[i - 1]));
      text += divides ? '/' : ' ';
    } else if (c == '\\') {
      text += '@';
    } else {
      text += c;
    }
  }
  for (const auto& [entity, character] :
       {std::pair("&lt;", "<"), {"&gt;", ">"}, {"&amp;", "&"}, {"&quot;", "\""}}) {
    const std::string wanted(entity);
    for (size_t at = text.find(wanted); at != std::string::npos; at = text.find(wanted, at)) {
      text.replace(at, wanted.size(), character);
    }
  }
  return text;
}

std::string one_line(const std::string& text) {
  std::string line;
  for (const char c : text) {
    const bool space = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (space && (line.empty() || line.back() == ' ')) continue;
    line += space ? ' ' : c;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

// A sentence, and the parameter whose description it stands in (empty: none's).
struct Sentence {
  std::string about;
  std::string text;
  std::optional<Way> way;
};

std::vector<Sentence> sentences_of(const std::string& text) {
  std::vector<Sentence> all;
  // A description begins with "@param" or a blank line, and ends with either.
  static const std::regex kParam(R"(@param\s*(?:\[\s*([a-z, ]+)\s*\])?\s*([A-Za-z_]\w*))", icase);
  static const std::regex kBreak(R"(\n[ \t]*\n|@(?=[a-z]+))", icase);
  static const std::regex kStop(R"([.;](?=\s|$))");
  std::vector<std::string> paragraphs;
  size_t from = 0;
  for (std::sregex_iterator it(text.begin(), text.end(), kBreak), end; it != end; ++it) {
    const auto at = static_cast<size_t>(it->position());
    paragraphs.push_back(text.substr(from, at - from));
    from = text[at] == '@' ? at : at + static_cast<size_t>(it->length());
  }
  paragraphs.push_back(text.substr(from));
  for (const std::string& paragraph : paragraphs) {
    std::string about;
    std::optional<Way> way;
    std::smatch match;
    if (std::regex_search(paragraph, match, kParam) && match.position() == 0) {
      about = match[2];
      const std::string direction = match[1];
      const bool in = direction.find("in") != std::string::npos;
      const bool out = direction.find("out") != std::string::npos;
      if (in && out) {
        way = Way::kInOut;
      } else if (in || out) {
        way = out ? Way::kOut : Way::kIn;
      }
    }
    for (std::sregex_token_iterator it(paragraph.begin(), paragraph.end(), kStop, -1), end;
         it != end; ++it) {
      const std::string sentence = one_line(*it);
      if (!sentence.empty()) all.push_back({about, sentence, way});
    }
  }
  return all;
}

// Longer names also where a sentence begins with them.
bool mentions(std::string sentence, std::string name) {
  if (name.size() > 3) {
    for (std::string* text : {&sentence, &name}) {
      std::transform(text->begin(), text->end(), text->begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    }
  }
  for (size_t at = sentence.find(name); at != std::string::npos; at = sentence.find(name, at + 1)) {
    const auto part = [&](size_t i) {
      return i < sentence.size() &&
             (std::isalnum(static_cast<unsigned char>(sentence[i])) != 0 || sentence[i] == '_');
    };
    if ((at == 0 || !part(at - 1)) && !part(at + name.size())) return true;
  }
  return false;
}

class Reader {
 public:
  explicit Reader(const Signature& signature) : signature_(signature) {
    numbers_ = "\\d+|two|three|four";
    for (const SignatureParameter& parameter : signature.parameters) {
      if (parameter.is_count()) numbers_ += "|" + parameter.name;
    }
  }

  Remarks read(std::string_view prose) {
    for (const Sentence& sentence : sentences_of(plain(prose))) {
      synchrony(sentence);
      const SignatureParameter* subject = subject_of(sentence);
      if (subject == nullptr) continue;
      ParameterRemarks& remarks = out_.parameters[subject->name];
      if (sentence.way && !remarks.way) remarks.way = {*sentence.way, "@param says it"};
      nullability(sentence, remarks);
      if (!remarks.written_by_result &&
          matches(sentence, R"(^@?returns? ?:? .*(size|number of bytes|bytes).* (into|to|in) )" +
                                subject->name + R"(\b)")) {
        remarks.written_by_result = {true, sentence.text};
      }
      if (!subject->c.is_pointer() || subject->c.is_function_pointer()) continue;
      length(sentence, *subject, remarks);
      if (!remarks.kept &&
          matches(sentence,
                  R"(\b(until|as long as|lifetime of)\b.*\b(destroyed|released|freed|closed|)"
                  R"(deleted|lives|exists|alive|object|context)\b)")) {
        remarks.kept = {true, sentence.text};
      }
      if (!remarks.is_string && matches(sentence, R"((zero|null|nul|0)[- ]?terminated)")) {
        remarks.is_string = {true, sentence.text};
      }
      if (!remarks.way && !subject->c.pointee->is_const &&
          matches(sentence, "(written|stored|returned|placed|put|copied) (in|into|to|at|through) " +
                                subject->name + R"(\b)")) {
        remarks.way = {Way::kOut, sentence.text};
      }
    }
    return std::move(out_);
  }

 private:
  static bool matches(const Sentence& sentence, const std::string& pattern) {
    return std::regex_search(sentence.text, std::regex(pattern, icase));
  }

  // The pointer or handle that a sentence is about: the one whose description it stands in, else
  // the only one that it names.
  const SignatureParameter* subject_of(const Sentence& sentence) const {
    const SignatureParameter* only = nullptr;
    for (const SignatureParameter& parameter : signature_.parameters) {
      if (sentence.about == parameter.name) return &parameter;
      if (!parameter.c.is_pointer() || !mentions(sentence.text, parameter.name)) continue;
      if (only != nullptr) return nullptr;
      only = &parameter;
    }
    return sentence.about.empty() ? only : nullptr;
  }

  void synchrony(const Sentence& sentence) {
    if (out_.asynchronous) return;
    if (matches(
            sentence,
            R"(\b(returns? (immediately|at once)|(does not|doesn't|never) (block|wait)|asynchronous))")) {
      out_.asynchronous = {true, sentence.text};
    } else if (matches(
                   sentence,
                   R"(\b(blocks|waits) until|\bdoes not return (until|before)|\bsynchronous)")) {
      out_.asynchronous = {false, sentence.text};
    }
  }

  static void nullability(const Sentence& sentence, ParameterRemarks& remarks) {
    if (remarks.nullable) return;
    if (matches(sentence,
                R"((must|shall|can|may) ?not be (null|0\b|zero)|must be non-?null|never null)")) {
      remarks.nullable = {false, sentence.text};
    } else if (
        matches(
            sentence,
            R"((may|can) be (null|0\b|zero)|\bor null\b|(if|unless|where) [^,]*(is |not )null|\boptional\b|\bif not null|\bnull \w+ means)")) {
      remarks.nullable = {true, sentence.text};
    }
  }

  void length(const Sentence& sentence, const SignatureParameter& subject,
              ParameterRemarks& remarks) const {
    if (remarks.length) return;
    const std::regex patterns[] = {
        // "of n bytes", "n elements", "of size n"
        std::regex(
            "\\b(" + numbers_ +
                ")\\s+(?:or "
                "more\\s+)?(bytes?|elements?|entries|items?|values?|words|characters|\\w+s)\\b",
            icase),
        std::regex("\\b(?:size|length)\\s+(?:is|of|in bytes is|given by)?\\s*(?:given by\\s+)?(" +
                       numbers_ + ")\\b()",
                   icase),
    };
    for (const std::regex& pattern : patterns) {
      std::smatch match;
      if (!std::regex_search(sentence.text, match, pattern)) continue;
      const std::string unit = match[2];
      std::string amount = match[1];
      if (amount == "two") amount = "2";
      if (amount == "three") amount = "3";
      if (amount == "four") amount = "4";
      const CType& element = *subject.c.pointee;
      const bool wide = element.kind != CType::Kind::kVoid && element.size > 1;
      if (wide && unit.starts_with("byte")) amount += " / sizeof(" + element.spelling + ")";
      remarks.length = {amount, sentence.text};
      return;
    }
  }

  const Signature& signature_;
  std::string numbers_;  // an alternative for each count
  Remarks out_;
};

// "## f", "status f(int x,": and not "calls of f() that fail".
bool is_heading(const std::string& line, const std::string& function) {
  const size_t at = line.find(function);
  if (at == std::string::npos || !mentions(line, function)) return false;
  const std::string before = line.substr(0, at);
  const bool few = std::count(before.begin(), before.end(), ' ') <= 3;
  const char last = line.back();
  const bool alone = at + function.size() == line.size();
  return few && (alone || last == ',' || last == '(' || last == ')' || last == ';');
}

}  // namespace

Remarks read_remarks(std::string_view prose, const Signature& signature) {
  return Reader(signature).read(prose);
}

void add_remarks(const Remarks& other, Remarks& remarks) {
  for (const auto& [name, remark] : other.parameters) {
    ParameterRemarks& mine = remarks.parameters[name];
    if (!mine.length) mine.length = remark.length;
    if (!mine.way) mine.way = remark.way;
    if (!mine.nullable) mine.nullable = remark.nullable;
    if (!mine.kept) mine.kept = remark.kept;
    if (!mine.is_string) mine.is_string = remark.is_string;
    if (!mine.written_by_result) mine.written_by_result = remark.written_by_result;
  }
  if (!remarks.asynchronous) remarks.asynchronous = other.asynchronous;
}

std::vector<std::string> described_like(std::string_view prose) {
  static const std::regex kLike(R"(\b(?:same as|like|similar to|equivalent to)\s+(\w+)\s*\()",
                                icase);
  const std::string text = plain(prose);
  std::vector<std::string> names;
  for (std::sregex_iterator it(text.begin(), text.end(), kLike), end; it != end; ++it) {
    names.push_back((*it)[1]);
  }
  return names;
}

// A function's section begins with the first line that is its name or its prototype, and ends where
// the next one begins.
Reference::Reference(std::string_view prose, const std::vector<std::string>& functions) {
  const std::string text = plain(prose);
  std::string* current = nullptr;
  for (size_t from = 0; from < text.size();) {
    const size_t newline = std::min(text.find('\n', from), text.size());
    const std::string line = one_line(text.substr(from, newline - from));
    for (const std::string& function : functions) {
      if (!is_heading(line, function) || sections_.contains(function)) continue;
      current = &sections_[function];
      break;
    }
    if (current != nullptr) *current += text.substr(from, newline - from) + "\n";
    from = newline + 1;
  }
}

std::string Reference::about(const std::string& function) const {
  const auto found = sections_.find(function);
  return found == sections_.end() ? "" : found->second;
}

}  // namespace avagen
