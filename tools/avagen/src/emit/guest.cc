// The guest library's units: stubs by chapter, the callbacks' other end, and the module's tables.
#include "emit/dispatch_table.h"
#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/function_table.h"
#include "emit/stub.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

// --- the other end of callbacks ---

void deliver(Writer& out, const Callback& callback) {
  const bool fixed = is_fixed(upcall_fields(callback));
  const std::string type = "wire::" + callback.name + "_upcall";
  bool reads = false;
  std::vector<std::string> arguments;
  for (const Parameter& parameter : callback.parameters) {
    const std::string field = "upcall." + parameter.name + "()";
    if (parameter.kind == Kind::kUserData) {
      arguments.push_back("delivery.user_data()");
      continue;
    }
    if (callback.about == static_cast<int>(parameter.index)) {
      arguments.push_back("static_cast<" + parameter.c.spelling + ">(delivery.about())");
      continue;
    }
    reads = true;
    if (parameter.kind == Kind::kHandle) {
      arguments.push_back("static_cast<" + parameter.c.spelling + ">(delivery.land_handle(" +
                          field + ", " + type_constant(*parameter.handle) + "))");
    } else if (parameter.kind == Kind::kNumber) {
      arguments.push_back(from_wire(parameter.c, field));
    } else {
      const std::string bytes =
          "guest::bytes_of<" + parameter.c.pointee->spelling + ">(" + field + ")";
      // The library's copy, whether its header says const or forgot it.
      arguments.push_back(parameter.c.pointee->is_const
                              ? bytes
                              : "const_cast<" + parameter.c.spelling + ">(" + bytes + ")");
    }
  }
  out.line();
  out.open("void deliver_" + callback.name +
           "(guest::Delivery& delivery, std::span<const std::byte>" + (reads ? " body" : "") +
           ") {");
  if (reads) {
    out.line(fixed ? "const auto& upcall = *reinterpret_cast<const " + type + "*>(body.data());"
                   : "const auto& upcall = *flatbuffers::GetRoot<" + type + ">(body.data());");
  }
  out.line("const auto function = reinterpret_cast<" + callback.c_type + ">(delivery.function());");
  out.line("function(" + joined(arguments) + ");");
  out.close();
}

// Instead of the library's call, which will not come any more.
void lose(Writer& out, const Callback& callback) {
  const ExpressionPrinter print(Side::kGuest, nullptr);
  std::vector<std::string> arguments;
  bool handle = false;
  for (const Parameter& parameter : callback.parameters) {
    if (parameter.kind == Kind::kUserData) {
      arguments.push_back("delivery.user_data()");
    } else if (parameter.kind == Kind::kHandle) {
      handle = true;
      arguments.push_back("static_cast<" + parameter.c.spelling + ">(handle)");
    } else if (parameter.lost != nullptr) {
      arguments.push_back(print.value(*parameter.lost));
    } else {
      arguments.push_back("{}");
    }
  }
  out.line();
  out.open("void lose_" + callback.name + "(guest::Delivery& delivery, void*" +
           (handle ? " handle" : "") + ") {");
  out.line("const auto function = reinterpret_cast<" + callback.c_type + ">(delivery.function());");
  out.line("function(" + joined(arguments) + ");");
  out.close();
}

void failures_header(Writer& out, const Emission& emission) {
  for (const Type& type : emission.model().types) {
    if (type.is_handle || !type.c.is_number()) continue;
    out.line();
    out.line("// What " + type.name + " says when a call did not happen.");
    out.open("inline " + type.name + " failure_" + identifier(type.name) +
             "(const guest::Call& call) {");
    outcomes(out, emission, type.values, type.c);
    out.close();
  }
}

File guest_header(const Emission& emission) {
  Writer out;
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  emission.header_lines(out);
  out.line();
  for (const char* name : {"base/export.h", "guest/call.h", "marshal/bulk.h"}) {
    out.line(std::string("#include \"") + name + "\"");
  }
  out.line("#include \"" + emission.api() + "_api.h\"");
  out.line("#include \"" + emission.api() + "_generated.h\"");
  deprecated(out, emission);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  if (const std::optional<DispatchTable>& table = emission.model().dispatch) {
    out.line();
    out.line("extern const " + table->type + " " + table->variable + ";");
  }
  failures_header(out, emission);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return {emission.api() + "_guest.h", out.text()};
}

std::vector<std::string> quoted_names(const std::vector<const Function*>& functions) {
  std::vector<std::string> names;
  for (const Function* function : functions) names.push_back("\"" + function->name + "\"");
  return names;
}

bool some_say_lost(const Emission& emission) {
  const auto upcalls = emission.upcalls();
  return std::any_of(upcalls.begin(), upcalls.end(),
                     [](const Callback* callback) { return callback->says_lost(); });
}

void tables(Writer& out, const Emission& emission) {
  for (const Callback* callback : emission.upcalls()) deliver(out, *callback);
  for (const Callback* callback : emission.upcalls()) {
    if (callback->says_lost()) lose(out, *callback);
  }
  if (!emission.handles().empty()) {
    out.line();
    out.open_list("constexpr guest::Type kTypes[]");
    for (const Type* type : emission.handles()) {
      const std::string dispatch = type->dispatch && emission.model().dispatch
                                       ? "&" + emission.model().dispatch->variable
                                       : "nullptr";
      out.line("{\"" + type->name + "\", " + dispatch + (type->nonnull ? ", true" : "") + "},");
    }
    out.close_list();
  }
  out.line();
  out.table("constexpr const char* kFunctions[]", quoted_names(emission.on_wire()));
  if (!emission.upcalls().empty()) {
    out.line();
    out.open_list("constexpr guest::UpcallHandler kUpcalls[]");
    for (const Callback* callback : emission.upcalls()) out.line("deliver_" + callback->name + ",");
    out.close_list();
  }
  if (some_say_lost(emission)) {
    out.line();
    out.open_list("constexpr guest::LossHandler kLosses[]");
    for (const Callback* callback : emission.upcalls()) {
      out.line(callback->says_lost() ? "lose_" + callback->name + "," : "nullptr,");
    }
    out.close_list();
  }
}

// One translation unit: a chapter's stubs, and in the main one the tables.
File unit(const Emission& emission, uint32_t chapter) {
  const bool main = chapter == 0;
  const std::string& api = emission.api();
  std::vector<const Function*> functions;
  for (const Function& function : emission.model().functions) {
    if (function.chapter == chapter) functions.push_back(&function);
  }
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include \"" + api + "_guest.h\"");
  out.line();
  out.line("namespace ava::" + api + " {");
  emission.verbatim(out, "guest", chapter);
  Writer stubs;
  Writer own;
  Writer lists;
  for (const Function* function : functions) {
    if (function->unsupported) emit_unsupported_stub(stubs, emission, *function);
    if (!function->on_wire() || !function->replaced_guest.empty()) continue;
    emit_stub(stubs, emission, *function);
    own_failure(own, emission, *function);
    emit_table_filler(own, emission, *function);
    entry_tables(lists, *function, stubs.text());
  }
  Writer names;
  usings(names, own.text() + stubs.text(),
         {{"guest::", {"Call", "Graph", "In", "InList", "Out", "Wake"}},
          {"marshal::", {"saturating_add", "saturating_mul", "saturating_sub"}}});
  out.line("namespace {");
  section(out, names.text());
  section(out, lists.text());
  out.verbatim(own.text());
  if (main && emission.model().dispatch) emit_dispatch_table(out, emission);
  if (main) tables(out, emission);
  out.line();
  out.line("}  // namespace");
  out.line();
  out.line("extern \"C\" {");
  out.verbatim(stubs.text());
  out.line();
  out.line("}  // extern \"C\"");
  out.line();
  out.line("}  // namespace ava::" + api);
  if (main) {
    const std::string space = "ava::" + api + "::";
    const std::string types = emission.handles().empty() ? "{}" : space + "kTypes";
    const std::string upcalls = emission.upcalls().empty() ? "{}" : space + "kUpcalls";
    out.line();
    std::vector<std::string> fields{space + "kApi", space + "kWireHash", types,
                                    space + "kFunctions", upcalls};
    if (some_say_lost(emission)) fields.push_back(space + "kLosses");
    out.table("const ava::guest::Module ava::guest::kModule", fields);
  }
  const std::string& name = emission.model().spec->chapters[chapter].name;
  return {api + "_guest" + (main ? "" : "_" + name) + ".cc", out.text()};
}

}  // namespace

std::vector<File> emit_guest(const Emission& emission) {
  std::vector<File> files{guest_header(emission)};
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    files.push_back(unit(emission, chapter));
  }
  return files;
}

}  // namespace avagen
