// What a person has yet to decide is known and reported; what depends on it is not judged yet.
#include "facts.h"
#include "passes.h"

namespace avagen {
namespace {

bool report(std::vector<Fact>& facts, const std::string& who, Reporter& reporter) {
  const std::vector<const Fact*> all = use_all(facts, "unresolved");
  for (const Fact* fact : all) {
    reporter.report(Code::kUnresolved, fact->annotation->name_span,
                    {who, reason_unresolved(*fact->annotation)});
  }
  return !all.empty();
}

bool report(std::vector<Parameter>& parameters, Reporter& reporter) {
  bool any = false;
  for (Parameter& parameter : parameters) {
    parameter.unresolved = report(parameter.facts, parameter.name, reporter);
    any |= parameter.unresolved;
    if (parameter.callback != nullptr) parameter.callback->unresolved |= parameter.unresolved;
  }
  return any;
}

}  // namespace

void find_unresolved(Model& model, Reporter& reporter) {
  for (Function& function : model.functions) {
    function.unresolved = report(function.facts, function.name, reporter);
    function.unresolved |= report(function.parameters, reporter);
  }
  for (Callback& callback : model.callbacks) {
    callback.unresolved |= report(callback.parameters, reporter);
  }
}

}  // namespace avagen
