// <api>.json: the functions as a program needs them that calls the API without knowing it: C types
// down to their widths, and what each parameter is. tests/fidelity/ reads it.
#include <nlohmann/json.hpp>

#include "aspects.h"
#include "emit/emit.h"
#include "emit/expression.h"

namespace avagen {
namespace {

using Json = nlohmann::ordered_json;
using Kind = Parameter::Kind;

// What a parameter of a function that the guest replaces is, by its C type.
std::string guessed_kind(const Parameter& parameter) {
  if (parameter.c.is_number()) return "number";
  if (parameter.c.is_function_pointer()) return "callback";
  if (!parameter.c.is_pointer()) return "undecided";
  const CType& pointee = *parameter.c.pointee;
  if (pointee.is_pointer() && pointee.pointee->is_const) return "strings";
  if (!pointee.is_const) return "out";
  if (parameter.handle != nullptr) return "in handles";
  return pointee.size == 1 ? "string" : "in";
}

std::string kind_text(const Parameter& parameter) {
  return parameter.kind == Kind::kUndecided ? guessed_kind(parameter) : kind_name(parameter.kind);
}

// {"class": "integer", "size": 4, "signed": false, "names": ["vec_count", ...]}
Json c_type(const CType& c) {
  Json json;
  switch (c.kind) {
    case CType::Kind::kVoid:
      json["class"] = "void";
      break;
    case CType::Kind::kBool:
    case CType::Kind::kInteger:
    case CType::Kind::kEnum:
      json["class"] = "integer";
      json["signed"] = c.is_signed;
      break;
    case CType::Kind::kFloat:
      json["class"] = "float";
      break;
    case CType::Kind::kPointer:
      json["class"] = "pointer";
      break;
    default:
      json["class"] = "other";
  }
  json["size"] = c.size;
  json["names"] = c.chain;
  return json;
}

Json parameter_json(const Parameter& parameter) {
  Json json{
      {"name", parameter.name}, {"kind", kind_text(parameter)}, {"type", c_type(parameter.c)}};
  if (parameter.handle != nullptr) json["handle"] = parameter.handle->name;
  if (parameter.allocates) json["allocates"] = true;
  if (parameter.retains) json["retains"] = true;
  if (parameter.deallocates) json["deallocates"] = true;
  if (parameter.completes_later()) json["completes_later"] = true;
  if (parameter.is_error) json["error"] = true;
  if (parameter.callback != nullptr) json["callback"] = parameter.callback->name;
  if (parameter.user_data >= 0) json["user_data"] = parameter.user_data;
  if (parameter.kind == Kind::kMirrored || parameter.mirrored) json["memory"] = "address";
  if (!parameter.mirrored_elements.empty()) json["memory"] = "addresses";
  if (parameter.unmirrors) json["ends_memory"] = true;
  if (parameter.count != nullptr) {
    json["count"] = ExpressionPrinter(Side::kGuest, nullptr).value(*parameter.count);
    json["element_size"] = parameter.element_size;
  }
  return json;
}

Json function_json(const Function& function) {
  Json json{{"name", function.name},
            {"covered", function.covered()},
            {"result", c_type(function.header->result)}};
  if (function.result_type != nullptr) json["result_handle"] = function.result_type->name;
  if (function.result == Function::Result::kMapped) json["result_mapped"] = true;
  // Memory at the same address on both sides: what a function allocates, its size; what it maps.
  if (function.mirrors) json["result_memory"] = function.mirrors->size->index;
  if (function.maps_mirrored()) json["maps_memory"] = function.maps->object;
  Json& parameters = json["parameters"] = Json::array();
  for (const Parameter& parameter : function.declared()) {
    parameters.push_back(parameter_json(parameter));
  }
  return json;
}

}  // namespace

std::string emit_description(const Emission& emission) {
  Json json{{"api", emission.api()}};
  Json& handles = json["handles"] = Json::array();
  for (const Type* type : emission.handles()) handles.push_back(type->name);
  Json& callbacks = json["callbacks"] = Json::array();
  for (const Callback& callback : emission.model().callbacks) {
    Json parameters = Json::array();
    for (const Parameter& parameter : callback.parameters) {
      parameters.push_back(parameter_json(parameter));
    }
    callbacks.push_back({{"name", callback.name}, {"parameters", parameters}});
  }
  Json& functions = json["functions"] = Json::array();
  for (const Function& function : emission.model().functions) {
    if (function.header != nullptr) functions.push_back(function_json(function));
  }
  return json.dump(1) + "\n";
}

}  // namespace avagen
