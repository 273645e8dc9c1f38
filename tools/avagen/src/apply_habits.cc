// Where the specification is silent, what the header's habits say for certain is said. A finished
// specification so needs to say only what differs, and the report tells what was inferred and why.
#include <algorithm>

#include "annotations.h"
#include "facts.h"
#include "habits/habits.h"
#include "parse.h"
#include "passes.h"

namespace avagen {
namespace {

bool says(const std::vector<Fact>& facts, std::initializer_list<std::string_view> names) {
  return std::any_of(facts.begin(), facts.end(),
                     [&](const Fact& fact) { return is_one_of(fact.annotation->name, names); });
}

// A list by itself; in a result, some values are lists under a condition.
bool is_list(const std::vector<Fact>& facts) {
  const Fact* list = find(facts, "list");
  return list != nullptr && list->condition == nullptr;
}

// Does the specification leave this to habit? A word that it says about a parameter may have been
// chosen with the others in mind, so only what it must say somewhere is added to it.
bool is_open(const Finding& finding, const Parameter& parameter) {
  const std::vector<Fact>& facts = parameter.facts;
  const bool silent = facts.empty() && parameter.element_facts.empty();
  switch (finding.slot) {
    case Slot::kDirection:
      return !says(facts, {"in", "out", "inout", "error"});
    case Slot::kLength: {
      if (says(facts, {"buffer", "string"}) || is_list(facts)) return false;
      // An output without a length is one element.
      const CType& element = *parameter.c.pointee;
      return silent || element.kind == CType::Kind::kVoid || element.is_const ||
             !says(facts, {"out", "inout"});
    }
    case Slot::kWritten:
      return !says(facts, {"written", "buffer"}) ||
             (!says(facts, {"written"}) && finding.reason == "the size-query pattern");
    case Slot::kAllocates:
    case Slot::kReference:
    case Slot::kError:
      return silent;
    case Slot::kTranslation:
    case Slot::kMemory:
    case Slot::kLifetime:
    case Slot::kCallback:
    case Slot::kNull:
    case Slot::kSynchrony:
    case Slot::kUnresolved:
      return false;
  }
  return false;
}

class Application {
 public:
  Application(Model& model, Reporter& reporter)
      : model_(model),
        reporter_(reporter),
        habits_(
            *model.header, [&](const CType& c) { return is_handle(c); }, model.spec->naming,
            model.error_name) {}

  void run() {
    for (Function& function : model_.functions) {
      if (function.declaration == nullptr || says(function.facts, {"unsupported"})) continue;
      if (is_written_by_hand(function)) continue;
      apply(function);
    }
  }

 private:
  bool is_handle(const CType& c) const {
    return model_.handle_of(c) != nullptr || c.is_opaque_pointer();
  }

  void apply(Function& function) {
    std::vector<std::string> names;
    for (const Parameter& parameter : function.parameters) names.push_back(parameter.name);
    const FunctionFindings found = habits_.about(signature_of(*function.header, names), {});
    for (const Finding& finding : found.function) {
      const bool makes = finding.slot == Slot::kAllocates && !says(function.facts, {"allocates"});
      if (makes)
        add(finding, kInFunction, function.span, function.facts, function.facts, function.notes);
    }
    for (Parameter& parameter : function.parameters) {
      const bool implicit = parameter.implicit != nullptr;
      if (implicit || parameter.c.is_function_pointer() || decided(parameter)) continue;
      std::vector<const Finding*> open;
      for (const Finding& finding : found.of(parameter.index)) {
        if (is_open(finding, parameter)) open.push_back(&finding);
      }
      for (const Finding* finding : open) {
        add(*finding, kInParameter, parameter.span, parameter.facts, parameter.element_facts,
            parameter.notes);
      }
    }
  }

  // What the parameter is needs no direction and no length.
  static bool decided(const Parameter& parameter) {
    return says(parameter.facts,
                {"handle", "unmaps", "unmirrors", "unregisters", "user_data", "unresolved"}) ||
           (says(parameter.facts, {"mirrored"}) && !says(parameter.facts, {"in", "out"}));
  }

  void add(const Finding& finding, uint16_t place, Span span, std::vector<Fact>& facts,
           std::vector<Fact>& element_facts, std::vector<std::string>& notes) {
    const std::vector<Statement>& body =
        model_.habits.emplace_back(parse_annotations(finding.text, place, span, reporter_));
    for (const Statement& statement : body) {
      if (statement.annotation->name != "element") {
        facts.push_back({&*statement.annotation, nullptr, true});
        continue;
      }
      for (const Statement& inner : statement.annotation->body) {
        element_facts.push_back({&*inner.annotation, nullptr, true});
      }
    }
    std::string text = finding.text;
    if (text.ends_with(";")) text.pop_back();
    notes.push_back(text + ": " + finding.reason);
  }

  Model& model_;
  Reporter& reporter_;
  Habits habits_;
};

}  // namespace

void apply_habits(Model& model, Reporter& reporter) { Application(model, reporter).run(); }

}  // namespace avagen
