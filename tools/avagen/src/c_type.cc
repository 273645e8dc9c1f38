#include "c_type.h"

namespace avagen {

std::string CType::declare(const std::string& name) const {
  const std::string full = (is_const ? "const " : "") + spelling;
  if (const size_t star = full.find("(*)"); star != std::string::npos) {
    return full.substr(0, star + 2) + name + full.substr(star + 2);
  }
  return name.empty() ? full : full + " " + name;
}

std::string CType::wire_scalar() const {
  if (kind == Kind::kBool) return "bool";
  if (kind == Kind::kFloat) return size == 4 ? "float" : "double";
  switch (size) {
    case 1:
      return is_signed ? "byte" : "ubyte";
    case 2:
      return is_signed ? "short" : "ushort";
    case 4:
      return is_signed ? "int" : "uint";
    default:
      return is_signed ? "long" : "ulong";
  }
}

}  // namespace avagen
