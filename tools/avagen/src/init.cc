#include "init.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>

#include "habits/habits.h"
#include "habits/type_habits.h"
#include "header.h"
#include "parse.h"

namespace avagen {
namespace {

namespace fs = std::filesystem;

constexpr size_t kWidth = 100;
constexpr size_t kReasonColumn = 34;

std::string content(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  if (!file) throw std::runtime_error("cannot read " + path);
  return text.str();
}

// Text in lines of the page's width; each behind `indent`.
std::string filled(const std::string& text, const std::string& indent) {
  std::istringstream words(text);
  std::string out;
  std::string line = indent;
  for (std::string word; words >> word;) {
    if (line.size() + 1 + word.size() > kWidth && line != indent) {
      out += line + "\n";
      line = indent;
    }
    line += (line == indent ? "" : " ") + word;
  }
  return out + line + "\n";
}

// An annotation with its reason: beside it, or above where both do not fit.
std::string explained(const std::string& indent, const std::string& text,
                      const std::string& reason) {
  std::string line = indent + text;
  if (reason.empty()) return line + "\n";
  line.resize(std::max(line.size() + 1, kReasonColumn), ' ');
  if (line.size() + 3 + reason.size() <= kWidth) return line + "// " + reason + "\n";
  return filled(reason, indent + "// ") + indent + text + "\n";
}

class Init {
 public:
  Init(const InitOptions& options, InitResult& result, Reporter& reporter)
      : options_(options), result_(result), reporter_(reporter) {}

  bool run() {
    if (!read()) return false;
    statuses_ = status_types(header_);
    error_name_ = error_parameter(header_);
    std::vector<std::string> names;
    for (const HeaderFunction& function : header_.own_functions) names.push_back(function.name);
    if (!options_.docs.empty()) reference_ = Reference(content(options_.docs), names);
    write();
    return true;
  }

 private:
  // --- reading ---
  bool read() {
    Spec spec;
    if (!options_.conventions.empty()) {
      parse(options_.conventions, options_.include_folders, spec, reporter_);
      naming_ = spec.naming;
      for (const Annotation& convention : spec.conventions) {
        if (convention.name == "error") error_said_ = true;
      }
      spec = {};
      if (reporter_.has_errors()) return false;
    }
    std::string text;
    for (const std::string& define : options_.defines) text += "#define " + define + "\n";
    for (const std::string& header : options_.headers) text += include_line(header) + "\n";
    const uint32_t file = reporter_.sources().add("(command line)", text);
    spec.files.push_back(file);
    uint32_t at = 0;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto length = static_cast<uint32_t>(line.size());
      spec.header_lines.push_back({line, {file, at, at + length}});
      at += length + 1;
    }
    header_text_ = text;
    std::vector<std::string> folders{options_.folder.empty() ? "." : options_.folder};
    folders.insert(folders.end(), options_.include_folders.begin(), options_.include_folders.end());
    read_header(spec, folders, header_, reporter_, true);
    if (!reporter_.has_errors() && header_.own_functions.empty()) {
      reporter_.report(Code::kNoFunctions, spec.header_lines.back().span);
    }
    return !reporter_.has_errors();
  }

  // A file that is there is named relative to the specification; anything else is the compiler's to
  // find.
  std::string include_line(const std::string& header) const {
    std::error_code error;
    for (const std::string system : {"/usr/include/", "/usr/local/include/"}) {
      if (header.starts_with(system)) return "#include <" + header.substr(system.size()) + ">";
    }
    if (!fs::is_regular_file(header, error)) return "#include <" + header + ">";
    const fs::path here = options_.folder.empty() ? fs::path(".") : fs::path(options_.folder);
    const fs::path path = fs::proximate(header, here, error);
    return "#include \"" + (error ? header : path.string()) + "\"";
  }

  bool is_handle(const CType& c) const { return c.is_opaque_pointer(); }

  // --- writing ---
  void write() {
    const Habits habits(
        header_, [this](const CType& c) { return is_handle(c); }, naming_,
        error_said_ || !error_name_.empty() ? convention_error() : "");
    const std::string api =
        options_.api.empty() ? fs::path(options_.headers.front()).stem().string() : options_.api;
    std::string main = "// " + api +
                       ": a first specification, made by avagen init. The comments say what was "
                       "inferred from what.\n"
                       "// Where `unresolved` stands, the header does not say enough: see the "
                       "vendor's documentation.\n"
                       "// Calls wait for their reply where nothing else is said, which is always "
                       "right; `async` is faster.\n"
                       "api(" +
                       api + ");\n";
    main += options_.library.empty()
                ? "// library(\"...\"): say what the server loads, by its soname.\n"
                : "library(\"" + options_.library + "\");\n";
    main += header_text_ + "\n";
    if (!options_.conventions.empty()) {
      std::error_code error;
      const fs::path here = options_.folder.empty() ? fs::path(".") : fs::path(options_.folder);
      main += "include \"" + fs::proximate(options_.conventions, here, error).string() + "\";\n\n";
    }
    // The functions first: they say which objects tell when bytes are through.
    std::vector<std::pair<std::string, std::string>> functions;  // chapter, text
    for (const HeaderFunction& function : header_.own_functions) {
      functions.emplace_back(chapter_of(function), text_of(function, habits));
    }
    main += types() + callbacks(habits);
    if (!options_.chapters) {
      for (const auto& [chapter, text] : functions) main += text;
      result_.files.push_back({api + ".ava", std::move(main)});
      return;
    }
    std::vector<File> files;
    for (const auto& [chapter, text] : functions) {
      const std::string name = chapter + ".ava";
      const auto known = std::find_if(files.begin(), files.end(),
                                      [&](const File& file) { return file.name == name; });
      if (known != files.end()) {
        known->text += text;
        continue;
      }
      main += "include \"" + name + "\";\n";
      files.push_back({name, "chapter(" + chapter + ");\n\n" + text});
    }
    result_.files.push_back({api + ".ava", std::move(main)});
    for (File& file : files) result_.files.push_back(std::move(file));
  }

  std::string convention_error() const { return error_name_; }

  std::string types() const {
    std::string text;
    for (const StatusType& status : statuses_) {
      text += "type(" + status.name + ") {\n";
      std::string missing;
      for (const Meaning& meaning : status.meanings) {
        if (meaning.constant.empty()) {
          missing += (missing.empty() ? "" : ", ") + meaning.outcome;
          continue;
        }
        text += explained("  ", meaning.outcome + "(" + meaning.constant + ");",
                          meaning.outcome == "success" ? "0, and by its name" : "by its name");
      }
      if (!missing.empty()) {
        text += "  unresolved(\"no constant is named like these outcomes: " + missing + "\");\n";
      }
      text += "}\n";
    }
    for (const std::string& name : number_results()) {
      text += "type(" + name +
              ") {\n  unresolved(\"what do functions that return one return when "
              "the session is lost?\");\n}\n";
    }
    for (const HandleType& type : handle_types(header_)) {
      text += "type(" + type.name + ") {\n" +
              explained("  ", "handle;", "a pointer to a struct that the header does not define");
      if (!type.invalid.empty()) {
        text += explained("  ", "invalid(" + type.invalid + ");", "by its name");
      }
      if (completing_.contains(type.name)) {
        text +=
            "  unresolved(\"completion: by what call does one ask whether it is complete?\");\n";
      }
      text += "}\n";
    }
    for (const std::string& name : doubtful_handles(header_)) {
      text += "type(" + name +
              ") {\n  unresolved(\"a pointer to void by another name: is it a "
              "handle?\");\n}\n";
    }
    if (!error_said_ && !error_name_.empty()) {
      text += "convention {\n" +
              explained("  ", "error(\"" + error_name_ + "\");",
                        "by its name, of functions that return handles") +
              "}\n";
    }
    return text + "\n";
  }

  // Types of numbers that functions return, which say nothing of how the call went.
  std::vector<std::string> number_results() const {
    std::vector<std::string> names;
    for (const HeaderFunction& function : header_.own_functions) {
      if (!function.result.is_number()) continue;
      const std::string& name = function.result.chain.front();
      const bool known = std::find(names.begin(), names.end(), name) != names.end() ||
                         std::any_of(statuses_.begin(), statuses_.end(),
                                     [&](const StatusType& status) { return status.name == name; });
      if (!known) names.push_back(name);
    }
    return names;
  }

  // Types of functions that have a name are described once.
  std::string callbacks(const Habits& habits) const {
    std::string text;
    for (const auto& [name, function] : named_callbacks_) {
      const std::string body = callback_body(habits, function, "  ");
      text += "callback(" + name + ") {\n" + body + "}\n";
    }
    return text.empty() ? "" : text + "\n";
  }

  static std::string callback_body(const Habits& habits, const CType& function,
                                   const std::string& indent) {
    const FunctionFindings found = habits.about_callback(function);
    std::string text;
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const bool named =
          i < function.parameter_names.size() && !function.parameter_names[i].empty();
      const std::string name =
          named ? function.parameter_names[i] : "argument_" + std::to_string(i);
      for (const Finding& finding : found.of(i)) {
        const bool open = finding.slot == Slot::kUnresolved;
        text += explained(indent, "parameter(" + name + ") { " + finding.text + " }",
                          open ? "" : finding.reason);
      }
    }
    return text;
  }

  static std::string callback_name(const CType& c) {
    return c.chain.size() > 1 ? c.chain.front() : "";
  }

  // The function of which this is a variety: "x_read" of "x_read_limited", if all pointers that
  // it takes are there again. Null: none.
  const HeaderFunction* plain_one(const HeaderFunction& variety) const {
    const size_t end = variety.name.rfind('_');
    const auto found = header_.functions.find(variety.name.substr(0, end));
    if (end == std::string::npos || found == header_.functions.end()) return nullptr;
    const auto is_there = [&](const HeaderParameter& parameter) {
      return !parameter.type.is_pointer() ||
             std::any_of(variety.parameters.begin(), variety.parameters.end(),
                         [&](const HeaderParameter& other) {
                           return other.name == parameter.name &&
                                  other.type.spelling == parameter.type.spelling;
                         });
    };
    const HeaderFunction& plain = found->second;
    const bool alike = plain.result.spelling == variety.result.spelling &&
                       std::all_of(plain.parameters.begin(), plain.parameters.end(), is_there);
    return alike ? &plain : nullptr;
  }

  std::string text_of(const HeaderFunction& function, const Habits& habits) {
    const Signature signature = signature_of(function, {});
    Remarks remarks = read_remarks(function.comment, signature);
    const Remarks documented = read_remarks(reference_.about(function.name), signature);
    add_remarks(documented, remarks);
    for (const std::string& like : described_like(function.comment)) {
      const auto other = header_.functions.find(like);
      if (other != header_.functions.end() && like != function.name) {
        add_remarks(read_remarks(other->second.comment, signature), remarks);
      }
    }
    if (const HeaderFunction* plain = plain_one(function)) {
      add_remarks(read_remarks(plain->comment, signature), remarks);
    }
    const FunctionFindings found = habits.about(signature, remarks);

    ++result_.functions;
    std::string body = synchrony(signature, found);
    for (const Finding& finding : found.function) {
      if (finding.slot == Slot::kSynchrony) continue;
      body +=
          explained("  ", finding.text, finding.slot == Slot::kUnresolved ? "" : finding.reason);
    }
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
      ++result_.parameters;
      body += parameter(signature, i, found.of(i), habits);
    }
    const std::string prototype = prototype_of(signature);
    return body.empty() ? prototype + ";\n" : prototype + " {\n" + body + "}\n";
  }

  std::string parameter(const Signature& signature, size_t index,
                        const std::vector<Finding>& findings, const Habits& habits) {
    const SignatureParameter& parameter = signature.parameters[index];
    std::string text;
    bool open = false;
    for (const Finding& finding : findings) {
      open |= finding.slot == Slot::kUnresolved;
      text +=
          explained("    ", finding.text, finding.slot == Slot::kUnresolved ? "" : finding.reason);
      if (finding.slot == Slot::kLifetime) remember_completion(signature, finding);
    }
    if (parameter.c.is_function_pointer()) {
      const CType& function = *parameter.c.pointee;
      const std::string name = callback_name(parameter.c);
      const FunctionFindings inside = habits.about_callback(function);
      if (!inside.function.empty()) {
        text += "    unresolved(\"" + inside.function.front().reason + "\");\n";
        open = true;
      } else if (name.empty()) {
        text += callback_body(habits, function, "    ");
      } else {
        named_callbacks_.emplace(name, function);
      }
    }
    result_.unresolved += open;
    if (text.empty()) return "";
    return "  parameter(" + parameter.name + ") {\n" + text + "  }\n";
  }

  void remember_completion(const Signature& signature, const Finding& finding) {
    for (const SignatureParameter& parameter : signature.parameters) {
      if (finding.text != "until(" + parameter.name + ");") continue;
      completing_.insert(parameter.c.pointee->chain.front());
    }
  }

  // A call may return before it is executed where success can be foreseen and every output comes
  // later.
  std::string synchrony(const Signature& signature, const FunctionFindings& found) const {
    const bool foreseen =
        signature.result.kind == CType::Kind::kVoid ||
        std::any_of(statuses_.begin(), statuses_.end(), [&](const StatusType& status) {
          return status.name == signature.result.chain.front();
        });
    bool later = true;
    bool ends_later = false;
    for (size_t i = 0; i < signature.parameters.size(); ++i) {
      const auto has = [&](Slot slot) {
        return std::any_of(found.of(i).begin(), found.of(i).end(),
                           [&](const Finding& finding) { return finding.slot == slot; });
      };
      const CType& c = signature.parameters[i].c;
      const bool output =
          c.is_pointer() && !c.is_function_pointer() && !is_handle(c) && !c.pointee->is_const;
      ends_later |= has(Slot::kLifetime);
      later &= !output || has(Slot::kLifetime) || has(Slot::kAllocates);
      later &= !has(Slot::kUnresolved);
    }
    for (const Finding& finding : found.function) {
      if (finding.slot != Slot::kSynchrony) continue;
      const bool possible = finding.text == "sync;" || (foreseen && later);
      return possible ? explained("  ", finding.text, finding.reason)
                      : filled(finding.reason + ": but it cannot be `async`", "  // ");
    }
    if (!ends_later || !foreseen || !later) return "";
    for (const SignatureParameter& parameter : signature.parameters) {
      if (!parameter.c.is_number() || !has_one_of(parameter.words, {"blocking", "wait", "block"}) ||
          has_one_of(parameter.words, {"num", "list", "count", "timeout", "size"})) {
        continue;
      }
      return explained("  ", "if (" + parameter.name + " != 0) sync; else async;", "by its name");
    }
    return "";
  }

  static std::string prototype_of(const Signature& signature) {
    const std::string result =
        (signature.result.is_const ? "const " : "") + signature.result.spelling;
    std::string line = result + " " + signature.name + "(";
    if (signature.parameters.empty()) return line + "void)";
    const std::string indent(std::min<size_t>(line.size(), 40), ' ');
    std::string all;
    for (const SignatureParameter& parameter : signature.parameters) {
      all += (all.empty() ? "" : ", ") + declaration_of(parameter);
    }
    all += signature.variadic ? ", ...)" : ")";
    std::string text;
    for (size_t from = 0; from < all.size();) {
      const size_t comma = std::min(all.find(", ", from), all.size() - 1);
      const std::string one = all.substr(from, comma + 1 - from);
      const bool first = line.back() == '(';
      if (!first && line.size() + 1 + one.size() > kWidth - 2) {
        text += line + "\n";
        line = indent + one;
      } else {
        line += (first ? "" : " ") + one;
      }
      from = comma + 2;
    }
    return text + line;
  }

  // A callback without a typedef shows the names of its parameters.
  static std::string declaration_of(const SignatureParameter& parameter) {
    const CType& c = parameter.c;
    if (!c.is_function_pointer() || !callback_name(c).empty()) return c.declare(parameter.name);
    const CType& function = *c.pointee;
    std::string text = function.result->declare("") + " (*" + parameter.name + ")(";
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      const bool named = i < function.parameter_names.size();
      text += (i == 0 ? "" : ", ") +
              function.parameters[i].declare(named ? function.parameter_names[i] : "");
    }
    return text + (function.parameters.empty() ? "void)" : ")");
  }

  // By the object that a function makes or takes.
  std::string chapter_of(const HeaderFunction& function) const {
    const CType* object = is_handle(function.result) ? &function.result : nullptr;
    const bool makes = role_of(signature_of(function, {})) == Role::kMakes;
    for (const HeaderParameter& parameter : function.parameters) {
      const CType& c = parameter.type;
      const bool made =
          makes && c.is_pointer() && c.pointee && is_handle(*c.pointee) && !c.pointee->is_const;
      if (object == nullptr && is_handle(c)) object = &c;
      if (made && object == nullptr) object = c.pointee.get();
    }
    if (object == nullptr) return "general";
    Words words = words_of(object->chain.front());
    if (words.front() == "const") words.erase(words.begin());
    if (words.size() > 1) words.erase(words.begin());
    while (words.size() > 1 && is_one_of(words.back(), {"t", "id", "handle", "object"})) {
      words.pop_back();
    }
    std::string name;
    for (const std::string& word : words) name += (name.empty() ? "" : "_") + word;
    return name;
  }

  const InitOptions& options_;
  InitResult& result_;
  Reporter& reporter_;
  Header header_;
  Reference reference_;
  std::string header_text_;
  std::vector<NamingRule> naming_;
  std::vector<StatusType> statuses_;
  std::string error_name_;
  bool error_said_ = false;
  std::map<std::string, CType> named_callbacks_;
  std::set<std::string> completing_;  // handle types that say when bytes are through
};

}  // namespace

bool init(const InitOptions& options, InitResult& result, Reporter& reporter) {
  return Init(options, result, reporter).run();
}

}  // namespace avagen
