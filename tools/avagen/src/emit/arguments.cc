#include "emit/arguments.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "emit/expression.h"
#include "emit/failure.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

std::string number(unsigned index) { return std::to_string(index); }

// C over the parameters, of which some have other names in a stub.
std::string with_locals(const std::string& text, const Function& function) {
  std::string all;
  const auto in_name = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && in_name(text[end])) ++end;
    const std::string word = text.substr(at, std::max<size_t>(end - at, 1));
    const Parameter* parameter = function.find(word);
    all += parameter != nullptr ? local(*parameter, Side::kGuest) : word;
    at += word.size();
  }
  return all;
}

class Arguments {
 public:
  Arguments(Writer& out, const Function& function)
      : out_(out), function_(function), print_(Side::kGuest, &function) {}

  void emit() {
    for (const Parameter& parameter : function_.parameters) implicit(parameter);
    for (const Parameter& parameter : function_.parameters) place(parameter);
    if (function_.maps && function_.maps->box) {
      out_.line("const auto ret_box = " + rectangle(*function_.maps->box) + ";");
    }
    out_.line("Call call(kFn_" + function_.name + ");");
    for (const Parameter& parameter : function_.parameters) limit(parameter);
    for (const Parameter& parameter : function_.parameters) handle(parameter);
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.is_pointer()) {
        out_.line("call.pointer(" + number(parameter.index) + ", " + pointer(parameter) + ");");
      }
    }
    for (const Parameter& parameter : function_.parameters) argument(parameter);
    if (function_.maps) map();
    out_.line("if (call.failed()) " + give_up(function_));
    learn();
  }

 private:
  static std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }

  // The count of nothing but outputs that say how much of them there is.
  void limit(const Parameter& count) {
    if (count.kind != Kind::kNumber || count.c.kind != CType::Kind::kInteger || count.c.is_signed)
      return;
    std::string most;
    for (const Parameter& parameter : function_.parameters) {
      std::set<unsigned> names;
      collect(parameter.count, function_, names);
      if (names.count(count.index) == 0) continue;
      if (parameter.written == nullptr || parameter.count->kind != Expr::Kind::kName) return;
      const std::string size = number(static_cast<unsigned>(parameter.element_size));
      most = parameter.kind == Kind::kOutHandles ? "marshal::kMaxList"
             : parameter.element_size == 1       ? "marshal::kMaxSpill"
                                                 : "marshal::kMaxSpill / " + size;
    }
    if (!most.empty()) out_.line("Call::limit(" + name(count) + ", " + most + ");");
  }

  void handle(const Parameter& parameter) {
    if (parameter.kind != Kind::kHandle) return;
    const char* method = parameter.retains       ? "handle_retained"
                         : parameter.deallocates ? "handle_released"
                                                 : "handle";
    out_.line("const auto " + parameter.name + "_id = call." + method + "(" + name(parameter) +
              ", " + type_constant(*parameter.handle) + ");");
  }

  // Before the call begins: it may make calls itself.
  void implicit(const Parameter& parameter) {
    if (parameter.implicit == nullptr) return;
    const std::string value = with_locals(parameter.implicit->text, function_);
    out_.line(parameter.c.declare(name(parameter)) + " = static_cast<" + parameter.c.spelling +
              ">(" + value + ");");
  }

  // Where the application's bytes are, before the call begins: what says so may make calls itself.
  void place(const Parameter& parameter) {
    if (!parameter.by_server) return;
    if (!parameter.box) {
      const std::string size = parameter.name + "_size";
      out_.line("const uint64_t " + size + " = " + print_.computed_bytes(parameter) + ";");
      // A size that nobody knows: the library is given no bytes, and says what it makes of that.
      out_.guarded(size + " == UINT64_MAX", name(parameter) + " = nullptr;");
      return;
    }
    const BoxSpec& box = *parameter.box;
    std::string text = rectangle(box);
    if (box.condition != nullptr) {
      text = print_.value(*box.condition) + " ? " + text + " : marshal::Rectangle()";
    }
    out_.line("const auto " + parameter.name + "_box = " + text + ";");
    // Packed, the library needs none of these.
    std::string packed = name(parameter_named(box.argument(2))) + " = " +
                         name(parameter_named(box.argument(3))) + " = 0;";
    if (!box.has_origin()) {
      out_.guarded(parameter.name + "_box.exists", packed);
      return;
    }
    out_.open("if (" + parameter.name + "_box.exists) {");
    out_.line(packed);
    out_.line(name(parameter_named(box.argument(4))) + " = marshal::kNoOrigin;");
    out_.close();
  }

  const Parameter& parameter_named(const Expr& expression) const {
    return *function_.find(expression.text);
  }

  std::string rectangle(const BoxSpec& box) const {
    std::vector<std::string> arguments;
    for (const Expr& argument : box.annotation->arguments) {
      arguments.push_back(print_.value(argument));
    }
    return "marshal::rectangle(" + joined(arguments) + ")";
  }

  // What the library is given: null where there is no rectangle.
  static std::string pointer(const Parameter& parameter) {
    if (parameter.by_value) return "&" + name(parameter);
    return parameter.box ? parameter.name + "_box.in(" + name(parameter) + ")" : name(parameter);
  }

  void argument(const Parameter& parameter) {
    const std::string data = name(parameter);
    const std::string index = number(parameter.index);
    const std::string field = parameter.name + "_field";
    switch (parameter.kind) {
      case Kind::kIn:
        bulk("In", "in", parameter);
        if (!parameter.maybe.empty()) maybe(parameter);
        for (const MirroredElements& one : parameter.mirrored_elements) {
          const std::string statement = std::string("call.") +
                                        (one.unmirrors ? "unmirror_all(" : "mirrored_all(") + data +
                                        ", " + print_.bytes(parameter) + ", " + index + ");";
          one.condition == nullptr ? out_.line(statement)
                                   : out_.guarded(print_.value(*one.condition), statement);
        }
        break;
      case Kind::kOut:
        bulk("Out", "out", parameter);
        break;
      case Kind::kInOut:
        out_.line("const In " + field + " = call.in(" + data + ", " + print_.bytes(parameter) +
                  ", " + index + ");");
        out_.line("const Out " + field + "_out = call.out(" + data + ", " +
                  print_.bytes(parameter) + ", " + index + ");");
        break;
      case Kind::kGraph:
        out_.line("const Graph " + field + " = call." +
                  (parameter.comes_back ? "graph_and_back(" : "graph(") + pointer(parameter) +
                  ", " + print_.count(parameter) + ", " + index + ", " +
                  shape_constant(*parameter.shape) + ", kShapes" +
                  (parameter.filled ? ", true" : "") +
                  (parameter.inner != nullptr ? ", " + print_.size(*parameter.inner) : "") + ");");
        break;
      case Kind::kMirrored:
        out_.line("const uint64_t " + parameter.name + "_at = call." +
                  (parameter.unmirrors ? "unmirror(" : "mirrored(") + data + ", " + index + ");");
        break;
      case Kind::kRegistered:
        if (!parameter.lent_in) break;
        out_.line("const In " + field + " = call.in(" + data + ", " + print_.bytes(parameter) +
                  ", " + index + ");");
        break;
      case Kind::kUnregistered:
        out_.line("const guest::Unregister " + field + " = call.unregister(" + data + ", " + index +
                  ");");
        break;
      case Kind::kMapped:
        if (parameter.mirrored) {
          out_.line("const uint64_t " + parameter.name + "_at = call.mirrored(" + data + ", " +
                    index + ");");
        }
        out_.line(
            "const guest::Unmap " + field + " = call.unmap(" + data + ", " +
            (parameter.mirrored ? "call.mirror_of(" + data + ")" : id_of(parameter.mapped_of)) +
            ", " + index + ");");
        break;
      case Kind::kNumber:
        substitute(parameter);
        break;
      case Kind::kString:
        out_.line("const In " + field + " = call.in_string(" + data + ", " + index + ");");
        break;
      case Kind::kStrings: {
        const std::string lengths =
            parameter.lengths != nullptr ? name(*parameter.lengths) : "nullptr";
        const char* method = parameter.zero_terminated ? "in_strings(" : "in_buffers(";
        out_.line("const InList " + field + " = call." + method + data + ", " +
                  print_.count(parameter) + ", " + lengths + ", " + index + ");");
        break;
      }
      case Kind::kInHandles:
        out_.line("const auto " + parameter.name + "_ids = call.handles(" + data + ", " +
                  print_.count(parameter) + ", " + index + ", " + type_constant(*parameter.handle) +
                  ");");
        break;
      case Kind::kProperties:
        out_.line("const auto " + parameter.name + "_list = call.list(" + data + ", " + index +
                  ", " + entries_name(function_, parameter.index, 0) + ");");
        break;
      case Kind::kCallback: {
        const std::string& user_data =
            name(function_.parameters[static_cast<size_t>(parameter.user_data)]);
        out_.line("const uint64_t " + parameter.name +
                  "_number = call.closure(reinterpret_cast<const void*>(" + data + "), " +
                  user_data + ", " + (parameter.once ? "true" : "false") + about(parameter) + ");");
        break;
      }
      default:
        break;
    }
  }

  // The object at whose end a callback is called, and what it is called with where the session is
  // lost before the library calls it.
  std::string about(const Parameter& parameter) const {
    const std::string object =
        parameter.destroyed < 0
            ? ""
            : name(function_.parameters[static_cast<size_t>(parameter.destroyed)]);
    if (!parameter.once || !parameter.callback->says_lost()) {
      return object.empty() ? "" : ", " + object;
    }
    std::string handle = "nullptr";
    for (const Parameter& given : parameter.callback->parameters) {
      if (given.kind != Kind::kHandle) continue;
      for (const Parameter& own : function_.parameters) {
        if (own.kind == Kind::kHandle && own.handle == given.handle) handle = name(own);
      }
    }
    return ", " + (object.empty() ? "nullptr" : object) + ", {kUp_" + parameter.callback->name +
           ", " + handle + "}";
  }

  void bulk(const std::string& type, const std::string& method, const Parameter& parameter) {
    const bool box = parameter.box.has_value();
    const std::string arguments = "(" + pointer(parameter) + ", " +
                                  (box ? parameter.name + "_box.box" : print_.bytes(parameter)) +
                                  ", " + number(parameter.index) + ")";
    const std::string base = box ? method + "_box" : method;
    std::string call = "call." + base + (parameter.completes_later() ? "_until" : "") + arguments;
    if (parameter.completes_later() && function_.sync_when != nullptr) {
      const std::string blocking = method == "in" && !box ? "in_turn" : base;
      call = print_.value(*function_.sync_when) + " ? call." + blocking + arguments + " : " + call;
    }
    if (parameter.mirrored) {
      std::string condition = "guest::is_mirrored(" + name(parameter) + ")";
      if (parameter.mirrored_when != nullptr) {
        condition = "(" + print_.value(*parameter.mirrored_when) + ") && " + condition;
      }
      call = condition + " ? call." + method + "_mirrored" + arguments + " : " + call;
    }
    out_.line("const " + type + " " + parameter.name + "_field = " + call + ";");
  }

  // The id that handle() has made for a handle parameter.
  std::string id_of(int index) const {
    return function_.parameters[static_cast<size_t>(index)].name + "_id";
  }

  void map() {
    const Maps& maps = *function_.maps;
    const auto value = [&](const Expr* expression, const char* otherwise) {
      return expression == nullptr ? std::string(otherwise) : print_.value(*expression);
    };
    if (function_.maps_mirrored()) {
      const Parameter& memory = function_.parameters[static_cast<size_t>(maps.object)];
      out_.line("const guest::Map ret_map = call.map_mirrored(" + name(memory) +
                ", marshal::one_row(" + print_.value(*maps.bytes) + "), " +
                value(maps.reads, "true") + ", " + value(maps.writes, "true") + ");");
      return;
    }
    const std::string place =
        maps.box ? "ret_box.box, ret_box.offset"
                 : "marshal::one_row(" + print_.value(*maps.bytes) + "), " + value(maps.at, "0");
    out_.line("const guest::Map ret_map = call.map(" + id_of(maps.object) + ", " + place + ", " +
              value(maps.reads, "true") + ", " + value(maps.writes, "true") + ");");
  }

  // What is sent in place of the application's value.
  void substitute(const Parameter& parameter) {
    if (parameter.substitutes.empty()) return;
    std::string value = name(parameter);
    for (auto one = parameter.substitutes.rbegin(); one != parameter.substitutes.rend(); ++one) {
      const std::string other = print_.value(*one->value);
      value = one->condition == nullptr
                  ? other
                  : print_.value(*one->condition) + " ? " + other + " : " + value;
    }
    out_.line("const " + parameter.c.declare(parameter.name + "_sent") + " = " + value + ";");
  }

  void maybe(const Parameter& parameter) {
    std::vector<std::string> types;
    for (const Type* type : parameter.maybe) types.push_back(type_constant(*type));
    out_.line("const auto " + parameter.name + "_id = call.handle_inside(" + name(parameter) +
              ", " + print_.bytes(parameter) + ", {" + joined(types) + "});");
  }

  void learn() {
    // A call that leaves a pointer out is another kind of call.
    if (!function_.learn.empty() && pointer_mask(function_) != 0) {
      out_.line("call.learn_value(call.present());");
    }
    for (const Expr* part : function_.learn) {
      const Parameter* parameter =
          part->kind == Expr::Kind::kName ? function_.find(part->text) : nullptr;
      if (parameter != nullptr && parameter->kind == Kind::kHandle) {
        out_.line("call.learn_value(" + parameter->name + "_id);");
      } else if (parameter != nullptr && parameter->kind == Kind::kIn) {
        out_.guarded(name(*parameter) + " != nullptr",
                     "call.learn(" + name(*parameter) + ", " + print_.bytes(*parameter) + ");");
      } else {
        out_.line("call.learn_value(" + print_.value(*part) + ");");
      }
    }
    // Bytes that were a handle, and bytes that were none, are different calls.
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.maybe.empty() || function_.learn.empty()) continue;
      out_.line("call.learn_value(marshal::id_type(" + parameter.name + "_id));");
    }
  }

  Writer& out_;
  const Function& function_;
  const ExpressionPrinter print_;
};

}  // namespace

void emit_arguments(Writer& out, const Function& function) { Arguments(out, function).emit(); }

}  // namespace avagen
