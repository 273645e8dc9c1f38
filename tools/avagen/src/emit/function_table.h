// Functions that return a struct of functions: the application is given stubs in their places, and
// the server learns those that the library offers nowhere else.
#pragma once

#include "emit/emit.h"

namespace avagen {

// fill_NAME(), which puts stubs into a copy of the library's table. Nothing for other functions.
void emit_table_filler(Writer& out, const Emission& emission, const Function& function);
// After the native call: functions that only its result leads to.
void emit_table_lookup(Writer& out, const Function& function);
// Where in the table there are addresses.
std::vector<std::string> table_words(const Function& function);

}  // namespace avagen
