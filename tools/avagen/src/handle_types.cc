#include "handle_types.h"

namespace avagen {

Type* find_handle(Model& model, const CType& c) {
  if (Type* type = model.handle_of(c)) return type;
  if (!c.is_opaque_pointer() || model.find_type(c.spelling) != nullptr) return nullptr;
  const std::string& own =
      c.chain.size() > 1 && c.spelling.ends_with("*") ? c.chain.back() : c.spelling;
  Type& type = model.types.emplace_back();
  type.name = plain_name(own);
  type.c = c;
  type.is_handle = true;
  return &type;
}

const Type* named_handle(Model& model, const Expr& name, Reporter& reporter) {
  Type* type = model.find_type(name.text);
  if (type == nullptr) {
    const auto known = model.header->types.find(name.text);
    if (known == model.header->types.end()) return nullptr;  // reported by read_header
    type = find_handle(model, known->second);
  }
  if (type == nullptr || !type->is_handle) {
    reporter.report(Code::kNotHandle, name.span, {name.text});
    return nullptr;
  }
  return type;
}

}  // namespace avagen
