// What the header says about each thing that the specification names: prototypes, types, sizes,
// constants. The compiler is asked, in a unit that has the header and one probe on each line behind
// it.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "header.h"

namespace avagen {

// `constants`: the header's macros and enumerators; `wanted`: those whose value is asked for
// although the specification does not name them. Fills the header's types, records, sizes and
// constants. Reports kUndeclaredFunction, kDeclarationDiffers, kUnknownType.
void probe_header(const Spec& spec, const std::vector<std::string>& include_folders,
                  const std::set<std::string>& constants, const std::vector<std::string>& wanted,
                  Header& header, Reporter& reporter);

}  // namespace avagen
