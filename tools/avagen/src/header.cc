#include "header.h"

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>

#include "clang_unit.h"
#include "header_probes.h"
#include "header_types.h"

namespace avagen {
namespace {

// Reports what the compiler says about the header itself, at the line that includes it.
bool report_errors(const Spec& spec, const ClangUnit& unit, Reporter& reporter) {
  bool clean = true;
  unit.each_error([&](const Place& place, const std::string& message) {
    clean = false;
    const HeaderLine* culprit = &spec.header_lines.back();
    if (place.file == ClangUnit::kName && place.line <= spec.header_lines.size()) {
      culprit = &spec.header_lines[place.line - 1];
    } else {
      for (const HeaderLine& line : spec.header_lines) {
        const std::string base = std::filesystem::path(place.file).filename().string();
        if (line.text.find(base) != std::string::npos) culprit = &line;
      }
    }
    const std::string where = place.file == ClangUnit::kName
                                  ? ""
                                  : place.file + ":" + std::to_string(place.line) + ":" +
                                        std::to_string(place.column) + ": ";
    reporter.report(Code::kHeader, culprit->span, {where + message});
  });
  return clean;
}

// A header without enums often groups its macros under the name of the type that they are values
// of.
void group_macros(const std::string& path, Header& header) {
  static const std::regex kComment(R"(\s*/\*\s*(\w+)\s*(?:-.*)?\*/\s*)");
  static const std::regex kMacro(R"(\s*#\s*define\s+(\w+)\s+\S.*)");
  std::ifstream file(path);
  std::string type;
  for (std::string line; std::getline(file, line);) {
    std::smatch match;
    if (std::regex_match(line, match, kMacro)) {
      if (!type.empty()) header.constants_of[type].push_back(match[1]);
    } else if (std::regex_match(line, match, kComment)) {
      type = match[1];
    } else if (line.find("/*") != std::string::npos || line.find("//") != std::string::npos) {
      type.clear();  // something else begins
    }
  }
}

}  // namespace

bool read_header(const Spec& spec, const std::vector<std::string>& include_folders, Header& header,
                 Reporter& reporter, bool all_constants) {
  if (spec.header_lines.empty()) {
    reporter.report(Code::kHeader, {spec.files.front(), 0, 0}, {"no #include names one"});
    return false;
  }
  const ClangUnit unit(header_text(spec), include_folders);
  if (!unit) {
    reporter.report(Code::kHeader, spec.header_lines.back().span, {"libclang cannot read it"});
    return false;
  }
  if (!report_errors(spec, unit, reporter)) return false;

  std::set<std::string> direct;
  unit.files(header.files, direct);
  std::set<std::string> constants;
  std::vector<std::string>* values = nullptr;  // of the enum that is being read
  const auto constant = [&](CXCursor cursor) {
    const std::string name = take(clang_getCursorSpelling(cursor));
    const bool is_new = constants.insert(name).second;
    if (values != nullptr) values->push_back(name);
    if (is_new && direct.contains(place_of(clang_getCursorLocation(cursor)).file)) {
      header.own_constants.push_back(name);
    }
  };
  unit.each([&](CXCursor cursor) {
    const CXCursorKind kind = clang_getCursorKind(cursor);
    values = nullptr;
    if (kind == CXCursor_FunctionDecl) {
      if (clang_Cursor_getStorageClass(cursor) == CX_SC_Static) return;
      HeaderFunction function = read_function(cursor);
      const bool is_new = header.functions.emplace(function.name, function).second;
      if (is_new && direct.contains(place_of(clang_getCursorLocation(cursor)).file)) {
        header.own_functions.push_back(std::move(function));
      }
    } else if (kind == CXCursor_MacroDefinition) {
      if (clang_Cursor_isMacroFunctionLike(cursor) == 0) {
        constant(cursor);
      }
    } else if (kind == CXCursor_EnumDecl) {
      std::string type = take(clang_getTypeSpelling(clang_getCursorType(cursor)));
      if (type.starts_with("enum ")) type.erase(0, 5);
      values = &header.constants_of[type];
      clang_visitChildren(
          cursor,
          [](CXCursor child, CXCursor, CXClientData data) {
            (*static_cast<decltype(constant)*>(data))(child);
            return CXChildVisit_Continue;
          },
          const_cast<void*>(static_cast<const void*>(&constant)));
    }
  });

  for (const std::string& file : direct) group_macros(file, header);
  const std::vector<std::string> none;
  probe_header(spec, include_folders, constants, all_constants ? header.own_constants : none,
               header, reporter);
  return true;
}

}  // namespace avagen
