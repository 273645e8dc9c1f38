// From a specification to an API package.
#pragma once

#include <string>
#include <vector>

#include "diagnostics.h"
#include "emit/emit.h"
#include "model.h"

namespace avagen {

struct Options {
  std::string spec;
  std::vector<std::string> include_folders;
};

// What a run leaves behind, for the caller to write or to count. The model borrows from the others.
struct Compilation {
  Spec spec;
  Header header;
  Model model;
  std::vector<File> files;  // empty if anything was wrong
};

// Every pass in its order. False if there was an error; then there is no file to write.
bool compile(const Options& options, Compilation& result, Reporter& reporter);

}  // namespace avagen
