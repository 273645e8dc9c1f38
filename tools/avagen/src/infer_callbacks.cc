// Callbacks: what an application passes in, and what the library then hands to it.
#include <algorithm>

#include "facts.h"
#include "handle_types.h"
#include "infer.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class Callbacks {
 public:
  Callbacks(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void callback(Function& function, Parameter& parameter) {
    parameter.kind = Kind::kCallback;
    const bool said = find(parameter.facts, "registered") != nullptr ||
                      find(parameter.facts, "notify") != nullptr;
    parameter.once = called_once(parameter.facts, parameter.name, reporter_);
    if (!said) note(parameter, "called once at most");
    if (parameter.callback == nullptr) parameter.callback = model_.callback_of(parameter.c);
    const Fact* user_data = use(parameter.facts, "user_data");
    const std::string name = user_data != nullptr && !user_data->annotation->arguments.empty()
                                 ? user_data->annotation->arguments[0].text
                                 : "user_data";
    for (Parameter& candidate : function.parameters) {
      if (candidate.name != name) continue;
      if (candidate.kind == Kind::kUserData) {
        reporter_.report(Code::kContradiction, parameter.span,
                         {parameter.name, "'" + name + "' is another callback's user data"});
      }
      candidate.kind = Kind::kUserData;
      parameter.user_data = static_cast<int>(candidate.index);
    }
    destroyed(function, parameter);
    awaited(function, parameter);
    if (parameter.callback == nullptr || parameter.user_data < 0) {
      reporter_.report(
          Code::kNotCallback, parameter.span,
          {parameter.name, parameter.callback == nullptr ? "nothing describes it"
                                                         : "no parameter is passed through to it"});
    }
  }

  // What the library hands to the callback.
  void decide(Callback& callback) {
    const Reporter::Muted muted(reporter_, callback.unresolved);
    for (Parameter& parameter : callback.parameters) {
      const CType& c = parameter.c;
      if (use(parameter.facts, "user_data") != nullptr)
        callback.user_data = static_cast<int>(parameter.index);
      if (Type* type = c.is_function_pointer() ? nullptr : find_handle(model_, c)) {
        parameter.kind = Kind::kHandle;
        parameter.handle = type;
        if (type == callback.destroyed) callback.about = static_cast<int>(parameter.index);
      } else if (c.is_number()) {
        parameter.kind = Kind::kNumber;
        if (const Fact* lost = use(parameter.facts, "lost")) {
          parameter.lost = &lost->annotation->arguments[0];
        }
      } else if (use(parameter.facts, "string") != nullptr) {
        parameter.kind = Kind::kString;
      } else if (const Fact* buffer = use(parameter.facts, "buffer")) {
        parameter.kind = Kind::kIn;
        parameter.count = &buffer->annotation->arguments[0];
        parameter.element_size = std::max<uint64_t>(c.is_pointer() ? c.pointee->size : 1, 1);
      }
    }
    // By habit, the last one is what the application passed in.
    if (callback.user_data < 0 && !callback.parameters.empty() &&
        callback.parameters.back().c.is_pointer() &&
        callback.parameters.back().kind == Kind::kUndecided) {
      callback.user_data = static_cast<int>(callback.parameters.size()) - 1;
      note(callback.parameters.back(), "user data: the last parameter, a pointer");
    }
    if (callback.user_data >= 0) {
      callback.parameters[static_cast<size_t>(callback.user_data)].kind = Kind::kUserData;
    } else {
      reporter_.report(Code::kNotCallback, callback.span,
                       {callback.name, "no parameter of it is user data"});
    }
    for (const Parameter& parameter : callback.parameters) {
      if (parameter.kind == Kind::kUndecided) {
        reporter_.report(Code::kUnsupportedShape, callback.span,
                         {parameter.name, "a callback gets handles, numbers, strings and buffers"});
      }
    }
    if (callback.function.result != nullptr &&
        callback.function.result->kind != CType::Kind::kVoid) {
      reporter_.report(Code::kNotCallback, callback.span, {callback.name, "it returns something"});
    }
  }

 private:
  // Does no other function take this callback?
  static bool is_own(const Function& function, const Parameter& parameter) {
    return parameter.callback != nullptr &&
           parameter.callback->name == function.name + "_" + parameter.name;
  }

  void awaited(const Function& function, Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "awaited");
    if (fact == nullptr) return;
    if (is_own(function, parameter)) {
      parameter.callback->awaited = true;
    } else {
      reporter_.report(Code::kContradiction, fact->annotation->name_span,
                       {parameter.name, "only a callback of this function alone is awaited"});
    }
  }

  // A callback that is called when an object is destroyed is its function's own: only that knows
  // the application's handle, which is none any more by then.
  void destroyed(const Function& function, Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "destroyed");
    if (fact == nullptr) return;
    const Parameter* object = function.find(fact->annotation->arguments[0].text);
    const bool own = is_own(function, parameter);
    if (object == nullptr || object->handle == nullptr || !parameter.once || !own) {
      reporter_.report(
          Code::kContradiction, fact->annotation->name_span,
          {parameter.name,
           object == nullptr || object->handle == nullptr
               ? "what is destroyed is an object in a parameter"
               : "an object's end is told once, to a callback of this function alone"});
      return;
    }
    parameter.destroyed = static_cast<int>(object->index);
    parameter.callback->destroyed = object->handle;
  }

  Model& model_;
  Reporter& reporter_;
};

}  // namespace

bool called_once(std::vector<Fact>& facts, const std::string& who, Reporter& reporter) {
  const Fact* registered = use(facts, "registered");
  const Fact* notify = use(facts, "notify");
  if (registered != nullptr && notify != nullptr) {
    reporter.report(Code::kContradiction, notify->annotation->name_span,
                    {who, "'registered' is many times, 'notify' is once"});
  }
  return registered == nullptr;
}

void infer_callback(Model& model, Reporter& reporter, Callback& callback) {
  Callbacks(model, reporter).decide(callback);
}

void infer_callback_parameter(Model& model, Reporter& reporter, Function& function,
                              Parameter& parameter) {
  Callbacks(model, reporter).callback(function, parameter);
}

}  // namespace avagen
