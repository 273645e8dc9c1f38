#include "harness/report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace ava::bench {
namespace {

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

std::string machine() {
  utsname system{};
  ::uname(&system);
  return cpu_model() + ", " + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " cores, " +
         system.sysname + " " + system.release;
}

std::string build() {
  std::string text = std::string("g++ ") + __VERSION__;
#ifdef __OPTIMIZE__
  text += ", optimized";
#else
  text += ", NOT optimized";
#endif
#ifdef NDEBUG
  text += ", no assertions";
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  text += ", SANITIZED";
#endif
  return text;
}

bool met(const Figure& figure) {
  return figure.bound == Bound::kAtMost ? figure.value <= figure.goal : figure.value >= figure.goal;
}

}  // namespace

Report::Report(std::string title, int argc, char** argv) : title_(std::move(title)) {
  for (int i = 0; i < argc; ++i) command_ += std::string(i == 0 ? "" : " ") + argv[i];
}

void Report::print() const {
  std::printf("\n%s\n  machine: %s\n  build:   %s\n  command: %s\n\n", title_.c_str(),
              machine().c_str(), build().c_str(), command_.c_str());
  size_t width = 0;
  for (const Figure& figure : figures_) width = std::max(width, figure.name.size());
  std::string section;
  for (const Figure& figure : figures_) {
    if (figure.section != section)
      std::printf("%s%s\n", section.empty() ? "" : "\n", figure.section.c_str());
    section = figure.section;
    std::printf("  %-*s %10.3f %-10s", static_cast<int>(width), figure.name.c_str(), figure.value,
                figure.unit.c_str());
    if (figure.bound != Bound::kNone) {
      std::printf(" goal %s %g: %s", figure.bound == Bound::kAtMost ? "<=" : ">=", figure.goal,
                  met(figure) ? "met" : "MISSED");
    }
    std::printf("\n");
  }
  std::fflush(stdout);
}

void Report::write_json(const std::string& path) const {
  nlohmann::ordered_json document = {{"title", title_},
                                     {"machine", machine()},
                                     {"build", build()},
                                     {"command", command_},
                                     {"figures", nlohmann::ordered_json::array()}};
  for (const Figure& figure : figures_) {
    nlohmann::ordered_json entry = {{"section", figure.section},
                                    {"name", figure.name},
                                    {"value", figure.value},
                                    {"unit", figure.unit}};
    if (figure.bound != Bound::kNone) {
      entry[figure.bound == Bound::kAtMost ? "at_most" : "at_least"] = figure.goal;
      entry["met"] = met(figure);
    }
    document["figures"].push_back(std::move(entry));
  }
  std::ofstream file(path);
  file << document.dump(2) << "\n";
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

double median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace ava::bench
