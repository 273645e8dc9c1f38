// Small pieces of C++ that several emitters write.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "emit/emit.h"

namespace avagen {

// A value of the specification, as it stands there.
std::string value_text(const Expr* value);
// The same; where nothing was said, `otherwise`, or what stands for a failure of that type.
std::string value_or(const Expr* value, const std::string& otherwise);
std::string value_or(const Expr* value, const CType& c);

// The C++ type that holds a number on the wire: the C type itself, or an enum's integer.
std::string number_type(const CType& c);
// Between a C type and its wire scalar: C's enums convert in one direction only.
std::string to_wire(const CType& c, const std::string& expression);
std::string from_wire(const CType& c, const std::string& expression);

// using-declarations for those names that `text` uses.
using Names = std::pair<std::string, std::vector<std::string>>;
void usings(Writer& out, const std::string& text, const std::vector<Names>& names);
// `text` behind a blank line, if there is any.
void section(Writer& out, const std::string& text);
// Does `text` contain `word` as a whole word?
bool mentions(const std::string& text, const std::string& word);

// The tables of typed list entries of a function that `text` mentions: `list` 0 is the parameter's
// own, the others belong to its conditional translations.
std::string entries_name(const Function& function, unsigned parameter, unsigned list);
void entry_tables(Writer& out, const Function& function, const std::string& text);

// Uses of functions that the header calls deprecated are the point of a stand-in for them.
void deprecated(Writer& out, const Emission& emission);

}  // namespace avagen
