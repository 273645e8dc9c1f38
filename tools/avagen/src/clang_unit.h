// One C translation unit that exists in memory only, parsed by libclang.
#pragma once

#include <clang-c/Index.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tree.h"

namespace avagen {

// Where a cursor or a diagnostic is.
struct Place {
  std::string file;
  unsigned line = 0;
  unsigned column = 0;
};
Place place_of(CXSourceLocation location);

// The specification's #define and #include lines: the first lines of every unit.
std::string header_text(const Spec& spec);

class ClangUnit {
 public:
  static constexpr const char* kName = "avagen-input.c";

  ClangUnit(const std::string& text, const std::vector<std::string>& include_folders);
  ~ClangUnit();
  ClangUnit(const ClangUnit&) = delete;
  ClangUnit& operator=(const ClangUnit&) = delete;

  explicit operator bool() const { return unit_ != nullptr; }

  // Each declaration and macro, in order.
  using Visitor = std::function<void(CXCursor)>;
  void each(Visitor visitor) const;
  using ErrorVisitor = std::function<void(const Place&, const std::string& message)>;
  void each_error(const ErrorVisitor& visitor) const;
  // All files read; `direct` are those that the unit itself includes.
  void files(std::vector<std::string>& all, std::set<std::string>& direct) const;

 private:
  CXIndex index_;
  CXTranslationUnit unit_ = nullptr;
};

}  // namespace avagen
