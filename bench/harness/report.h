// What a benchmark program says at its end: figures, and those that a goal of the design bounds.
//
// A quoted number names machine, build and command; the report prints all three, and holds them in
// its JSON form. Goals are printed beside the figures and never fail a run: machines differ, and
// the one who reads decides.
#pragma once

#include <string>
#include <vector>

namespace ava::bench {

enum class Bound { kNone, kAtMost, kAtLeast };

struct Figure {
  std::string section;  // printed above the figures that have it, which stand together
  std::string name;
  double value;
  std::string unit;
  Bound bound = Bound::kNone;
  double goal = 0;
};

class Report {
 public:
  // `command` is the program's command line.
  Report(std::string title, int argc, char** argv);

  void add(Figure figure) { figures_.push_back(std::move(figure)); }
  // Prints machine, build, command and all figures to stdout.
  void print() const;
  // Errors: throws std::runtime_error with a sentence where the file cannot be written.
  void write_json(const std::string& path) const;

 private:
  std::string title_;
  std::string command_;
  std::vector<Figure> figures_;
};

// The middle one; 0 for none.
double median(std::vector<double> values);

}  // namespace ava::bench
