// version(condition) { }: which of a specification's declarations the header at hand has.
#pragma once

#include <string>
#include <vector>

#include "diagnostics.h"
#include "tree.h"

namespace avagen {

// Takes away what is of other versions. Constants that the header lacks are 0, as in #if. Reports
// kBadExpression, and kHeader where the header does not parse.
void select_version(const std::vector<std::string>& include_folders, Spec& spec,
                    Reporter& reporter);

}  // namespace avagen
