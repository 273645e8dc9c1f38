// A call that does nothing, through three processes: AvA against the floors under it and against
// what people would use instead. README.md says what is measured and how to read it.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <optional>

#include "harness/report.h"
#include "path/contest.h"

namespace {

using namespace ava::bench;

constexpr unsigned kWindow = 64;

struct Options {
  unsigned starts = 4;    // of all chains anew
  unsigned rounds = 10;   // after each start
  unsigned calls = 200;   // a round
  unsigned windows = 20;  // a round
  std::string json;
  std::string build;                    // the folder that meson built
  std::vector<std::string> chains;      // only these; empty: all
  std::vector<std::string> placements;  // only these; empty: all
};

// The chains' names in tables and on the command line.
constexpr const char* kEventfd = "raw-eventfd";
constexpr const char* kYield = "raw-yield";
constexpr const char* kSocket = "unix-socket";
constexpr const char* kBlocking = "ava-blocking";
constexpr const char* kHot = "ava-hot";
#ifdef AVA_BENCH_GRPC
constexpr const char* kGrpc = "grpc";
#endif

struct Entry {
  const char* name;
  ChainFactory make;
  bool windows;  // has calls that nobody waits for
};

AvaFiles built_files(const std::string& build) {
  return {.routerd = build + "/src/router/ava-routerd",
          .guest_library = build + "/tests/toy/guest/libtoy.so.1",
          .modules = build + "/tests/toy/modules"};
}

std::vector<Entry> all_chains(const Options& options) {
  const AvaFiles files = built_files(options.build);
  const auto ava = [files](const char* spin_us) {
    return [files, spin_us](const Placement& placement) {
      return make_ava_chain(placement, files, spin_us);
    };
  };
  return {{kEventfd, make_eventfd_chain, true},
          {kBlocking, ava("0"), true},
          {kSocket, make_socket_chain, false},
          {kYield, make_yield_chain, true},
          {kHot, ava(""), true},
#ifdef AVA_BENCH_GRPC
          {kGrpc, make_grpc_chain, false}
#endif
  };
}

std::vector<Placement> all_placements() {
  const std::vector<int> cpus = allowed_cpus();
  std::vector<Placement> placements = {{"one-core", cpus[0], cpus[0], cpus[0]}};
  // The guest on a core of its own, as a virtual machine's processor is; the host's two processes
  // on another.
  if (cpus.size() > 1) placements.push_back({"two-cores", cpus[0], cpus[1], cpus[1]});
  placements.push_back({"unpinned"});
  return placements;
}

bool wanted(const std::vector<std::string>& names, const std::string& name) {
  return names.empty() || std::find(names.begin(), names.end(), name) != names.end();
}

// One placement's results, looked up by chain; absent chains give no figures.
class Results {
 public:
  Results(Report& report, std::string placement)
      : report_(report), placement_(std::move(placement)) {}

  std::vector<Series> latency;
  std::vector<Series> windows;

  void add_times() {
    for (const Series& series : latency) {
      add({"", series.name + ": a call", series.ns_per_call() / 1000, "us"});
      add({"", series.name + ": sleeps a call", series.sleeps_per_call(), ""});
    }
    for (const Series& series : windows) {
      add({"", series.name + ": window 64, a call", series.ns_per_call() / 1000, "us"});
    }
  }

  // `a` by `b`, a call that is waited for.
  void compare(const char* a, const char* b, Bound bound = Bound::kNone, double goal = 0) {
    const Series* over = find(latency, a);
    const Series* under = find(latency, b);
    if (over == nullptr || under == nullptr) return;
    add({"", std::string(a) + " / " + b, ratio(*over, *under), "x", bound, goal});
  }

  // What `name` does with calls that nobody waits for, beside the raw chain and its own window 1.
  void judge_windows(const char* name, const char* raw) {
    const Series* single = find(latency, name);
    const Series* mine = find(windows, name);
    const Series* floor = find(windows, raw);
    if (mine == nullptr) return;
    const std::string label = std::string(name) + ": window 64, ";
    if (floor != nullptr) {
      add({"", label + "rate / " + raw, ratio(*floor, *mine), "x", Bound::kAtLeast, 0.5});
    }
    add({"", label + "rate / window 1", ratio(*single, *mine), "x", Bound::kAtLeast, 25});
    add({"", label + "sleeps a call", mine->sleeps_per_call(), "", Bound::kAtMost, 0.1});
  }

 private:
  static const Series* find(const std::vector<Series>& all, const std::string& name) {
    for (const Series& series : all) {
      if (series.name == name) return &series;
    }
    return nullptr;
  }
  void add(Figure figure) {
    figure.section = placement_;
    report_.add(std::move(figure));
  }

  Report& report_;
  std::string placement_;
};

// The rounds of one start of all chains, which take turns.
void run_rounds(const Options& options, const std::vector<Entry>& chains,
                const Placement& placement, Results& results) {
  std::vector<Contestant> contestants;
  for (const Entry& entry : chains) contestants.emplace_back(entry.name, entry.make, placement);
  for (unsigned round = 0; round < options.rounds; ++round) {
    for (size_t i = 0; i < chains.size(); ++i) {
      results.latency[i].rounds.push_back(contestants[i].latency(options.calls));
    }
    for (size_t i = 0; i < chains.size(); ++i) {
      if (!chains[i].windows) continue;
      results.windows[i].rounds.push_back(contestants[i].windows(options.windows, kWindow));
    }
  }
}

void measure(const Options& options, const Placement& placement, Report& report) {
  std::vector<Entry> chains = all_chains(options);
  std::erase_if(chains, [&](const Entry& entry) { return !wanted(options.chains, entry.name); });
  Results results(report, placement.name);
  for (const Entry& entry : chains) {
    results.latency.push_back({entry.name, {}});
    results.windows.push_back({entry.name, {}});
  }
  // Who runs before whom, and where, settles when processes start, and then tends to stay so: one
  // start would measure a single throw of that die.
  for (unsigned start = 0; start < options.starts; ++start) {
    run_rounds(options, chains, placement, results);
  }
  std::erase_if(results.windows, [](const Series& series) { return series.rounds.empty(); });

  const bool pinned = placement.guest != kAnyCpu;
  results.add_times();
  results.compare(kBlocking, kEventfd, Bound::kAtMost, pinned ? 1.2 : 1.25);
  results.compare(kHot, kYield, Bound::kAtMost, pinned ? 1.4 : 1.25);
  results.compare(kSocket, kBlocking, Bound::kAtLeast, 1.7);
  results.compare(kSocket, kEventfd);  // no blocking chain of this kind can do better
  results.compare(kSocket, kHot, Bound::kAtLeast, 3.2);
#ifdef AVA_BENCH_GRPC
  results.compare(kGrpc, kHot, Bound::kAtLeast, 15);
#endif
  results.judge_windows(kBlocking, kEventfd);
  results.judge_windows(kHot, kYield);
}

int run(int argc, char** argv) {
  Options options;
  options.build = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
  CLI::App app("A null call through three processes: AvA, its floors, and its rivals.");
  app.add_option("--starts", options.starts, "times that all chains are started anew")
      ->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "rounds of each chain after each start")
      ->check(CLI::PositiveNumber);
  app.add_option("--calls", options.calls, "calls in a round")->check(CLI::PositiveNumber);
  app.add_option("--windows", options.windows, "windows of 64 calls in a round")
      ->check(CLI::PositiveNumber);
  app.add_option("--chain", options.chains, "measure only this one (repeat for more)");
  app.add_option("--placement", options.placements, "one-core, two-cores, unpinned: only these");
  app.add_option("--build", options.build, "the build folder whose AvA is measured");
  app.add_option("--json", options.json, "also write the report to this file");
  bool smoke = false;
  app.add_flag("--smoke", smoke, "each thing once, quickly: does it still work?");
  CLI11_PARSE(app, argc, argv);
  if (smoke) options.starts = options.rounds = options.calls = options.windows = 1;

  Report report("Null call: 64 bytes or an empty call, guest to router to server and back; medians",
                argc, argv);
  for (const Placement& placement : all_placements()) {
    if (wanted(options.placements, placement.name)) measure(options, placement, report);
  }
  report.print();
  if (!options.json.empty()) report.write_json(options.json);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "null_call: %s\n", error.what());
    return 1;
  }
}
