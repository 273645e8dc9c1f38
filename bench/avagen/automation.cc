// How much of a finished specification does `avagen init` find by itself?
//
// For each API under spec/, init reads the headers that the specification includes (system headers
// with the specification's own #defines; nothing that was written for AvA), and what it infers is
// resolved as a specification is. Then each parameter of each function that the finished
// specification covers is compared, as all of what the generator knows about it: direction, length,
// handle type, references, lifetime, callbacks and the rest (tools/avagen/src/aspects.h).
//
//   right       the two agree in everything
//   policy      they agree but for checks, limits of a length (n <= 64 ? n : 0), edits and
//               substitutions, which say what AvA offers and not what the API is
//   unresolved  init said that it does not know
//   wrong       they differ, and init said nothing
//
// Left out: what is said of types and of functions as a whole (synchrony, learning, costs), and
// functions that are written by hand on both sides.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <regex>
#include <set>

#include "aspects.h"
#include "compile.h"
#include "harness/report.h"
#include "init.h"

namespace {

namespace fs = std::filesystem;
using namespace avagen;

constexpr double kEnoughRight = 90;  // percent

struct Compiled {
  Sources sources;
  Reporter reporter{sources};
  Compilation result;
};

struct Tally {
  size_t right = 0;
  size_t policy = 0;
  size_t unresolved = 0;
  size_t wrong = 0;
  size_t all() const { return right + policy + unresolved + wrong; }
  double percent(size_t part) const {
    return all() == 0 ? 0 : 100 * static_cast<double>(part) / static_cast<double>(all());
  }
};

// The specification's system headers and macros, as init takes them.
InitOptions init_options(const Spec& spec, const fs::path& folder) {
  InitOptions options;
  options.api = "init_" + spec.api;
  options.folder = folder.string();
  for (const HeaderLine& line : spec.header_lines) {
    const size_t open = line.text.find('<');
    if (line.text.starts_with("#define ")) options.defines.push_back(line.text.substr(8));
    if (line.text.starts_with("#include ") && open != std::string::npos) {
      options.headers.push_back(line.text.substr(open + 1, line.text.rfind('>') - open - 1));
    }
  }
  return options;
}

bool is_unresolved(const Parameter& parameter) {
  return parameter.unresolved || (parameter.callback != nullptr && parameter.callback->unresolved);
}

void print_difference(const Function& function, const Parameter& finished, const Aspects& wanted,
                      const Aspects& found) {
  std::set<std::string> names;
  for (const auto& [name, text] : wanted) names.insert(name);
  for (const auto& [name, text] : found) names.insert(name);
  const auto of = [](const Aspects& aspects, const std::string& name) {
    const auto known = aspects.find(name);
    return known == aspects.end() ? std::string("-") : known->second;
  };
  for (const std::string& name : names) {
    if (of(wanted, name) == of(found, name)) continue;
    std::cout << "    " << function.name << " " << finished.name << ": " << name << " is "
              << of(wanted, name) << ", init says " << of(found, name) << "\n";
  }
}

Aspects without_policy(Aspects aspects) {
  std::erase_if(aspects, [](const auto& aspect) { return is_policy(aspect.first); });
  // "((n <= 64) ? n : 0)" is n where the call is valid.
  static const std::regex kLimited(R"(\(\((\w+) <= \w+\) \? (\w+) : 0\))");
  std::smatch match;
  const auto length = aspects.find("length");
  if (length == aspects.end()) return aspects;
  const std::string text = length->second;
  if (std::regex_match(text, match, kLimited) && match[1] == match[2]) length->second = match[1];
  return aspects;
}

void compare(const Function& finished, const Function& started, bool list, Tally& tally) {
  for (size_t i = 0; i < finished.declared().size(); ++i) {
    const Parameter& wanted = finished.parameters[i];
    const Parameter& found = started.parameters[i];
    if (is_unresolved(found)) {
      ++tally.unresolved;
      if (list) std::cout << "    " << finished.name << " " << wanted.name << ": unresolved\n";
      continue;
    }
    const Aspects wanted_aspects = aspects_of(wanted);
    const Aspects found_aspects = aspects_of(found);
    if (wanted_aspects == found_aspects) {
      ++tally.right;
    } else if (without_policy(wanted_aspects) == without_policy(found_aspects)) {
      ++tally.policy;
    } else {
      ++tally.wrong;
      print_difference(finished, wanted, wanted_aspects, found_aspects);
    }
  }
}

// Returns whether enough is right and nothing wrong, which no machine changes.
bool measure(const fs::path& spec, bool list, ava::bench::Report& report) {
  Compiled finished;
  const auto start = std::chrono::steady_clock::now();
  if (!compile({spec.string(), {}}, finished.result, finished.reporter)) {
    throw std::runtime_error(finished.reporter.format());
  }
  const std::chrono::duration<double> generated = std::chrono::steady_clock::now() - start;
  std::string name = (fs::temp_directory_path() / "automation-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("cannot make a folder");
  const fs::path folder(name);
  const InitOptions options = init_options(finished.result.spec, folder);
  Sources sources;
  Reporter reporter(sources);
  InitResult made;
  const auto begin = std::chrono::steady_clock::now();
  const bool readable = init(options, made, reporter);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  if (readable) std::ofstream(folder / made.files.front().name) << made.files.front().text;
  Compiled started;
  if (readable) {
    compile({(folder / made.files.front().name).string(), {}}, started.result, started.reporter);
  }
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!readable) throw std::runtime_error(reporter.format());
  if (started.reporter.has_errors() && !started.reporter.only_unresolved()) {
    throw std::runtime_error("what init wrote does not pass check:\n" + started.reporter.format());
  }

  const std::string& api = finished.result.spec.api;
  std::cout << api << "\n";
  Tally tally;
  size_t functions = 0;
  for (const Function& function : finished.result.model.functions) {
    if (function.declaration == nullptr || !function.on_wire()) continue;
    const Function* same = started.result.model.find_function(function.name);
    if (same == nullptr || same->declaration == nullptr) continue;
    ++functions;
    compare(function, *same, list, tally);
  }
  const auto figure = [&](const char* what, double value, const char* unit,
                          ava::bench::Bound bound = ava::bench::Bound::kNone, double goal = 0) {
    report.add({api, what, value, unit, bound, goal});
  };
  using ava::bench::Bound;
  figure("functions", static_cast<double>(functions), "");
  figure("parameters", static_cast<double>(tally.all()), "");
  figure("right", tally.percent(tally.right), "%", Bound::kAtLeast, kEnoughRight);
  figure("right but for policy", tally.percent(tally.policy), "%");
  figure("unresolved", tally.percent(tally.unresolved), "%");
  figure("wrong without a mark", static_cast<double>(tally.wrong), "", Bound::kAtMost, 0);
  figure("time of init", took.count() * 1000, "ms");
  size_t on_wire = 0;
  for (const Function& function : finished.result.model.functions) on_wire += function.on_wire();
  figure("lines generated per function",
         static_cast<double>(compiled_lines(finished.result.files)) /
             static_cast<double>(std::max<size_t>(on_wire, 1)),
         "", Bound::kAtMost, 726);
  figure("time of generate", generated.count() * 1000, "ms", Bound::kAtMost, 2000);
  return tally.percent(tally.right) >= kEnoughRight && tally.wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("How much of the specifications under spec/ does avagen init find by itself?");
  std::string json;
  std::vector<std::string> specs;
  bool list = false;
  bool smoke = false;
  app.add_option("specs", specs, "specifications [those that AvA was built with]");
  app.add_option("--json", json, "write the figures there, too");
  app.add_flag("--list", list, "name the unresolved parameters, too");
  app.add_flag("--smoke", smoke, "fail where an API has too little right, or anything wrong");
  CLI11_PARSE(app, argc, argv);
  try {
    if (specs.empty()) {
      std::istringstream words(AVA_SPECS);
      for (std::string spec; words >> spec;) specs.push_back(spec);
    }
    ava::bench::Report report("automation: what avagen init finds in bare headers", argc, argv);
    bool good = true;
    for (const std::string& spec : specs) good &= measure(spec, list, report);
    report.print();
    if (!json.empty()) report.write_json(json);
    return smoke && !good ? 1 : 0;
  } catch (const std::exception& error) {
    std::cerr << "automation: " << error.what() << "\n";
    return 1;
  }
}
