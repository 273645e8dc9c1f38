// Tokens to tree. Includes other specifications as it meets them.
#pragma once

#include <string>
#include <vector>

#include "diagnostics.h"
#include "tree.h"

namespace avagen {

// Reads `path` and what it includes into `spec`. Reports kMissingFile, kSyntax,
// kUnknownAnnotation, kWrongArguments; recovers at the next statement, so that one run finds all.
void parse(const std::string& path, const std::vector<std::string>& include_folders, Spec& spec,
           Reporter& reporter);

// The annotations in a text that avagen made itself: "buffer(size);". `place` is where they stand
// (a Place of annotations.h), `span` what they are about: that is where diagnostics point.
std::vector<Statement> parse_annotations(const std::string& text, uint16_t place, Span span,
                                         Reporter& reporter);

}  // namespace avagen
