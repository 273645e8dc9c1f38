// How much functions and programs matter to people: API importance and weighted completeness (Tsai
// et al., "A study of modern Linux API usage and compatibility", EuroSys 2016).
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

namespace avagen {

// Lines of a name and a number, separated by white space; '#' begins a comment. A name is a
// program's file name, and the number how many install it, or a function's, and the number how many
// programs need it, of as many as the comment line says: "(of 77)".
struct Popularity {
  std::map<std::string, double> weights;
  double functions_of = 0;  // the whole that functions' numbers are of; 0: not said
};
// Throws std::runtime_error where the file cannot be read or is no such file.
Popularity read_popularity(const std::string& path);

struct Need {
  std::string program;  // file name
  std::set<std::string> functions;
  double weight = 1;
};

// API importance: the weight of the programs that need the function, in that of all; what a survey
// says (`popularity`) counts where it knows the function.
double importance(const std::string& function, const std::vector<Need>& needs,
                  const Popularity& popularity);

// Weighted completeness: the weight of the programs that need nothing but `covered`, in that of
// all. 1 where there is no program.
double weighted_completeness(const std::vector<Need>& needs, const std::set<std::string>& covered);

}  // namespace avagen
