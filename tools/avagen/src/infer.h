// The parts of the pass infer() (passes.h), each in a file of its own.
#pragma once

#include <string>
#include <utility>

#include "diagnostics.h"
#include "model.h"

namespace avagen {

// infer_results.cc. After the function's parameters have kinds.
void infer_result(Model& model, Reporter& reporter, Function& function);

// infer_callbacks.cc. A parameter that takes a function, with the one that is passed through to it;
// and the function's type, once all who take it are known.
void infer_callback_parameter(Model& model, Reporter& reporter, Function& function,
                              Parameter& parameter);
// Is a callback called once at most? `who` takes it.
bool called_once(std::vector<Fact>& facts, const std::string& who, Reporter& reporter);
void infer_callback(Model& model, Reporter& reporter, Callback& callback);

// The handle parameter of that name; -1, and a report, where it is none.
int object_named(const Function& function, const Expr& name, Reporter& reporter);

// For the reader of the generated report: why something is as it is.
inline void note(Parameter& parameter, std::string text) {
  parameter.notes.push_back(std::move(text));
}

}  // namespace avagen
