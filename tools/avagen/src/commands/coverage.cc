// avagen coverage: what programs need of an API, and how much of that a specification has.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>

#include "commands/commands.h"
#include "popularity.h"
#include "programs.h"

namespace avagen {
namespace {

struct Row {
  std::string function;
  double importance = 0;
  bool covered = false;
  std::vector<std::string> programs;
  size_t imports = 0;  // of them, those that import it; the others only name it
};

struct Findings {
  size_t files = 0;
  std::vector<Need> needs;  // of programs that use the API
  std::vector<Row> rows;    // the most important first
  std::set<std::string> covered;
  double completeness = 1;  // weighted
  size_t complete = 0;      // programs
};

Findings find(const CoverageArguments& arguments, const Model& model) {
  Findings found;
  std::set<std::string> names;
  for (const Function& function : model.functions) {
    names.insert(function.name);
    if (function.covered()) found.covered.insert(function.name);
  }
  const Popularity popularity =
      arguments.popularity.empty() ? Popularity{} : read_popularity(arguments.popularity);
  std::map<std::string, Row> rows;
  for (const std::string& path : files_below(arguments.programs)) {
    ++found.files;
    const std::optional<Program> program = read_program(path, names);
    if (!program) continue;
    Need need;
    need.program = std::filesystem::path(path).filename().string();
    // A name among a program's strings may be one that it looks up, and does without if it is not
    // there. Programs that import nothing look up all that they use.
    need.functions = program->imported.empty() ? program->mentioned : program->imported;
    if (need.functions.empty()) continue;
    const auto weight = popularity.weights.find(need.program);
    if (weight != popularity.weights.end()) need.weight = weight->second;
    for (const std::string& function : program->imported) {
      rows[function].programs.push_back(path);
      ++rows[function].imports;
    }
    for (const std::string& function : program->mentioned) {
      if (!program->imported.contains(function)) rows[function].programs.push_back(path);
    }
    found.complete += std::includes(found.covered.begin(), found.covered.end(),
                                    need.functions.begin(), need.functions.end());
    found.needs.push_back(std::move(need));
  }
  for (auto& [name, row] : rows) {
    row.function = name;
    row.importance = importance(name, found.needs, popularity);
    row.covered = found.covered.contains(name);
    found.rows.push_back(std::move(row));
  }
  std::stable_sort(found.rows.begin(), found.rows.end(),
                   [](const Row& a, const Row& b) { return a.importance > b.importance; });
  found.completeness = weighted_completeness(found.needs, found.covered);
  return found;
}

void print(const Findings& found) {
  std::printf("%zu of %zu files use the API; %zu of them need nothing that is not covered\n",
              found.needs.size(), found.files, found.complete);
  std::printf("weighted completeness %.3f\n\n", found.completeness);
  std::printf("importance  imported  named only  covered  function\n");
  for (const Row& row : found.rows) {
    std::printf("     %.3f  %8zu  %10zu  %-7s  %s\n", row.importance, row.imports,
                row.programs.size() - row.imports, row.covered ? "yes" : "NO",
                row.function.c_str());
    if (row.covered) continue;
    for (const std::string& program : row.programs) std::printf("%45s%s\n", "", program.c_str());
  }
}

void print_json(const Findings& found) {
  nlohmann::json functions = nlohmann::json::array();
  for (const Row& row : found.rows) {
    functions.push_back({{"name", row.function},
                         {"importance", row.importance},
                         {"covered", row.covered},
                         {"imported", row.imports},
                         {"programs", row.programs}});
  }
  const nlohmann::json out = {{"files", found.files},
                              {"programs", found.needs.size()},
                              {"complete", found.complete},
                              {"weighted_completeness", found.completeness},
                              {"functions", functions}};
  std::cout << out.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

}  // namespace

int coverage(const CoverageArguments& arguments) {
  Sources sources;
  Reporter reporter(sources);
  Compilation result;
  if (!compile(arguments.options, result, reporter)) {
    std::cerr << reporter.format();
    return kUsage;
  }
  const Findings found = find(arguments, result.model);
  arguments.json ? print_json(found) : print(found);
  return found.complete == found.needs.size() ? kSuccess : kErrors;
}

}  // namespace avagen
