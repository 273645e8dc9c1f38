// avagen diff: what changed between two versions of an API, as headers or as specifications, and
// whether what was built for the old one still works with the new one.
//
// Programs need each function that they use, with its prototype. Guest libraries of the old
// specification work with the new one's modules if both have the same wire hash
// (docs/wire-format.md) and see each parameter alike.
#include <algorithm>
#include <iostream>
#include <map>
#include <memory>

#include "aspects.h"
#include "commands/commands.h"

namespace avagen {
namespace {

// One of the two: a specification, or a header alone.
struct Version {
  Sources sources;
  Reporter reporter{sources};
  Compilation result;
  bool is_spec = false;
  bool readable = false;
  std::map<std::string, const HeaderFunction*> functions;
};

std::unique_ptr<Version> read_version(const std::string& path,
                                      const std::vector<std::string>& folders) {
  auto version = std::make_unique<Version>();
  version->is_spec = path.ends_with(".ava");
  if (version->is_spec) {
    version->readable = compile({path, folders}, version->result, version->reporter);
  } else {
    Spec& spec = version->result.spec;
    const std::string line = "#include \"" + path + "\"";
    const uint32_t file = version->sources.add(path, line);
    spec.files.push_back(file);
    spec.header_lines.push_back({line, {file, 0, static_cast<uint32_t>(line.size())}});
    std::vector<std::string> all{"."};
    all.insert(all.end(), folders.begin(), folders.end());
    read_header(spec, all, version->result.header, version->reporter);
    version->readable = !version->reporter.has_errors();
  }
  for (const HeaderFunction& function : version->result.header.own_functions) {
    version->functions[function.name] = &function;
  }
  std::cerr << version->reporter.format();
  return version;
}

// What a caller was compiled for, with no name that only people read.
std::string prototype(const HeaderFunction& function) {
  std::string text = function.result.chain.back() + " (";
  for (const HeaderParameter& parameter : function.parameters) {
    text += (text.ends_with("(") ? "" : ", ") + parameter.type.chain.back();
  }
  return text + (function.variadic ? ", ...)" : ")");
}

// What the specifications say differently. `agree`: is cleared where a guest library of the one and
// modules of the other would not see the same.
std::vector<std::string> differences(const Aspects& before, const Aspects& after,
                                     const std::string& who, bool& agree) {
  std::vector<std::string> lines;
  const auto differs = [&](const std::string& name, const std::string& from,
                           const std::string& to) {
    lines.push_back(who + name + ": " + from + " -> " + to);
    agree &= !is_agreed(name);
  };
  for (const auto& [name, text] : before) {
    const auto same = after.find(name);
    if (same == after.end()) {
      differs(name, text, "nothing");
    } else if (same->second != text) {
      differs(name, text, same->second);
    }
  }
  for (const auto& [name, text] : after) {
    if (!before.contains(name)) differs(name, "nothing", text);
  }
  return lines;
}

std::vector<std::string> differences(const Function& before, const Function& after, bool& agree) {
  // What is said of a function as a whole, one side decides.
  bool ignored = true;
  std::vector<std::string> lines = differences(aspects_of(before), aspects_of(after), "", ignored);
  const Parameter none;  // one of them has fewer implicit numbers
  const size_t count = std::max(before.parameters.size(), after.parameters.size());
  for (size_t i = 0; i < count; ++i) {
    const Parameter& old = i < before.parameters.size() ? before.parameters[i] : none;
    const Parameter& now = i < after.parameters.size() ? after.parameters[i] : none;
    const std::string& name = now.name.empty() ? old.name : now.name;
    for (std::string& line : differences(aspects_of(old), aspects_of(now), name + ": ", agree)) {
      lines.push_back(std::move(line));
    }
  }
  return lines;
}

class Difference {
 public:
  Difference(const Version& before, const Version& after) : before_(before), after_(after) {}

  int print() {
    const bool specs = before_.is_spec && after_.is_spec;
    for (const auto& [name, function] : after_.functions) {
      if (!before_.functions.contains(name)) line("added", name, {});
    }
    for (const auto& [name, function] : before_.functions) {
      const auto same = after_.functions.find(name);
      if (same == after_.functions.end()) {
        line("removed", name, {});
        programs_work_ = false;
        continue;
      }
      std::vector<std::string> details;
      const std::string old_prototype = prototype(*function);
      const std::string new_prototype = prototype(*same->second);
      if (old_prototype != new_prototype) {
        details.push_back(old_prototype + " -> " + new_prototype);
        programs_work_ = false;
      }
      if (specs) said(name, details);
      if (!details.empty()) line("changed", name, details);
    }
    std::cout << counts_["added"] << " added, " << counts_["removed"] << " removed, "
              << counts_["changed"] << " changed\n";
    std::cout << "programs built for the old version " << (programs_work_ ? "work" : "may not work")
              << " with the new one\n";
    bool guests_work = true;
    if (specs) {
      const bool same_wire = before_.result.model.wire_hash == after_.result.model.wire_hash;
      guests_work = same_wire && agree_;
      std::cout << "guest libraries of the old version "
                << (guests_work ? "work with modules of the new one: the wire is the same\n"
                    : same_wire
                        ? "do not work with modules of the new one: what both compute differs\n"
                        : "need modules of the old one: the wire differs\n");
    }
    return programs_work_ && guests_work ? kSuccess : kErrors;
  }

 private:
  // A function that is no longer covered fails in programs that used it.
  void said(const std::string& name, std::vector<std::string>& details) {
    const Function* old_function = before_.result.model.find_function(name);
    const Function* new_function = after_.result.model.find_function(name);
    if (old_function == nullptr || new_function == nullptr) return;
    if (old_function->covered() && !new_function->covered()) programs_work_ = false;
    for (std::string& difference : differences(*old_function, *new_function, agree_)) {
      details.push_back(std::move(difference));
    }
  }

  void line(const std::string& what, const std::string& name,
            const std::vector<std::string>& details) {
    ++counts_[what];
    std::cout << what << " " << name << "\n";
    for (const std::string& detail : details) std::cout << "  " << detail << "\n";
  }

  const Version& before_;
  const Version& after_;
  std::map<std::string, size_t> counts_;
  bool programs_work_ = true;
  bool agree_ = true;
};

}  // namespace

int diff(const DiffArguments& arguments) {
  const std::unique_ptr<Version> before = read_version(arguments.before, arguments.include_folders);
  const std::unique_ptr<Version> after = read_version(arguments.after, arguments.include_folders);
  if (!before->readable || !after->readable) return kUsage;
  return Difference(*before, *after).print();
}

}  // namespace avagen
