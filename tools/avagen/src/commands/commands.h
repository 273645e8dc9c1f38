// What avagen's subcommands do once the command line is read. Each returns the exit status, prints
// results to stdout and what is wrong to stderr, and throws where the machine fails (main() says
// so).
#pragma once

#include <string>
#include <vector>

#include "compile.h"
#include "init.h"

namespace avagen {

// The same for every subcommand; the manual pages say what they mean for each.
enum ExitStatus : int {
  kSuccess = 0,
  kErrors = 1,      // the specification has errors; diff: old guests do not work
  kUsage = 2,       // wrong usage, or a file that cannot be read or written
  kUnresolved = 3,  // nothing is wrong, but something is left for a person to decide
};

struct GenerateArguments {
  Options options;
  std::string out;
  std::string report;  // where api-report.md goes; empty: beside the other files
  std::string depfile;
};
int generate(const GenerateArguments& arguments);

struct CheckArguments {
  Options options;
  bool json = false;
};
int check(const CheckArguments& arguments);

struct InitArguments {
  InitOptions options;
  std::string out;  // empty: stdout
};
// Never overwrites a file: a specification is edited by hand from then on.
int init(const InitArguments& arguments);

struct DiffArguments {
  std::string before;  // a specification (.ava), or a header
  std::string after;
  std::vector<std::string> include_folders;
};
// kErrors: something that was built for the old version does not work with the new one.
int diff(const DiffArguments& arguments);

struct CoverageArguments {
  Options options;
  std::vector<std::string> programs;  // files and folders
  std::string popularity;             // empty: all programs weigh the same
  bool json = false;
};
// kErrors: a program needs a function that is not covered.
int coverage(const CoverageArguments& arguments);

// The page of one diagnostic, or the list of all where `number` is empty.
int explain(const std::string& number);

}  // namespace avagen
