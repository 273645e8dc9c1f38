#include "header.h"

#include <filesystem>
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

}  // namespace

bool read_header(const Spec& spec, const std::vector<std::string>& include_folders, Header& header,
                 Reporter& reporter) {
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
  unit.each([&](CXCursor cursor) {
    const CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_FunctionDecl) {
      if (clang_Cursor_getStorageClass(cursor) == CX_SC_Static) return;
      HeaderFunction function = read_function(cursor);
      const bool is_new = header.functions.emplace(function.name, function).second;
      if (is_new && direct.contains(place_of(clang_getCursorLocation(cursor)).file)) {
        header.own_functions.push_back(std::move(function));
      }
    } else if (kind == CXCursor_MacroDefinition) {
      if (clang_Cursor_isMacroFunctionLike(cursor) == 0) {
        constants.insert(take(clang_getCursorSpelling(cursor)));
      }
    } else if (kind == CXCursor_EnumDecl) {
      clang_visitChildren(
          cursor,
          [](CXCursor child, CXCursor, CXClientData data) {
            static_cast<std::set<std::string>*>(data)->insert(take(clang_getCursorSpelling(child)));
            return CXChildVisit_Continue;
          },
          &constants);
    }
  });

  probe_header(spec, include_folders, constants, header, reporter);
  return true;
}

}  // namespace avagen
