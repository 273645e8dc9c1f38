// The passes, in their order. Each trusts what the ones before it made true, and reports all it
// finds; a pass that meets something reported before keeps quiet about it.
#pragma once

#include "diagnostics.h"
#include "model.h"

namespace avagen {

// Names have declarations: types, functions, parameters, and every name in an expression (names.h).
void resolve(const Spec& spec, const Header& header, Model& model, Reporter& reporter);
// Where the specification is silent, what the header's habits say for certain is said.
void apply_habits(Model& model, Reporter& reporter);
// What a person has yet to decide is reported; later passes keep quiet about what depends on it.
void find_unresolved(Model& model, Reporter& reporter);
// Each field of a struct that leads elsewhere is described.
void describe_structs(Model& model, Reporter& reporter);
// Each parameter has a kind.
void infer(Model& model, Reporter& reporter);
// Each buffer has a length, each size a form that all three sides can compute.
void bind_sizes(Model& model, Reporter& reporter);
// Handles are created, used, destroyed by what can do so.
void check_handles(Model& model, Reporter& reporter);
// An asynchronous call foresees its success and has no output that must be there at once.
void check_async(Model& model, Reporter& reporter);
// Every annotation had an effect.
void check_dead(const Model& model, Reporter& reporter);
// Stable numbers on the wire: functions, types, upcalls.
void assign_ids(Model& model, Reporter& reporter);

}  // namespace avagen
