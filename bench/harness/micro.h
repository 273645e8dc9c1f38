// The main() of programs built on Google Benchmark, with the same options and the same report as
// the others: --smoke, --json FILE, and Google Benchmark's own --benchmark_* flags.
//
// Each benchmark runs several times, all of them interleaved at random, and the median counts.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>

#include "harness/report.h"

namespace ava::bench {

// Median nanoseconds an iteration, by the benchmark's name ("BM_RawRing/64").
class Medians {
 public:
  explicit Medians(std::map<std::string, double> values) : values_(std::move(values)) {}
  // Absent where a --benchmark_filter left it out.
  std::optional<double> find(const std::string& name) const;

 private:
  std::map<std::string, double> values_;
};

// Runs the registered benchmarks; `conclude` adds what follows from them to the report.
int run_micro(int argc, char** argv, const std::string& title,
              const std::function<void(const Medians&, Report&)>& conclude);

}  // namespace ava::bench
