// A first specification, from an unmodified header: what habits find, each with its reason, and
// `unresolved` where they find nothing certain. What it writes passes `avagen check` but for that.
#pragma once

#include <string>
#include <vector>

#include "diagnostics.h"
#include "emit/emit.h"

namespace avagen {

struct InitOptions {
  // Each as behind #include, or the path of a file.
  std::vector<std::string> headers;
  std::vector<std::string> defines;  // "NAME" or "NAME VALUE", in front of the headers
  std::vector<std::string> include_folders;
  std::string docs;         // path of a reference, plain text or XML; empty: none
  std::string conventions;  // path of a specification with convention { }; empty: none
  std::string api;          // empty: the first header's name
  std::string library;      // the library's soname; empty: not said
  std::string folder;       // where the files will lie, which paths are relative to
  bool chapters = false;    // a file for each kind of object
};

struct InitResult {
  std::vector<File> files;  // the main one first
  size_t functions = 0;
  size_t parameters = 0;
  size_t unresolved = 0;  // parameters with something unresolved
};

// False, having reported why, if the header cannot be read.
bool init(const InitOptions& options, InitResult& result, Reporter& reporter);

}  // namespace avagen
