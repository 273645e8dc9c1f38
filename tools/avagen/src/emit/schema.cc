// <api>.fbs, the hash of what it says, and <api>_api.h.
#include <cinttypes>
#include <cstdio>

#include "emit/emit.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

// The shape of generated messages beyond the schema: how `present`, references and inline bytes are
// used. Raised when that changes.
constexpr uint64_t kShapeVersion = 1;

void message(Writer& out, const std::string& name, const std::vector<Field>& fields) {
  const bool fixed = is_fixed(fields);
  if (fixed) {
    std::string text = "struct " + name + " {";
    for (const Field& field : fields) text += " " + field.name + ":" + field.type + ";";
    text += " }";
    if (text.size() <= Writer::kColumns) return out.line(text);
  }
  out.open((fixed ? "struct " : "table ") + name + " {");
  for (const Field& field : fields) out.line(field.name + ":" + field.type + ";");
  out.close();
}

// "(inputs) -> outputs"
std::string signature(const Function& function) {
  std::vector<std::string> inputs;
  std::vector<std::string> outputs;
  for (const Parameter& parameter : function.parameters) {
    if (parameter.kind == Kind::kUserData) continue;
    const bool both =
        parameter.kind == Kind::kInOut || (parameter.kind == Kind::kGraph && !parameter.filled);
    if (!parameter.is_output() || both) inputs.push_back(parameter.name);
    if (parameter.is_output()) outputs.push_back(parameter.name);
  }
  return "(" + joined(inputs) + ")" + (outputs.empty() ? "" : " -> " + joined(outputs));
}

}  // namespace

std::string emit_schema(const Emission& emission) {
  Writer out;
  out.verbatim(emission.banner());
  out.line("include \"marshal/wire.fbs\";");
  out.line("namespace ava." + emission.api() + ".wire;");
  for (const Function* function : emission.on_wire()) {
    out.line();
    out.line("// " + emission.place(function->span) + " " + function->name + signature(*function));
    message(out, function->name + "_request", request_fields(*function));
    message(out, function->name + "_reply", reply_fields(*function));
  }
  for (const Callback* callback : emission.upcalls()) {
    std::vector<std::string> names;
    for (const Parameter& parameter : callback->parameters) {
      if (parameter.kind != Kind::kUserData) names.push_back(parameter.name);
    }
    out.line();
    out.line("// " + emission.place(callback->span) + " callback " + callback->name + "(" +
             joined(names) + ")");
    message(out, callback->name + "_upcall", upcall_fields(*callback));
  }
  return out.text();
}

uint64_t hash_of(const std::string& schema, const Emission& emission) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  const auto add = [&](std::string_view text) {
    for (const char c : text) {
      hash ^= static_cast<uint8_t>(c);
      hash *= 0x100000001b3;
    }
  };
  // Comments name lines of the specification, which are not on the wire.
  size_t at = 0;
  while (at < schema.size()) {
    const size_t stop = std::min(schema.find('\n', at), schema.size() - 1) + 1;
    const std::string_view line = std::string_view(schema).substr(at, stop - at);
    if (!line.starts_with("//")) add(line);
    at = stop;
  }
  for (const Function* function : emission.on_wire()) {
    add(std::to_string(function->number) + " " + function->name + "\n");
    // Its guest is asked for files before the reply.
    for (const Parameter& parameter : function->parameters) {
      if (!parameter.file_words.empty()) add("reads files\n");
    }
  }
  for (const Type* type : emission.handles()) {
    add(std::to_string(type->id) + " " + type->name + "\n");
  }
  for (const Shape& shape : emission.model().shapes) {
    add(shape.name + "\n");
    if (shape.record != nullptr) add(wire_text(*shape.record) + "\n");
  }
  add(std::to_string(kShapeVersion));
  return hash;
}

std::string emit_api_header(const Emission& emission) {
  Writer out;
  char hash[32];
  std::snprintf(hash, sizeof hash, "0x%016" PRIx64, emission.model().wire_hash);
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  const bool shapes = !emission.model().shapes.empty();
  if (shapes) out.line("#include <cstddef>");
  out.line("#include <cstdint>");
  out.line();
  if (shapes) {
    emission.header_lines(out);
    out.line();
    out.line("#include \"marshal/bulk.h\"");
  }
  out.line("#include \"marshal/frame.h\"");
  if (shapes) out.line("#include \"marshal/graph.h\"");
  out.line("#include \"marshal/ids.h\"");
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line();
  out.line("inline constexpr const char* kApi = \"" + emission.api() + "\";");
  out.line(std::string("inline constexpr uint64_t kWireHash = ") + hash + ";");
  if (!emission.handles().empty()) {
    out.line();
    out.open("enum Type : marshal::TypeId {");
    for (const Type* type : emission.handles()) {
      out.line(type_constant(*type) + " = " + std::to_string(type->id) + ",");
    }
    out.close("};");
  }
  out.line();
  out.open("enum Function : uint32_t {");
  bool first = true;
  for (const Function* function : emission.on_wire()) {
    out.line("kFn_" + function->name + (first ? " = marshal::kFirstApiFunction," : ","));
    first = false;
  }
  out.close("};");
  if (!emission.upcalls().empty()) {
    out.line();
    out.open("enum Upcall : uint32_t {");
    for (const Callback* callback : emission.upcalls()) out.line("kUp_" + callback->name + ",");
    out.close("};");
  }
  emit_shapes(out, emission);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return out.text();
}

}  // namespace avagen
