// Every annotation had an effect. An annotation that no pass acted on says something that the
// generated code does not do, which its author would want to know.
#include "annotations.h"
#include "passes.h"

namespace avagen {
namespace {

void check(const std::vector<Fact>& facts, const std::string& owner, Reporter& reporter) {
  for (const Fact& fact : facts) {
    if (fact.used) continue;
    if (!has_effect(fact.annotation->name)) {
      reporter.report(Code::kNoEffectYet, fact.annotation->name_span, {fact.annotation->name});
      continue;
    }
    reporter.report(Code::kDeadAnnotation, fact.annotation->name_span,
                    {fact.annotation->name, owner});
  }
}

}  // namespace

void check_dead(const Model& model, Reporter& reporter) {
  if (reporter.has_errors()) return;  // what an error left undecided is not dead
  for (const Function& function : model.functions) {
    check(function.facts, function.name, reporter);
    for (const Parameter& parameter : function.parameters) {
      check(parameter.facts, parameter.name, reporter);
      check(parameter.element_facts, parameter.name, reporter);
    }
  }
  for (const StructType& type : model.structs) {
    for (const FieldNote& note : type.notes) {
      const std::string& path = note.annotation->arguments[0].text;
      check(note.facts, path, reporter);
      check(note.element_facts, path, reporter);
    }
  }
  for (const Callback& callback : model.callbacks) {
    for (const Parameter& parameter : callback.parameters) {
      check(parameter.facts, parameter.name, reporter);
    }
  }
}

}  // namespace avagen
