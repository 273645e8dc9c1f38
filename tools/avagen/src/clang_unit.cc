#include "clang_unit.h"

#include "header_types.h"

namespace avagen {

Place place_of(CXSourceLocation location) {
  Place place;
  CXFile file = nullptr;
  clang_getFileLocation(location, &file, &place.line, &place.column, nullptr);
  if (file != nullptr) place.file = take(clang_getFileName(file));
  return place;
}

std::string header_text(const Spec& spec) {
  std::string text;
  for (const HeaderLine& line : spec.header_lines) text += line.text + "\n";
  return text;
}

ClangUnit::ClangUnit(const std::string& text, const std::vector<std::string>& include_folders)
    : index_(clang_createIndex(0, 0)) {
  std::vector<std::string> arguments{"-x", "c", "-std=c11", "-ferror-limit=0", "-Wno-everything",
                                     // C++, which guest libraries are, knows no such functions.
                                     "-Werror=implicit-function-declaration",
                                     "-fparse-all-comments",
                                     "-fretain-comments-from-system-headers"};
  for (const std::string& folder : include_folders) arguments.push_back("-I" + folder);
  std::vector<const char*> pointers;
  for (const std::string& argument : arguments) pointers.push_back(argument.c_str());
  CXUnsavedFile file{kName, text.data(), text.size()};
  clang_parseTranslationUnit2(index_, kName, pointers.data(), static_cast<int>(pointers.size()),
                              &file, 1, CXTranslationUnit_DetailedPreprocessingRecord, &unit_);
}

ClangUnit::~ClangUnit() {
  if (unit_ != nullptr) clang_disposeTranslationUnit(unit_);
  clang_disposeIndex(index_);
}

void ClangUnit::each(Visitor visitor) const {
  clang_visitChildren(
      clang_getTranslationUnitCursor(unit_),
      [](CXCursor cursor, CXCursor, CXClientData data) {
        (*static_cast<Visitor*>(data))(cursor);
        return CXChildVisit_Continue;
      },
      &visitor);
}

void ClangUnit::each_error(const ErrorVisitor& visitor) const {
  for (unsigned i = 0; i < clang_getNumDiagnostics(unit_); ++i) {
    const CXDiagnostic diagnostic = clang_getDiagnostic(unit_, i);
    if (clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error) {
      visitor(place_of(clang_getDiagnosticLocation(diagnostic)),
              take(clang_getDiagnosticSpelling(diagnostic)));
    }
    clang_disposeDiagnostic(diagnostic);
  }
}

void ClangUnit::files(std::vector<std::string>& all, std::set<std::string>& direct) const {
  struct Both {
    std::vector<std::string>& all;
    std::set<std::string>& direct;
  } both{all, direct};
  clang_getInclusions(
      unit_,
      [](CXFile file, CXSourceLocation*, unsigned depth, CXClientData data) {
        if (depth == 0) return;
        Both& sets = *static_cast<Both*>(data);
        const std::string name = take(clang_getFileName(file));
        sets.all.push_back(name);
        if (depth == 1) sets.direct.insert(name);
      },
      &both);
}

}  // namespace avagen
