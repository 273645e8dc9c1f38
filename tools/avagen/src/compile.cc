#include "compile.h"

#include <filesystem>

#include "parse.h"
#include "passes.h"
#include "select_version.h"

namespace avagen {
namespace {

std::vector<File> emit(Model& model, const Sources& sources) {
  const Emission emission(model, sources);
  const std::string& api = model.spec->api;
  std::vector<File> files{{api + ".fbs", emit_schema(emission)}};
  model.wire_hash = hash_of(files.front().text, emission);
  files.push_back({api + "_api.h", emit_api_header(emission)});
  for (auto* side : {emit_guest, emit_router, emit_server}) {
    for (File& file : side(emission)) files.push_back(std::move(file));
  }
  files.push_back({api + "_mutations.cc", emit_mutations(emission)});
  files.push_back({api + "_double.cc", emit_double(emission)});
  files.push_back({api + "_double.link", emit_double_link(emission)});
  files.push_back({api + ".json", emit_description(emission)});
  files.push_back({"api-report.md", emit_report(emission, files)});
  return files;
}

}  // namespace

bool compile(const Options& options, Compilation& result, Reporter& reporter) {
  // "x.h" and "x.ava" beside the specification need no -I.
  std::vector<std::string> folders{std::filesystem::path(options.spec).parent_path().string()};
  if (folders.front().empty()) folders.front() = ".";
  folders.insert(folders.end(), options.include_folders.begin(), options.include_folders.end());

  parse(options.spec, folders, result.spec, reporter);  // text to tree
  select_version(folders, result.spec, reporter);       // only what the header at hand has
  if (!result.spec.files.empty() &&
      read_header(result.spec, folders, result.header, reporter)) {  // C's side
    Model& model = result.model;
    resolve(result.spec, result.header, model, reporter);  // each name has a declaration
    apply_habits(model, reporter);                         // the header's habits are said
    find_unresolved(model, reporter);                      // what nobody has decided is known
    describe_structs(model, reporter);                     // each struct leads somewhere
    infer(model, reporter);                                // each parameter has a kind
    bind_sizes(model, reporter);                           // each buffer has a length
    check_handles(model, reporter);                        // created, used, destroyed
    check_async(model, reporter);                          // async calls foresee their success
    check_dead(model, reporter);                           // each annotation had an effect
    assign_ids(model, reporter);                           // stable numbers on the wire
    if (!reporter.has_errors()) result.files = emit(model, reporter.sources());
  }
  return !reporter.has_errors();
}

}  // namespace avagen
