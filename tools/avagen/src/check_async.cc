// An asynchronous call foresees its success, and has no output that must be there at once.
#include "facts.h"
#include "passes.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Mode = Function::Mode;

class AsyncChecks {
 public:
  AsyncChecks(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void run() {
    for (Function& function : model_.functions) {
      if (!function.covered() || function.guest_only) continue;
      const Reporter::Muted muted(reporter_, function.unresolved);
      synchrony(function);
      for (Parameter& parameter : function.parameters) until(function, parameter);
      if (function.maps && function.maps->until >= 0) mapped(function);
      if (function.mode != Mode::kSync) asynchronous(function);
      files(function);
      lent(function);
      values(function);
    }
  }

 private:
  void synchrony(Function& function) {
    const std::vector<const Fact*> sync = use_all(function.facts, "sync");
    const std::vector<const Fact*> async = use_all(function.facts, "async");
    if (sync.empty() && async.empty()) {
      function.notes.push_back("sync: nothing else is said");
      return;
    }
    for (const Fact* a : sync) {
      for (const Fact* b : async) {
        if (a->condition != nullptr || b->condition != nullptr) continue;
        reporter_.report(Code::kContradiction, b->annotation->name_span,
                         {function.name, "sync and async at once"});
      }
    }
    if (async.empty()) return;
    function.mode =
        sync.empty() && async.front()->condition == nullptr ? Mode::kAsync : Mode::kConditional;
    for (const Fact* fact : sync) {
      function.sync_when = function.sync_when == nullptr
                               ? fact->condition
                               : model_.make({Expr::Kind::kBinary,
                                              fact->annotation->span,
                                              "||",
                                              {*function.sync_when, *fact->condition}});
    }
    if (function.sync_when == nullptr && async.front()->condition != nullptr) {
      const Expr& condition = *async.front()->condition;
      function.sync_when = model_.make({Expr::Kind::kUnary, condition.span, "!", {condition}});
    }
  }

  // Bytes that the device still moves after the call: until(p), until(return), or, for an output of
  // a call that may be asynchronous, until the object that it allocates completes. An input that is
  // read later must say so: most are not, and what waits for completion costs a slot.
  void until(Function& function, Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "until");
    const bool bulk = parameter.kind == Kind::kIn || parameter.kind == Kind::kOut;
    if (fact != nullptr) {
      const Expr& name = fact->annotation->arguments[0];
      if (name.text == "return") {
        parameter.until_return = true;
        completes(function.result_type, name);
      } else if (const Parameter* object = function.find(name.text)) {
        parameter.until = static_cast<int>(object->index);
        completes(object->kind == Kind::kOutHandle ? object->handle : nullptr, name);
      }
      if (!bulk)
        reporter_.report(Code::kContradiction, name.span, {parameter.name, "it has no bytes"});
      return;
    }
    if (function.mode == Mode::kSync || parameter.kind != Kind::kOut) return;
    for (const Parameter& object : function.parameters) {
      if (object.kind != Kind::kOutHandle || !object.allocates) continue;
      if (object.handle->completion != nullptr) {
        parameter.until = static_cast<int>(object.index);
        parameter.notes.push_back("until(" + object.name + "): the object that the call allocates");
      } else {
        never_later(function, parameter, object.handle->name);
      }
      return;
    }
  }

  // Nobody could say when such an output is there: only calls that wait for it are passed.
  void never_later(Function& function, Parameter& parameter, const std::string& type) {
    if (function.sync_when == nullptr) {
      const Fact* async = find(function.facts, "async");
      reporter_.report(Code::kAsyncOutput, async->annotation->name_span,
                       {function.name, "'" + parameter.name + "'"});
      return;
    }
    reporter_.report(Code::kNoCompletion, parameter.span, {parameter.name, type});
    parameter.checks.push_back({nullptr, function.sync_when});
    function.mode = Mode::kSync;
    parameter.notes.push_back("refused where the call does not wait: '" + type +
                              "' has no completion");
  }

  // The reply says what memory that was lent is called, and what is in it when it is given back.
  // One thing a call can end.
  void lent(const Function& function) {
    size_t ends = 0;
    for (const Parameter& parameter : function.parameters) {
      const bool given_back = parameter.kind == Kind::kUnregistered;
      if (given_back || parameter.kind == Kind::kMapped) ++ends;
      if (!given_back && parameter.kind != Kind::kRegistered) continue;
      if (function.mode != Mode::kSync) {
        reporter_.report(
            Code::kContradiction, parameter.span,
            {parameter.name, "a call that lends memory, or gives it back, is one that waits"});
      }
      if (given_back && ends > 1) {
        reporter_.report(Code::kContradiction, parameter.span,
                         {parameter.name, "the call ends something else already"});
      }
    }
  }

  // The thread that makes the call answers for its files, so it has to be there.
  void files(const Function& function) {
    if (function.mode == Mode::kSync) return;
    for (const Parameter& parameter : function.parameters) {
      if (parameter.file_words.empty()) continue;
      reporter_.report(Code::kContradiction, parameter.span,
                       {parameter.name, "a call that reads files is one that waits"});
    }
  }

  void mapped(const Function& function) {
    const Parameter& object = function.parameters[static_cast<size_t>(function.maps->until)];
    if (object.kind == Kind::kOutHandle && object.handle->completion != nullptr) return;
    reporter_.report(Code::kContradiction, object.span,
                     {object.name, "nothing says when such an object completes"});
  }

  void completes(const Type* type, const Expr& name) {
    if (type != nullptr && type->unresolved) return;
    if (type == nullptr || type->completion == nullptr) {
      reporter_.report(Code::kContradiction, name.span,
                       {name.text, "nothing says when such an object completes"});
    }
  }

  void asynchronous(Function& function) {
    function.quiet = find(function.facts, "quiet") != nullptr;
    if (const Fact* quiet = use(function.facts, "quiet")) function.quiet_when = quiet->condition;
    for (const Fact* fact : use_all(function.facts, "learn")) {
      for (const Expr& part : fact->annotation->arguments) function.learn.push_back(&part);
    }
    const Fact* async = find(function.facts, "async");
    const bool record =
        function.result == Function::Result::kRecord || function.result == Function::Result::kText;
    if (function.returns_pointer() || record) {
      reporter_.report(Code::kAsyncOutput, async->annotation->name_span,
                       {function.name, "its result"});
    }
    if (function.result == Function::Result::kNumber && function.values.success == nullptr) {
      reporter_.report(Code::kNoSuccess, async->annotation->name_span,
                       {function.name, function.header->result.spelling});
    }
    for (const Parameter& parameter : function.parameters) {
      const bool always = parameter.is_output() && parameter.nonnull;
      if (always && function.mode == Mode::kAsync && !parameter.completes_later()) {
        reporter_.report(Code::kAsyncOutput, async->annotation->name_span,
                         {function.name, "'" + parameter.name + "', which is never null"});
      }
    }
  }

  // What the stub returns where the call did not happen.
  void values(Function& function) {
    if (function.result == Function::Result::kVoid) return;
    const bool through_error = function.error >= 0;
    const Values& values = through_error ? function.error_values : function.values;
    if (function.returns_pointer() && !through_error) return;
    if (function.result == Function::Result::kOther) return;
    const bool empty =
        function.result == Function::Result::kRecord || function.result == Function::Result::kText;
    if (empty && !through_error) return;  // zeros
    const Type* status = through_error ? function.error_status : function.status;
    if (status != nullptr && status->unresolved) return;
    if (values.lost == nullptr) {
      reporter_.report(Code::kNoFailureValue, function.span,
                       {function.name, function.header->result.spelling});
    }
  }

  Model& model_;
  Reporter& reporter_;
};

}  // namespace

void check_async(Model& model, Reporter& reporter) { AsyncChecks(model, reporter).run(); }

}  // namespace avagen
