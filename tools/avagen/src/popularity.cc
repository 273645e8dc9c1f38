#include "popularity.h"

#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>
#include <stdexcept>

namespace avagen {

Popularity read_popularity(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Popularity popularity;
  static const std::regex kWhole(R"(\(of (\d+)\))");
  size_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty()) continue;
    if (line[0] == '#') {
      std::smatch match;
      const bool first = popularity.functions_of == 0;
      if (first && std::regex_search(line, match, kWhole)) {
        popularity.functions_of = std::stod(match[1]);
      }
      continue;
    }
    std::istringstream words(line);
    std::string name;
    double weight = 0;
    if (!(words >> name >> weight) || weight < 0) {
      throw std::runtime_error(path + ":" + std::to_string(number) + ": not a name and a number");
    }
    popularity.weights[name] = weight;
  }
  return popularity;
}

double importance(const std::string& function, const std::vector<Need>& needs,
                  const Popularity& popularity) {
  const auto surveyed = popularity.weights.find(function);
  if (surveyed != popularity.weights.end() && popularity.functions_of > 0) {
    return std::min(1.0, surveyed->second / popularity.functions_of);
  }
  double with = 0;
  double all = 0;
  for (const Need& need : needs) {
    all += need.weight;
    if (need.functions.contains(function)) with += need.weight;
  }
  return all == 0 ? 0 : with / all;
}

double weighted_completeness(const std::vector<Need>& needs, const std::set<std::string>& covered) {
  double complete = 0;
  double all = 0;
  for (const Need& need : needs) {
    all += need.weight;
    const bool has_all =
        std::includes(covered.begin(), covered.end(), need.functions.begin(), need.functions.end());
    if (has_all) complete += need.weight;
  }
  return all == 0 ? 1 : complete / all;
}

}  // namespace avagen
