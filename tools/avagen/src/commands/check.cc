// avagen check: what is wrong, and what is covered, refused and written by hand; for people, or as
// JSON for editors.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>

#include "commands/commands.h"

namespace avagen {
namespace {

struct Counts {
  size_t covered = 0;
  size_t refused = 0;
  size_t lines = 0;      // of verbatim blocks, and of .cc files beside the specification
  size_t generated = 0;  // lines of C++
  size_t on_wire = 0;    // functions
  std::vector<const Function*> replaced;
  size_t generated_per_function() const { return on_wire == 0 ? 0 : generated / on_wire; }
};

Counts count(const Compilation& result, const Sources& sources) {
  Counts counts;
  counts.generated = compiled_lines(result.files);
  for (const Function& function : result.model.functions) {
    function.covered() ? ++counts.covered : ++counts.refused;
    if (function.on_wire()) ++counts.on_wire;
    if (!function.replaced_guest.empty() || !function.replaced_server.empty()) {
      counts.replaced.push_back(&function);
    }
  }
  const std::filesystem::path folder =
      std::filesystem::path(sources.path(result.spec.files.front())).parent_path();
  std::error_code ignored;
  for (const auto& entry :
       std::filesystem::directory_iterator(folder.empty() ? "." : folder, ignored)) {
    if (entry.path().extension() != ".cc") continue;
    std::ifstream file(entry.path());
    for (std::string line; std::getline(file, line);) ++counts.lines;
  }
  for (const VerbatimBlock& block : result.spec.verbatim) {
    counts.lines += static_cast<size_t>(std::count(block.text.begin(), block.text.end(), '\n'));
  }
  return counts;
}

void print(const Counts& counts) {
  std::cout << counts.covered << " functions covered, " << counts.refused << " unsupported, "
            << counts.replaced.size() << " replaced by hand, " << counts.lines
            << " lines written by hand\n"
            << counts.generated << " lines generated, " << counts.generated_per_function()
            << " for each function on the wire\n";
  for (const Function* function : counts.replaced) {
    if (!function->replaced_guest.empty()) {
      std::cout << "  " << function->name << " (guest): " << function->replaced_guest << "\n";
    }
    if (!function->replaced_server.empty()) {
      std::cout << "  " << function->name << " (server): " << function->replaced_server << "\n";
    }
  }
}

nlohmann::json place(const Sources& sources, const Span& span) {
  const Location begin = sources.locate(span);
  const Location end = sources.locate({span.file, std::max(span.begin, span.end), span.end});
  return {{"line", begin.line},
          {"column", begin.column},
          {"end_line", end.line},
          {"end_column", end.column}};
}

void print_json(const Compilation& result, const Reporter& reporter, const Sources& sources) {
  nlohmann::json all = nlohmann::json::array();
  for (const Diagnostic* diagnostic : reporter.in_order()) {
    nlohmann::json one = place(sources, diagnostic->span);
    one["file"] = sources.path(diagnostic->span.file);
    one["number"] = number_of(diagnostic->row->code);
    one["severity"] = diagnostic->row->severity == Severity::kError ? "error" : "warning";
    one["message"] = diagnostic->message;
    one["advice"] = diagnostic->row->advice;
    all.push_back(std::move(one));
  }
  nlohmann::json out = {{"diagnostics", std::move(all)}};
  if (!reporter.has_errors()) {
    const Counts counts = count(result, sources);
    out["counts"] = {{"covered", counts.covered},
                     {"unsupported", counts.refused},
                     {"replaced", counts.replaced.size()},
                     {"lines_by_hand", counts.lines},
                     {"lines_generated", counts.generated},
                     {"lines_generated_per_function", counts.generated_per_function()}};
  }
  // A source may hold any bytes; JSON holds UTF-8.
  std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

int check(const CheckArguments& arguments) {
  Sources sources;
  Reporter reporter(sources);
  Compilation result;
  const bool clean = compile(arguments.options, result, reporter);
  if (arguments.json) {
    print_json(result, reporter, sources);
  } else {
    std::cerr << reporter.format();
    if (clean) print(count(result, sources));
  }
  return clean ? kSuccess : reporter.only_unresolved() ? kUnresolved : kErrors;
}

}  // namespace avagen
