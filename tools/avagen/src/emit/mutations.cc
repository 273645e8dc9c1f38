#include "emit/emit.h"
namespace avagen {
std::string emit_mutations(const Emission& emission) { return emission.banner(); }
}  // namespace avagen
