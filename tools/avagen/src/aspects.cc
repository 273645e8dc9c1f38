#include "aspects.h"

#include <algorithm>
#include <set>

#include "emit/emit.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

std::string text(const Expr& expression) {
  const std::vector<Expr>& a = expression.arguments;
  switch (expression.kind) {
    case Expr::Kind::kUnary:
      return expression.text + text(a[0]);
    case Expr::Kind::kBinary:
      return "(" + text(a[0]) + " " + expression.text + " " + text(a[1]) + ")";
    case Expr::Kind::kTernary:
      return "(" + text(a[0]) + " ? " + text(a[1]) + " : " + text(a[2]) + ")";
    case Expr::Kind::kIndex:
      return text(a[0]) + "[" + text(a[1]) + "]";
    case Expr::Kind::kCast:
      return "(" + expression.text + ")" + text(a[0]);
    case Expr::Kind::kSizeof:
      return "sizeof(" + expression.text + ")";
    case Expr::Kind::kString:
      return "\"" + expression.text + "\"";
    case Expr::Kind::kCall: {
      std::string all;
      for (const Expr& argument : a) all += (all.empty() ? "" : ", ") + text(argument);
      return expression.text + "(" + all + ")";
    }
    default:
      return expression.text;
  }
}

std::string text(const Expr* expression) { return expression == nullptr ? "" : text(*expression); }

// "what" where `condition` holds.
std::string when(const Expr* condition, const std::string& what) {
  return condition == nullptr ? what + "; " : "if " + text(*condition) + ": " + what + "; ";
}

std::string arguments_of(const Annotation& annotation) {
  std::string all;
  for (const Expr& argument : annotation.arguments)
    all += (all.empty() ? "" : ", ") + text(argument);
  return annotation.name + "(" + all + ")";
}

std::string entries_of(const std::vector<Entry>& entries) {
  std::string all;
  for (const Entry& entry : entries) {
    all += text(*entry.key) + ": " + (entry.type == nullptr ? "" : entry.type->name) + "; ";
  }
  return "{ " + all + "}";
}

std::string values_of(const Values& values) {
  std::string all;
  const auto add = [&](const char* name, const Expr* value) {
    if (value != nullptr) all += std::string(name) + "(" + text(*value) + "); ";
  };
  add("success", values.success);
  add("lost", values.lost);
  add("unsupported", values.unsupported);
  add("refused", values.refused);
  add("exhausted", values.exhausted);
  add("invalid", values.invalid);
  return all;
}

// What structs lead to: all that is on the wire.
std::string text(const Shape& first) {
  std::vector<const Shape*> met{&first};
  const auto meet = [&](const Shape* shape) {
    if (shape == nullptr || std::find(met.begin(), met.end(), shape) != met.end()) return;
    met.push_back(shape);
  };
  std::string all;
  for (size_t i = 0; i < met.size(); ++i) {  // the list grows
    const Shape& shape = *met[i];
    meet(shape.of);
    if (i != 0) all += " | ";
    all += shape.record != nullptr ? wire_text(*shape.record) : shape.name;
    if (shape.record == nullptr) continue;
    for (const StructField& field : shape.record->fields) meet(field.shape);
  }
  return all;
}

// Collects what is not empty.
class Collector {
 public:
  void add(const char* name, const std::string& value) {
    if (!value.empty()) all_[name] += value;
  }
  void add_flag(const char* name, bool value) {
    if (value) all_[name] = "yes";
  }
  Aspects take() { return std::move(all_); }

 private:
  Aspects all_;
};

}  // namespace

std::string kind_name(Parameter::Kind kind) {
  switch (kind) {
    case Kind::kNumber:
      return "number";
    case Kind::kHandle:
      return "handle";
    case Kind::kOutNumber:
      return "out number";
    case Kind::kOutHandle:
      return "out handle";
    case Kind::kIn:
      return "in";
    case Kind::kOut:
      return "out";
    case Kind::kInOut:
      return "inout";
    case Kind::kInHandles:
      return "in handles";
    case Kind::kOutHandles:
      return "out handles";
    case Kind::kString:
      return "string";
    case Kind::kStrings:
      return "strings";
    case Kind::kProperties:
      return "properties";
    case Kind::kCallback:
      return "callback";
    case Kind::kUserData:
      return "user data";
    case Kind::kGraph:
      return "structs";
    case Kind::kMapped:
      return "mapped";
    case Kind::kRegistered:
      return "registered";
    case Kind::kUnregistered:
      return "unregistered";
    case Kind::kMirrored:
      return "mirrored";
    case Kind::kUndecided:
      break;
  }
  return "undecided";
}

Aspects aspects_of(const Parameter& parameter) {
  Collector out;
  out.add("kind", kind_name(parameter.kind));
  if (parameter.handle != nullptr) out.add("handle", parameter.handle->name);
  out.add_flag("allocates", parameter.allocates);
  out.add_flag("given", parameter.given);
  out.add_flag("lent_in", parameter.lent_in);
  out.add_flag("lent_out", parameter.lent_out);
  out.add_flag("implicit", parameter.implicit != nullptr);
  out.add("length", text(parameter.count));
  if (parameter.shape != nullptr) out.add("structs", text(*parameter.shape));
  out.add("structs", text(parameter.inner));
  out.add_flag("structs_come_back", parameter.comes_back);
  out.add_flag("structs_are_filled", parameter.filled);
  out.add("written", text(parameter.written));
  for (const Expr* result : parameter.also_on) out.add("also_on", text(*result) + "; ");
  if (parameter.until >= 0) out.add("until", std::to_string(parameter.until));
  if (parameter.until_return) out.add("until", "return");
  if (parameter.keeps >= 0) out.add("keeps", std::to_string(parameter.keeps));
  if (parameter.keeps_return) out.add("keeps", "return");
  if (parameter.lengths != nullptr) out.add("lengths", parameter.lengths->name);
  out.add_flag("zero_terminated", parameter.zero_terminated);
  out.add_flag("parsed", parameter.parsed);
  if (parameter.kind == Kind::kProperties) out.add("entries", entries_of(parameter.entries));
  for (const Translation& translation : parameter.translations) {
    const std::string what = translation.type != nullptr
                                 ? "handle(" + translation.type->name + ")"
                                 : "list " + entries_of(translation.entries);
    out.add("handles", when(translation.condition, what));
  }
  for (const Check& check : parameter.checks) {
    out.add("check", when(check.condition, text(*check.expression)));
  }
  for (const Edit& edit : parameter.edits) {
    out.add("edit", when(edit.condition, arguments_of(*edit.annotation)));
  }
  for (const Substitute& substitute : parameter.substitutes) {
    out.add("send", when(substitute.condition, text(*substitute.value)));
  }
  for (const Backing& backing : parameter.backs) {
    out.add("backs", when(backing.condition, "at " + text(backing.offset)));
  }
  for (const Backing& backing : parameter.backing)
    out.add("backing", when(backing.condition, "is"));
  for (const BackedBits& bits : parameter.backed_bits) {
    out.add("backing", when(bits.condition, arguments_of(*bits.annotation)));
  }
  for (const Type* type : parameter.maybe) out.add("maybe", type->name + "; ");
  out.add("maybe", text(parameter.maybe_when));
  out.add_flag("nonnull", parameter.nonnull);
  out.add_flag("optional", parameter.optional);
  out.add_flag("error", parameter.is_error);
  out.add_flag("retains", parameter.retains);
  out.add_flag("deallocates", parameter.deallocates);
  for (const MirroredElements& elements : parameter.mirrored_elements) {
    out.add("addresses", when(elements.condition, elements.unmirrors ? "end" : "mirrored"));
  }
  out.add_flag("may be mirrored", parameter.mirrored);
  out.add_flag("unmirrors", parameter.unmirrors);
  if (parameter.mapped_of >= 0) out.add("mapped", std::to_string(parameter.mapped_of));
  if (parameter.kind == Kind::kCallback) {
    out.add("called", parameter.once ? "once" : "any number of times");
    if (parameter.user_data >= 0) out.add("user_data", std::to_string(parameter.user_data));
    if (parameter.callback != nullptr) {
      if (parameter.callback->awaited) out.add("called", ", awaited");
      for (const Parameter& given : parameter.callback->parameters) {
        for (const auto& [name, value] : aspects_of(given)) {
          out.add("callback", given.name + " " + name + " " + value + "; ");
        }
      }
    }
  }
  return out.take();
}

Aspects aspects_of(const Function& function) {
  Collector out;
  out.add("covered", function.covered() ? "yes" : "no");
  out.add("synchrony", function.mode == Function::Mode::kSync ? "sync"
                       : function.mode == Function::Mode::kAsync
                           ? "async"
                           : "sync if " + text(function.sync_when));
  for (const Expr* key : function.learn) out.add("learn", text(*key) + "; ");
  out.add_flag("allocates", function.allocates);
  for (const Check& check : function.checks) {
    out.add("check", when(check.condition, text(*check.expression)));
  }
  if (function.native != function.name) out.add("native", function.native);
  if (!function.looked_up.empty()) out.add("looked up", function.looked_up);
  out.add("replaced in the guest", function.replaced_guest);
  out.add("replaced in the server", function.replaced_server);
  out.add("returns", values_of(function.values));
  out.add("reports", values_of(function.error_values));
  if (function.mirrors) out.add("mirrors", function.mirrors->size->name);
  if (function.maps) out.add("maps", text(function.maps->bytes) + " at " + text(function.maps->at));
  return out.take();
}

bool is_agreed(const std::string& aspect) {
  static const std::set<std::string> kOneSided{"check",    "edit",    "send",    "nonnull",
                                               "optional", "parsed",  "also_on", "error",
                                               "retains",  "handles", "backing", "keeps"};
  return !kOneSided.contains(aspect);
}

bool is_policy(const std::string& aspect) {
  return aspect == "check" || aspect == "nonnull" || aspect == "edit" || aspect == "send";
}

}  // namespace avagen
