#include "harness/micro.h"

#include <benchmark/benchmark.h>

#include <cstdio>
#include <exception>
#include <vector>

namespace ava::bench {
namespace {

class Collector final : public benchmark::ConsoleReporter {
 public:
  Collector() : ConsoleReporter(OO_Tabular) {}
  // The report says more about the machine than Google Benchmark's own heading.
  bool ReportContext(const Context& context) override {
    name_field_width_ = context.name_field_width;
    return true;
  }
  // Prints and keeps medians only; a benchmark that ran once is its own.
  void ReportRuns(const std::vector<Run>& runs) override {
    std::vector<Run> chosen;
    for (const Run& run : runs) {
      const bool counts =
          run.run_type == Run::RT_Iteration ? run.repetitions <= 1 : run.aggregate_name == "median";
      if (!counts) continue;
      medians[run.run_name.str()] = run.GetAdjustedCPUTime();
      chosen.push_back(run);
    }
    ConsoleReporter::ReportRuns(chosen);
  }
  std::map<std::string, double> medians;
};

}  // namespace

std::optional<double> Medians::find(const std::string& name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

int run_micro(int argc, char** argv, const std::string& title,
              const std::function<void(const Medians&, Report&)>& conclude) {
  Report report(title, argc, argv);
  std::string json;
  // Ours first, so that the user's --benchmark_* flags behind them win.
  std::vector<std::string> arguments = {argv[0]};
  std::vector<std::string> defaults = {"--benchmark_repetitions=9", "--benchmark_min_time=0.02",
                                       "--benchmark_enable_random_interleaving=true",
                                       "--benchmark_report_aggregates_only=true"};
  std::vector<std::string> rest;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--smoke") {
      defaults = {"--benchmark_min_time=0.0001"};
    } else if (argument == "--json" && i + 1 < argc) {
      json = argv[++i];
    } else {
      rest.push_back(argument);
    }
  }
  arguments.insert(arguments.end(), defaults.begin(), defaults.end());
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  std::vector<char*> pointers;
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  int count = static_cast<int>(pointers.size());

  benchmark::Initialize(&count, pointers.data());
  if (benchmark::ReportUnrecognizedArguments(count, pointers.data())) {
    std::fprintf(stderr, "also: --smoke, --json FILE\n");
    return 2;
  }
  Collector collector;
  benchmark::RunSpecifiedBenchmarks(&collector);
  conclude(Medians(collector.medians), report);
  report.print();
  try {
    if (!json.empty()) report.write_json(json);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace ava::bench
