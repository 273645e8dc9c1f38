// What is known about functions and parameters as comparable text: two models that agree on it make
// the same calls. `avagen diff` and the measure of automation compare by it.
#pragma once

#include <map>
#include <string>

#include "model.h"

namespace avagen {

// By what it is about ("kind", "length", ...); what says nothing is not there.
using Aspects = std::map<std::string, std::string>;

std::string kind_name(Parameter::Kind kind);
Aspects aspects_of(const Parameter& parameter);
// Of the function itself, without its parameters.
Aspects aspects_of(const Function& function);

// Aspects by which an API's owner decides what guests are offered or refused, not what the API is.
bool is_policy(const std::string& aspect);

// Aspects of parameters that guest, router and server must see alike although the schema does not
// show them: how long a buffer is, what a value stands for.
bool is_agreed(const std::string& aspect);

}  // namespace avagen
