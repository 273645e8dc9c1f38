// Handles are created, used and destroyed by what can do so.
#include <set>

#include "facts.h"
#include "passes.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class HandleChecks {
 public:
  HandleChecks(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void run() {
    for (Function& function : model_.functions) {
      if (!function.covered() || function.guest_only) continue;
      const Reporter::Muted muted(reporter_, function.unresolved);
      if (function.result_type != nullptr) made_.insert(function.result_type);
      if (function.allocates && function.result != Function::Result::kHandle) {
        const Fact* fact = find(function.facts, "allocates");
        reporter_.report(Code::kNotHandle, fact->annotation->name_span, {"the result"});
      }
      for (Parameter& parameter : function.parameters) check(parameter);
    }
    for (const Type& type : model_.types) {
      if (type.is_handle && type.declared && used_.contains(&type) && !made_.contains(&type)) {
        reporter_.report(Code::kNeverCreated, type.span, {type.name});
      }
    }
  }

 private:
  void check(Parameter& parameter) {
    const Fact* retains = use(parameter.facts, "retains");
    const Fact* deallocates = use(parameter.facts, "deallocates");
    parameter.retains = retains != nullptr;
    parameter.deallocates = deallocates != nullptr;
    for (const Fact* fact : {retains, deallocates}) {
      if (fact != nullptr && parameter.kind != Kind::kHandle) {
        reporter_.report(Code::kNotHandle, fact->annotation->name_span, {parameter.name});
      }
    }
    if (retains != nullptr && deallocates != nullptr) {
      reporter_.report(Code::kContradiction, deallocates->annotation->name_span,
                       {parameter.name, "a call gives a reference or takes one"});
    }
    if (parameter.allocates && parameter.handle == nullptr) {
      reporter_.report(Code::kNotHandle, parameter.span, {parameter.name});
    }
    if (parameter.handle != nullptr) {
      const bool out = parameter.kind == Kind::kOutHandle || parameter.kind == Kind::kOutHandles;
      (out ? made_ : used_).insert(parameter.handle);
    }
    for (const Translation& translation : parameter.translations) {
      if (translation.type != nullptr) made_.insert(translation.type);
    }
  }

  Model& model_;
  Reporter& reporter_;
  std::set<const Type*> made_;
  std::set<const Type*> used_;
};

}  // namespace

void check_handles(Model& model, Reporter& reporter) { HandleChecks(model, reporter).run(); }

}  // namespace avagen
