// The server module's units: dispatchers by chapter, what the object table asks, callbacks, and the
// native library.
#include <algorithm>
#include <set>

#include "emit/dispatcher.h"
#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

// --- what the object table asks ---

// A type's expression as the body of a function of `object`.
void object_function(Writer& out, const std::string& head, const Type& type, const Expr* expression,
                     bool returns) {
  if (expression == nullptr) return;
  const std::string object = "static_cast<" + type.c.spelling + ">(object)";
  out.line();
  if (expression->kind == Expr::Kind::kCall && expression->text == "query") {
    const std::vector<Expr>& arguments = expression->arguments;
    out.open(head + "(void* object) {");
    out.line(arguments[2].text + " value{};");
    out.line("native." + arguments[0].text + "(" + object + ", " + arguments[1].text +
             ", sizeof value, &value, nullptr);");
    out.line("return value;");
    out.close();
    return;
  }
  ExpressionPrinter print(Side::kServer, nullptr);
  print.set_object(object);
  const std::string body = (returns ? "return " : "") + print.value(*expression) + ";";
  const std::string one = head + "(void* object) { " + body + " }";
  if (one.size() <= Writer::kColumns) return out.line(one);
  out.open(head + "(void* object) {");
  out.line(body);
  out.close();
}

void types(Writer& out, const Emission& emission) {
  if (emission.handles().empty()) return;
  for (const Type* type : emission.handles()) {
    const std::string id = identifier(type->name);
    object_function(out, "uint64_t reference_count_" + id, *type, type->reference_count, true);
    object_function(out, "int32_t completion_" + id, *type, type->completion, true);
    object_function(out, "void retain_" + id, *type, type->retain, false);
    object_function(out, "void release_" + id, *type, type->release, false);
  }
  out.line();
  out.open_list("constexpr server::Type kTypes[]");
  for (const Type* type : emission.handles()) {
    const std::string id = identifier(type->name);
    const auto entry = [&](const char* prefix, const Expr* expression) {
      return expression == nullptr ? std::string("nullptr") : prefix + id;
    };
    out.line("{\"" + type->name + "\", " + entry("reference_count_", type->reference_count) + ", " +
             entry("completion_", type->completion) + ", " + entry("retain_", type->retain) + ", " +
             entry("release_", type->release) + (type->nonnull ? ", true" : "") + "},");
  }
  out.close_list();
}

// --- callbacks ---

// What the library calls in place of the application's function.
std::string trampoline_head(const Callback& callback) {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : callback.parameters) {
    const bool about = callback.about == static_cast<int>(parameter.index);
    parameters.push_back(parameter.c.declare(about ? "" : parameter.name));
  }
  return "void trampoline_" + callback.name + "(" + joined(parameters) + ")";
}

void trampoline(Writer& out, const Callback& callback) {
  const Parameter& user_data = callback.parameters[static_cast<size_t>(callback.user_data)];
  const bool fixed = is_fixed(upcall_fields(callback));
  out.line();
  out.open(trampoline_head(callback) + " {");
  out.line("server::Upcall upcall(" + user_data.name + ", kUp_" + callback.name +
           (callback.awaited ? ", true);" : ");"));
  std::vector<std::string> fields;
  if (!fixed) fields.push_back("upcall.builder()");
  fields.push_back("upcall.closure_number()");
  for (const Parameter& parameter : callback.parameters) {
    if (callback.about == static_cast<int>(parameter.index)) continue;
    if (parameter.kind == Kind::kHandle) {
      fields.push_back("upcall.id_of(" + parameter.name + ", " + type_constant(*parameter.handle) +
                       ")");
    } else if (parameter.kind == Kind::kNumber) {
      fields.push_back(to_wire(parameter.c, parameter.name));
    } else if (parameter.kind == Kind::kString) {
      out.line("const auto " + parameter.name + "_bytes = upcall.string(" + parameter.name + ");");
      fields.push_back(parameter.name + "_bytes");
    } else if (parameter.kind == Kind::kIn) {
      std::string count = parameter.count->text;
      if (parameter.element_size != 1) {
        count = "saturating_mul(" + count + ", " + std::to_string(parameter.element_size) + ")";
      }
      out.line("const auto " + parameter.name + "_bytes = upcall.bytes(" + parameter.name + ", " +
               count + ");");
      fields.push_back(parameter.name + "_bytes");
    }
  }
  out.line(fixed ? "upcall.send_fixed(wire::" + callback.name + "_upcall(" + joined(fields) + "));"
                 : "upcall.send_table(wire::Create" + callback.name + "_upcall(" + joined(fields) +
                       "));");
  out.close();
}

// --- the native library ---

// Functions that are called: those on the wire, and those that type expressions name.
std::vector<std::string> native_functions(const Emission& emission) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known && emission.model().header->functions.contains(name)) names.push_back(name);
  };
  for (const Function* function : emission.on_wire()) add(function->name);
  for (const Type* type : emission.handles()) {
    for (const Expr* expression :
         {type->reference_count, type->completion, type->retain, type->release}) {
      if (expression == nullptr || expression->kind != Expr::Kind::kCall) continue;
      add(expression->text == "query" ? expression->arguments[0].text : expression->text);
    }
  }
  // A verbatim block may call any function of the header.
  for (const VerbatimBlock& block : emission.model().spec->verbatim) {
    if (block.side != "server") continue;
    for (const auto& [name, function] : emission.model().header->functions) {
      if (block.text.find("native." + name + "(") != std::string::npos) add(name);
    }
  }
  return names;
}

std::vector<const Function*> looked_up(const Emission& emission) {
  std::vector<const Function*> functions;
  for (const Function* function : emission.on_wire()) {
    if (!function->looked_up.empty()) functions.push_back(function);
  }
  return functions;
}

void native_struct(Writer& out, const Emission& emission) {
  out.line("// The native library's functions; null where it lacks one.");
  out.open("struct Native {");
  for (const std::string& name : native_functions(emission)) {
    out.line("decltype(&::" + name + ") " + name + ";");
  }
  out.close("};");
}

void load(Writer& out, const Emission& emission) {
  out.line();
  out.line("template <typename F>");
  out.open("void find(void* library, const char* name, F& function) {");
  out.line("function = reinterpret_cast<F>(::dlsym(library, name));");
  out.close();
  out.line();
  out.open("bool load(std::string& why) {");
  out.line("void* library = ::dlopen(\"" + emission.model().spec->library +
           "\", RTLD_NOW | RTLD_LOCAL);");
  out.open("if (library == nullptr) {");
  out.line("why = ::dlerror();");
  out.line("return false;");
  out.close();
  for (const std::string& name : native_functions(emission)) {
    const Function* function = emission.model().find_function(name);
    const std::string& symbol = function != nullptr ? function->native : name;
    out.line("find(library, \"" + symbol + "\", native." + name + ");");
  }
  // With the others there, which what looks these up may call.
  for (const Function* function : looked_up(emission)) {
    const std::string target = "native." + function->name;
    out.open("if (" + target + " == nullptr) {");
    out.line(target + " = reinterpret_cast<decltype(" + target + ")>(" + function->looked_up +
             "(\"" + function->native + "\"));");
    out.close();
  }
  out.line("return true;");
  out.close();
}

// `text`: the code behind, which decides what is needed.
void includes(Writer& out, const Emission& emission, const std::string& text) {
  const auto needs = [&](const char* word) { return text.find(word) != std::string::npos; };
  out.line("#include <dlfcn.h>");
  out.line();
  if (needs("std::min")) out.line("#include <algorithm>");
  if (needs("offsetof")) out.line("#include <cstddef>");
  if (needs("std::memcpy")) out.line("#include <cstring>");
  if (needs("std::min") || needs("offsetof") || needs("std::memcpy")) out.line();
  emission.header_lines(out);
  out.line();
  out.line("#include \"server/call.h\"");
  if (needs("edited_query") || needs("clear_bits") || needs("replace_value")) {
    out.line("#include \"server/edit.h\"");
  }
  out.line("#include \"" + emission.api() + "_api.h\"");
  out.line("#include \"" + emission.api() + "_generated.h\"");
  deprecated(out, emission);
}

bool is_served(const Function& function) {
  return function.on_wire() && function.replaced_server.empty();
}

// Does a chapter's function take it?
bool takes(const Emission& emission, uint32_t chapter, const Callback& callback) {
  const std::vector<const Function*> functions = emission.on_wire(chapter);
  return std::any_of(functions.begin(), functions.end(), [&](const Function* function) {
    return std::any_of(function->parameters.begin(), function->parameters.end(),
                       [&](const Parameter& parameter) { return parameter.callback == &callback; });
  });
}

// Do several units need its trampoline? Then the main one has it.
bool is_shared(const Emission& emission, const Callback& callback) {
  int chapters = callback.in_struct ? 2 : 0;  // a struct is everybody's
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    chapters += takes(emission, chapter, callback) ? 1 : 0;
  }
  return chapters > 1;
}

std::string dispatchers(const Emission& emission, uint32_t chapter) {
  Writer out;
  for (const Callback* callback : emission.upcalls()) {
    const bool here =
        is_shared(emission, *callback) ? chapter == 0 : takes(emission, chapter, *callback);
    if (here) trampoline(out, *callback);
  }
  for (const Function* function : emission.on_wire(chapter)) {
    if (is_served(*function)) emit_dispatcher(out, *function);
  }
  return out.text();
}

void usings_and_lists(Writer& out, const Emission& emission, uint32_t chapter,
                      const std::string& text) {
  Writer names;
  usings(names, text,
         {{"marshal::", {"Outcome", "saturating_add", "saturating_mul", "saturating_sub"}},
          {"server::", {"Call"}}});
  section(out, names.text());
  Writer lines;
  for (const Function* function : emission.on_wire(chapter)) {
    if (is_served(*function)) entry_tables(lines, *function, text);
  }
  section(out, lines.text());
}

void table(Writer& out, const Emission& emission) {
  out.line();
  out.open_list("constexpr server::Function kFunctions[]");
  for (const Function* function : emission.on_wire()) {
    out.line("{\"" + function->name + "\", serve_" + function->name + "},");
  }
  out.close_list();
}

bool has_struct_callbacks(const Emission& emission) {
  const std::vector<const Callback*> all = emission.upcalls();
  return std::any_of(all.begin(), all.end(), [](const Callback* one) { return one->in_struct; });
}

// What stands in structs in place of the application's functions.
void trampolines(Writer& out, const Emission& emission) {
  if (!has_struct_callbacks(emission)) return;
  out.line();
  out.open_list("const server::Trampoline kTrampolines[]");
  for (const Callback* callback : emission.upcalls()) {
    out.line(callback->in_struct
                 ? "reinterpret_cast<server::Trampoline>(trampoline_" + callback->name + "),"
                 : "nullptr,");
  }
  out.close_list();
}

void module(Writer& out, const Emission& emission) {
  const std::string space = "ava::" + emission.api() + "::";
  const std::string types = emission.handles().empty() ? "{}" : space + "kTypes";
  out.line();
  out.line("extern \"C\" AVA_EXPORT const ava::server::Module ava_server_module;");
  std::vector<std::string> fields{"ava::server::kModuleAbi", space + "kApi",
                                  space + "kWireHash",       types,
                                  space + "kFunctions",      space + "load"};
  if (has_struct_callbacks(emission)) fields.push_back(space + "kTrampolines");
  out.table("const ava::server::Module ava_server_module", fields);
}

// Declarations that several units share: the native library, and what the table takes from the
// chapters or from files written by hand.
File header(const Emission& emission) {
  std::string all;
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    all += dispatchers(emission, chapter);
  }
  Writer out;
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  includes(out, emission, all);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line();
  native_struct(out, emission);
  out.line("extern Native native;");
  out.line();
  std::set<std::string> finders;
  for (const Function* function : looked_up(emission)) finders.insert(function->looked_up);
  for (const std::string& finder : finders) out.line("void* " + finder + "(const char* name);");
  if (!finders.empty()) out.line();
  for (const Callback* callback : emission.upcalls()) {
    if (is_shared(emission, *callback)) out.line(trampoline_head(*callback) + ";");
  }
  for (const Function* function : emission.on_wire()) {
    out.line("void serve_" + function->name + "(server::Call& call);");
  }
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return {emission.api() + "_server.h", out.text()};
}

bool needs_header(const Emission& emission) {
  if (emission.has_chapters()) return true;
  for (const Function* function : emission.on_wire()) {
    if (!is_served(*function)) return true;
  }
  return false;
}

File main_unit(const Emission& emission) {
  const bool shared = needs_header(emission);
  const std::string body = dispatchers(emission, 0);
  Writer out;
  out.verbatim(emission.banner());
  if (shared) {
    out.line("#include \"" + emission.api() + "_server.h\"");
  } else {
    includes(out, emission, body);
  }
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  if (shared) {
    out.line();
    out.line("Native native;");
    emission.verbatim(out, "server", 0);
  }
  out.line("namespace {");
  usings_and_lists(out, emission, 0, body);
  if (!shared) {
    out.line();
    native_struct(out, emission);
    out.line("Native native;");
    emission.verbatim(out, "server", 0);
  }
  load(out, emission);
  types(out, emission);
  if (shared) {
    out.line();
    out.line("}  // namespace");
    out.verbatim(body);
    out.line();
    out.line("namespace {");
  } else {
    out.verbatim(body);
  }
  table(out, emission);
  trampolines(out, emission);
  out.line();
  out.line("}  // namespace");
  out.line("}  // namespace ava::" + emission.api());
  module(out, emission);
  return {emission.api() + "_server.cc", out.text()};
}

File chapter_unit(const Emission& emission, uint32_t chapter) {
  const std::string body = dispatchers(emission, chapter);
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include \"" + emission.api() + "_server.h\"");
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  emission.verbatim(out, "server", chapter);
  out.line("namespace {");
  usings_and_lists(out, emission, chapter, body);
  out.line();
  out.line("}  // namespace");
  out.verbatim(body);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  const std::string& name = emission.model().spec->chapters[chapter].name;
  return {emission.api() + "_server_" + name + ".cc", out.text()};
}

}  // namespace

std::vector<File> emit_server(const Emission& emission) {
  std::vector<File> files{main_unit(emission)};
  if (needs_header(emission)) files.push_back(header(emission));
  for (uint32_t chapter = 1; chapter < emission.model().spec->chapters.size(); ++chapter) {
    files.push_back(chapter_unit(emission, chapter));
  }
  return files;
}

}  // namespace avagen
