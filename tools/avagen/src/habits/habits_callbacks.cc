// What an application's functions are given, and what moves after a call.
#include <algorithm>
#include <optional>

#include "habits/lengths.h"
#include "habits/reading.h"

namespace avagen {
namespace {

// A parameter that tells the library whether to wait.
bool is_blocking_flag(const SignatureParameter& parameter) {
  return parameter.c.is_number() && has_one_of(parameter.words, {"blocking", "wait", "block"}) &&
         !has_one_of(parameter.words, {"num", "list", "count", "timeout", "size"});
}
bool is_user_data_name(const SignatureParameter& parameter) {
  return parameter.c.is_pointer() && is_void(*parameter.c.pointee) &&
         is_one_of(parameter.words.back(), {"data", "arg", "context", "ctx", "closure", "opaque",
                                            "cookie", "user", "param", "userdata", "self"});
}
bool happens_once(const Words& noun) {
  return has_one_of(noun, {"event", "job", "fence", "task", "request", "future", "operation"});
}

}  // namespace

// --- callbacks ---
void Habits::callback(Reading& reading, size_t index) const {
  const std::vector<SignatureParameter>& all = reading.signature.parameters;
  int user_data = named_by_rule(reading.signature, all[index].name, rules_, "user_data");
  for (size_t i = index + 1; user_data < 0 && i < all.size(); ++i) {
    if (is_user_data_name(all[i])) user_data = static_cast<int>(i);
  }
  for (size_t i = index; user_data < 0 && i-- > 0;) {
    if (is_user_data_name(all[i])) user_data = static_cast<int>(i);
  }
  if (user_data < 0) return reading.unresolved(index, "which parameter is its user data?");
  const SignatureParameter& data = all[static_cast<size_t>(user_data)];
  reading.is_user_data[static_cast<size_t>(user_data)] = true;
  reading.add(index, Slot::kCallback, "user_data(" + data.name + ");", "by its name");
  const Words& words = reading.signature.words;
  const bool lasting =
      has_one_of(words, {"register", "subscribe", "on", "handler", "listener", "hook", "logger"}) ||
      has_one_of(words, {"create", "open", "init", "new"});
  if (lasting) {
    reading.add(index, Slot::kCallback, "registered;", "by the function's name");
  } else if (has_one_of(words, {"when", "once", "after"})) {
    reading.add(index, Slot::kCallback, "notify;", "by the function's name");
  } else if (has_one_of(words, {"destructor", "destroy", "release", "delete", "free"})) {
    reading.add(index, Slot::kCallback, "notify;", "by the function's name: what ends, ends once");
  } else if (is_handle_(all[0].c) && happens_once(noun_of(all[0].c.chain.front()))) {
    reading.add(index, Slot::kCallback, "notify;", "what the object stands for happens once");
  } else if (has_one_of(words, {"build", "compile", "link", "run", "start", "submit", "launch"})) {
    reading.add(index, Slot::kCallback, "notify;", "the function starts work, which ends once");
  } else {
    reading.unresolved(index, "'registered' (called any number of times) or 'notify' (once)?");
  }
}

FunctionFindings Habits::about_callback(const CType& function) const {
  Signature signature;
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    SignatureParameter& parameter = signature.parameters.emplace_back();
    const bool named = i < function.parameter_names.size() && !function.parameter_names[i].empty();
    parameter.name = named ? function.parameter_names[i] : "argument_" + std::to_string(i);
    parameter.c = function.parameters[i];
    parameter.words = words_of(parameter.name);
  }
  const Remarks none;
  Reading reading{signature, none, Role::kOther, {}, {}, {}};
  reading.found.parameters.resize(signature.parameters.size());
  const std::vector<SignatureParameter>& all = signature.parameters;
  for (size_t i = 0; i < all.size(); ++i) {
    const CType& c = all[i].c;
    if (is_handle_(c) || c.is_number()) continue;
    if (!c.is_pointer()) {
      reading.unresolved(i, "it is passed by value as " + c.spelling);
      continue;
    }
    if (i + 1 == all.size() && is_void(*c.pointee)) {
      reading.add(i, Slot::kCallback, "user_data;", "the last parameter, a pointer to void");
      continue;
    }
    const std::optional<Length> length = length_by_name(signature, i, rules_);
    if (!length && is_char(*c.pointee) && c.pointee->is_const) {
      reading.add(i, Slot::kLength, "string;", "const char* without a length");
    } else if (length && c.pointee->is_const && !length->elements_or_bytes) {
      reading.add(i, Slot::kLength, "buffer(" + length->expression + ");", length->reason);
    } else {
      reading.unresolved(i, "how long is it?");
    }
  }
  if (function.result != nullptr && !is_void(*function.result)) {
    reading.found.function.push_back(
        {Slot::kUnresolved, "", "it returns a value, which the library would wait for"});
  }
  return std::move(reading.found);
}

// --- bytes after the call ---
// "blocking_read, ..., ptr, ..., event": a call that does not wait moves its bytes until the event
// completes.
void Habits::lifetimes(Reading& reading) const {
  const std::vector<SignatureParameter>& all = reading.signature.parameters;
  const SignatureParameter* flag = nullptr;
  const SignatureParameter* event = nullptr;
  for (const SignatureParameter& parameter : all) {
    if (is_blocking_flag(parameter)) flag = &parameter;
    if (is_handle_pointer(parameter.c) && !parameter.c.pointee->is_const) event = &parameter;
  }
  if (reading.remarks.asynchronous) {
    const std::string quote = kFromReference + reading.remarks.asynchronous->quote;
    reading.found.function.push_back(
        {Slot::kSynchrony, reading.remarks.asynchronous->value ? "async;" : "sync;", quote});
  }
  if (flag == nullptr || event == nullptr) {
    for (const size_t index : reading.started_outputs) {
      reading.unresolved(index, "is it there when the call returns, or later ('until')?");
    }
    return;
  }
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i].c.is_pointer() || is_handle_(all[i].c) || !is_void(*all[i].c.pointee)) continue;
    const std::vector<Finding>& said = reading.found.parameters[i];
    const bool sized = std::any_of(said.begin(), said.end(), [](const Finding& finding) {
      return finding.slot == Slot::kLength;
    });
    if (!sized) continue;
    reading.add(
        i, Slot::kLifetime, "until(" + event->name + ");",
        "'" + flag->name + "' may be false, and '" + event->name + "' says when it is done");
  }
}

}  // namespace avagen
