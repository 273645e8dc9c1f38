// Each buffer has a length, and each expression a form that guest, router and server can compute.
#include <algorithm>

#include "expressions.h"
#include "facts.h"
#include "passes.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class Binder {
 public:
  Binder(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void run() {
    for (Function& function : model_.functions) {
      if (!function.covered() || function.guest_only) continue;
      const Reporter::Muted muted(reporter_, function.unresolved);
      for (Parameter& parameter : function.parameters) bind(function, parameter);
      for (const Fact* fact : use_all(function.facts, "consumes")) cost(function, *fact);
      for (const Check& check : function.checks) arithmetic(function, check.expression);
      if (function.maps) {
        arithmetic(function, function.maps->bytes);
        arithmetic(function, function.maps->at);
        if (function.maps->box) {
          for (const Expr& one : function.maps->box->annotation->arguments) {
            in_frame(function, &one);
          }
        }
      }
    }
  }

 private:
  void bind(Function& function, Parameter& parameter) {
    for (const Check& check : parameter.checks) {
      arithmetic(function, check.condition);
      arithmetic(function, check.expression);
    }
    switch (parameter.kind) {
      case Kind::kIn:
      case Kind::kOut:
      case Kind::kInOut:
      case Kind::kInHandles:
      case Kind::kOutHandles:
      case Kind::kStrings:
      case Kind::kGraph:
      case Kind::kRegistered:
        length(function, parameter);
        break;
      default:
        break;
    }
    if (parameter.kind == Kind::kStrings) strings(function, parameter);
    if (parameter.kind == Kind::kGraph) arithmetic(function, parameter.inner);
    if (parameter.kind == Kind::kOut || parameter.kind == Kind::kOutHandles) {
      written(function, parameter);
    }
    also_on(function, parameter);
    edits(parameter);
  }

  void length(Function& function, Parameter& parameter) {
    const CType& element = parameter.target();
    if (element.kind != CType::Kind::kVoid) {
      parameter.element = element.spelling;
      parameter.element_size = element.size;
      if (!element.complete) {
        reporter_.report(Code::kUnsupportedShape, parameter.span,
                         {parameter.name, "the size of its elements is unknown"});
      }
    }
    if (parameter.by_value) {
      parameter.count = model_.make({Expr::Kind::kNumber, parameter.span, "1", {}});
      return;
    }
    if (const Fact* box = use(parameter.facts, "box")) return rectangle(function, parameter, *box);
    if (const std::vector<const Fact*> all = use_all(parameter.facts, "buffer"); !all.empty()) {
      parameter.count = length_of(all, 0);
      parameter.by_server = calls(*parameter.count);
      if (!parameter.by_server) {
        arithmetic(function, parameter.count);
      } else {
        in_frame(function, parameter.count);
        if (parameter.kind != Kind::kIn && parameter.kind != Kind::kOut) {
          reporter_.report(Code::kBadExpression, parameter.count->span,
                           {"only bytes can have a size that functions compute"});
        }
      }
      return;
    }
    if ((parameter.kind == Kind::kOut && element.kind != CType::Kind::kVoid) ||
        parameter.comes_back) {
      parameter.count = model_.make({Expr::Kind::kNumber, parameter.span, "1", {}});
      parameter.notes.push_back("one element");
      return;
    }
    reporter_.report(Code::kMissingLength, parameter.span, {parameter.name});
  }

  static bool same(const Expr& a, const Expr& b) {
    return a.kind == b.kind && a.text == b.text &&
           std::equal(a.arguments.begin(), a.arguments.end(), b.arguments.begin(),
                      b.arguments.end(), same);
  }
  // Is the second condition the first one's else?
  static bool is_else(const Expr& first, const Expr* second) {
    return second != nullptr && second->kind == Expr::Kind::kUnary && second->text == "!" &&
           same(first, second->arguments[0]);
  }

  // if (a) buffer(x); else buffer(y); is a ? x : y. Where no condition holds, there are no bytes.
  const Expr* length_of(const std::vector<const Fact*>& all, size_t at) {
    const Fact& fact = *all[at];
    const Expr& amount = fact.annotation->arguments[0];
    if (fact.condition == nullptr) return &amount;
    const Expr* otherwise = nullptr;
    if (at + 1 == all.size()) {
      otherwise = model_.make({Expr::Kind::kNumber, amount.span, "0", {}});
    } else if (is_else(*fact.condition, all[at + 1]->condition)) {
      otherwise = &all[at + 1]->annotation->arguments[0];
    } else {
      otherwise = length_of(all, at + 1);
    }
    return model_.make(
        {Expr::Kind::kTernary, amount.span, "?", {*fact.condition, amount, *otherwise}});
  }

  // What the server measures by lies in the frame, where the guest cannot change it any more.
  static void in_frame(Function& function, const Expr* expression) {
    if (expression == nullptr) return;
    for (Parameter& parameter : function.parameters) {
      const bool named =
          expression->kind == Expr::Kind::kName && expression->text == parameter.name;
      if (named && parameter.kind == Kind::kIn) parameter.indexed = true;
    }
    for (const Expr& argument : expression->arguments) in_frame(function, &argument);
  }

  // The guest computes a rectangle's place, and tells the library of a packed one.
  void rectangle(Function& function, Parameter& parameter, const Fact& fact) {
    parameter.box = BoxSpec{fact.condition, fact.annotation};
    parameter.by_server = true;
    in_frame(function, fact.condition);
    for (const Expr& argument : fact.annotation->arguments) in_frame(function, &argument);
    if (parameter.kind != Kind::kIn && parameter.kind != Kind::kOut) {
      reporter_.report(Code::kContradiction, fact.annotation->name_span,
                       {parameter.name, "only bytes lie in a rectangle"});
    }
    const auto is = [&](size_t index, Kind kind) {
      const Parameter* other = function.find(parameter.box->argument(index).text);
      return other != nullptr && other->kind == kind;
    };
    for (const size_t pitch : {2, 3}) {
      if (!is(pitch, Kind::kNumber)) {
        reporter_.report(Code::kBadExpression, parameter.box->argument(pitch).span,
                         {"a pitch is a parameter: the library is given another"});
      }
    }
    if (parameter.box->has_origin() && !is(4, Kind::kIn)) {
      reporter_.report(Code::kBadExpression, parameter.box->argument(4).span,
                       {"an origin is a parameter: the library is given another"});
    }
  }

  static bool calls(const Expr& expression) {
    return expression.kind == Expr::Kind::kCall ||
           std::any_of(expression.arguments.begin(), expression.arguments.end(), calls);
  }

  void strings(const Function& function, Parameter& parameter) {
    const Fact* text = use(parameter.element_facts, "string");
    const Fact* bytes = use(parameter.element_facts, "buffer");
    const Expr* lengths = nullptr;
    parameter.zero_terminated = text != nullptr;
    if (text != nullptr && !text->annotation->arguments.empty()) {
      lengths = &text->annotation->arguments[0];
    }
    if (text == nullptr && bytes != nullptr) {
      // buffer(lengths[index]) is the one form that a list of sizes can take on the wire.
      const Expr& size = bytes->annotation->arguments[0];
      if (size.kind == Expr::Kind::kIndex && size.arguments[1].text == "index") {
        lengths = &size.arguments[0];
      } else {
        reporter_.report(Code::kUnsupportedShape, size.span,
                         {parameter.name, "the length of an element is written name[index]"});
      }
    }
    if (lengths == nullptr) return;
    parameter.lengths = function.find(lengths->text);
    if (parameter.lengths != nullptr &&
        (!parameter.lengths->c.is_pointer() || parameter.lengths->c.pointee->size != 8)) {
      reporter_.report(Code::kUnsupportedShape, lengths->span,
                       {lengths->text, "lengths are a list of size_t"});
    }
  }

  void written(Function& function, Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "written");
    if (fact == nullptr) return;
    parameter.written = &fact->annotation->arguments[0];
    const Expr& written = *parameter.written;
    if (written.text == "return") return written_by_result(function, parameter, *fact);
    if (written.kind == Expr::Kind::kUnary && written.text == "*") {
      const Parameter* from = function.find(written.arguments[0].text);
      if (from != nullptr && from->kind == Kind::kOutNumber) {
        parameter.written_from = static_cast<int>(from->index);
      }
    }
    if (parameter.written_from < 0) {
      reporter_.report(Code::kBadExpression, written.span,
                       {"what was written is said by *parameter, an output, or by return"});
      return;
    }
    if (fact->condition == nullptr) return;
    // if (p != NULL) written(*p);
    const Expr& condition = *fact->condition;
    const bool is_wanted = condition.kind == Expr::Kind::kBinary && condition.text == "!=" &&
                           condition.arguments[0].text == written.arguments[0].text &&
                           condition.arguments[1].text == "NULL";
    parameter.written_if_wanted = is_wanted;
    if (!is_wanted) {
      reporter_.report(Code::kBadExpression, condition.span,
                       {"'written' depends on nothing but whether its output is wanted"});
    }
  }

  void written_by_result(const Function& function, Parameter& parameter, const Fact& fact) {
    parameter.written_by_result = true;
    const bool bytes = parameter.kind == Kind::kOut && parameter.edits.empty();
    if (function.result != Function::Result::kNumber || !bytes || fact.condition != nullptr) {
      reporter_.report(
          Code::kContradiction, fact.annotation->name_span,
          {parameter.name, "a result that is a number says how much there is, always"});
    }
  }

  // What is written although the function failed.
  void also_on(const Function& function, Parameter& parameter) {
    const Fact* fact = parameter.is_output() ? use(parameter.facts, "also_on") : nullptr;
    if (fact == nullptr) return;
    for (const Expr& value : fact->annotation->arguments) parameter.also_on.push_back(&value);
    const bool reports = function.result == Function::Result::kNumber || function.error >= 0;
    if (!reports || parameter.handle != nullptr) {
      reporter_.report(Code::kContradiction, fact->annotation->name_span,
                       {parameter.name, parameter.handle != nullptr
                                            ? "a function that failed makes no handles"
                                            : "the function does not say how it failed"});
    }
  }

  void edits(const Parameter& parameter) {
    for (const Edit& edit : parameter.edits) {
      if (edit.resizes() && (parameter.written_from < 0 || parameter.kind != Kind::kOut)) {
        reporter_.report(Code::kContradiction, edit.annotation->name_span,
                         {parameter.name, "only a result that says its size can be resized"});
      }
    }
  }

  void cost(Function& function, const Fact& fact) {
    const std::string& word = fact.annotation->arguments[0].text;
    Cost cost;
    cost.condition = fact.condition;
    cost.amount = &fact.annotation->arguments[1];
    if (word == "device_time") {
      cost.kind = Cost::Kind::kDeviceTime;
    } else if (word == "bandwidth") {
      cost.kind = Cost::Kind::kBandwidth;
    } else if (word == "memory") {
      cost.kind = Cost::Kind::kMemory;
    } else {
      reporter_.report(Code::kUnknownName, fact.annotation->arguments[0].span, {word});
    }
    arithmetic(function, cost.amount);
    function.costs.push_back(cost);
  }

  void arithmetic(Function& function, const Expr* expression) {
    if (expression == nullptr) return;
    reads(function, *expression);
    const auto may_sign = [&](const std::string& name) {
      const Parameter* parameter = function.find(name);
      return parameter != nullptr && parameter->c.is_number() &&
             (parameter->c.is_signed || parameter->c.kind == CType::Kind::kFloat);
    };
    check_arithmetic(*expression, may_sign, *model_.header, reporter_);
  }
  void reads(Function& function, const Expr& expression) {
    read_elements(function, expression);
    for (const Expr& argument : expression.arguments) reads(function, argument);
  }

  // p[i] and *p read an input, which must then be in the frame.
  void read_elements(Function& function, const Expr& expression) {
    const bool element = expression.kind == Expr::Kind::kIndex ||
                         (expression.kind == Expr::Kind::kUnary && expression.text == "*");
    if (!element) return;
    for (Parameter& parameter : function.parameters) {
      if (parameter.name != expression.arguments[0].text) continue;
      if (parameter.given && expression.kind == Expr::Kind::kUnary) continue;
      parameter.indexed = true;
      if (parameter.kind != Kind::kIn || parameter.element_size > 8) {
        reporter_.report(Code::kBadExpression, expression.span,
                         {"only elements of an input of numbers can be read"});
      }
    }
  }

  Model& model_;
  Reporter& reporter_;
};

}  // namespace

void bind_sizes(Model& model, Reporter& reporter) { Binder(model, reporter).run(); }

}  // namespace avagen
