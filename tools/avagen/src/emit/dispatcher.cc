#include "emit/dispatcher.h"

#include <set>

#include "emit/edited_query.h"
#include "emit/expression.h"
#include "emit/outcome.h"
#include "emit/served.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Result = Function::Result;
using served::field;
using served::name;
using served::number;
using served::out_bulk;

class Dispatcher {
 public:
  Dispatcher(Writer& out, const Function& function)
      : out_(out), function_(function), print_(Side::kServer, &function) {
    for (const Parameter& parameter : function.parameters) find_used(parameter);
    if (function.maps) collect(function.maps->bytes, function_, used_);
    if (function.mirrors) used_.insert(function.mirrors->size->index);
    if (function.maps && function.maps->box) {
      for (const size_t part : {0, 1})
        collect(&function.maps->box->argument(part), function_, used_);
    }
  }

  void emit() {
    Writer body(2);
    std::swap(body, out_);
    bool can_fail = false;
    for (const Parameter& parameter : function_.parameters) can_fail |= declare(parameter);
    if (function_.maps) out_.line("call.map_into(request.ret_ref(), request.ret_box());");
    if (can_fail || function_.maps) out_.line("if (call.failed()) return;");
    bool measured = false;
    for (const Parameter& parameter : function_.parameters) {
      measured |= measure(parameter);
      measured |= mirrored(parameter);
      measured |= lend(parameter);
    }
    if (measured) out_.line("if (call.failed()) return;");
    for (const Parameter& parameter : function_.parameters) before(parameter);
    native_call();
    emit_outcome(out_, function_, [this](const Parameter& p) { return argument(p); });
    std::swap(body, out_);
    frame(body.text());
  }

 private:
  void frame(const std::string& body) {
    const bool fixed = is_fixed(request_fields(function_));
    out_.line();
    out_.open("void serve_" + function_.name + "(Call& call) {");
    out_.line("if (native." + function_.name +
              " == nullptr) return call.fail(Outcome::kUnsupported, 0);");
    const std::string get =
        std::string("call.") + (fixed ? "fixed<" : "table<") + request_type(function_) + ">();";
    out_.line(mentions(body, "request") ? "const auto& request = " + get : get);
    out_.verbatim(body);
    out_.close();
  }

  // The parameters whose values an expression on this side needs: those get a variable.
  void find_used(const Parameter& parameter) {
    // What the router has checked, nobody computes again: inputs' lengths are in the frame, and an
    // output that says how much was written has its length there.
    const bool void_written = parameter.written != nullptr && parameter.element_size == 1 &&
                              !parameter.written_by_result && !parameter.written_if_wanted;
    const bool output = parameter.is_output() && parameter.kind != Kind::kGraph;
    const bool counted = (output && !void_written && !parameter.until_return) ||
                         parameter.by_server || !parameter.maybe.empty() || resizes();
    if (counted || parameter.kind == Kind::kMirrored || parameter.kind == Kind::kRegistered ||
        !parameter.mirrored_elements.empty()) {
      collect(parameter.count, function_, used_);
    }
    for (const MirroredElements& one : parameter.mirrored_elements) {
      collect(one.condition, function_, used_);
    }
    if (parameter.box) {
      collect(parameter.box->condition, function_, used_);
      for (const Expr& part : parameter.box->annotation->arguments) {
        collect(&part, function_, used_);
      }
    }
    collect(parameter.maybe_when, function_, used_);
    for (const Answer& answer : function_.answers) collect(answer.when, function_, used_);
    for (const Translation& translation : parameter.translations) {
      collect(translation.condition, function_, used_);
    }
    for (const Edit& edit : parameter.edits) {
      collect(edit.condition, function_, used_);
      if (!edit.resizes()) collect(&edit.annotation->arguments[0], function_, used_);
    }
  }

  // Does some expression on this side need the value?
  bool uses(const Parameter& parameter) const { return used_.contains(parameter.index); }

  // Declares what the native function is given. True if that can fail the call.
  bool declare(const Parameter& parameter) {
    const std::string index = number(parameter.index);
    const std::string in = field(parameter) + "(), " + field(parameter) + "_ref(), ";
    const std::string variable = name(parameter);
    const bool is_void =
        parameter.c.is_pointer() && parameter.c.pointee->kind == CType::Kind::kVoid;
    switch (parameter.kind) {
      case Kind::kNumber:
        if (uses(parameter)) {
          out_.line("const auto " + variable + " = " +
                    from_wire(parameter.c, field(parameter) + "()") + ";");
        }
        return false;
      case Kind::kHandle:
        out_.line("const auto " + variable + " = call." +
                  (parameter.optional ? "object_or_null<" : "object<") + parameter.c.spelling +
                  ">(" + field(parameter) + "(), " + type_constant(*parameter.handle) + ");");
        return true;
      case Kind::kOutNumber:
      case Kind::kOutHandle:
        out_.line(parameter.given
                      ? parameter.c.pointee->declare(variable) + " = " +
                            from_wire(*parameter.c.pointee, field(parameter) + "()") + ";"
                      : parameter.c.pointee->declare(variable) + "{};");
        return false;
      case Kind::kIn: {
        if (const Parameter* list = list_of(parameter); list != nullptr) {
          out_.line("const auto* " + variable + " = call.lengths<" + parameter.element + ">(" +
                    field(*list) + "_sizes(), " + index + ");");
          return true;
        }
        std::string get = !parameter.mirrored_elements.empty() ? "call.in_addresses("
                          : parameter.is_kept()                ? "call.in_kept("
                          : parameter.parsed                   ? "call.in_parsed("
                                                               : "call.in(";
        get += in + index + ")";
        std::string constant = "const ";
        if (!parameter.by_value && !parameter.c.pointee->is_const) {  // the header forgot it
          get = "const_cast<void*>(" + get + ")";
          constant.clear();
        }
        out_.line(is_void ? constant + "void* " + variable + " = " + get + ";"
                          : constant + "auto* " + variable + " = static_cast<" + constant +
                                parameter.element + "*>(" + get + ");");
        return true;
      }
      case Kind::kGraph:
        if (parameter.is_output()) {
          out_.line("server::GraphBack " + parameter.name +
                    (parameter.filled ? "_back{.filled = true};" : "_back;"));
        }
        out_.line("auto* " + variable + " = static_cast<" + parameter.element + "*>(call.graph(" +
                  field(parameter) + "(), " + field(parameter) + "_data(), " + field(parameter) +
                  "_ref(), " + index + ", kShapes" +
                  (parameter.written_behind ? ", " + field(parameter) + "_out()"
                   : parameter.comes_back   ? ", nullptr"
                                            : "") +
                  (parameter.is_output() ? ", &" + parameter.name + "_back" : "") + "));");
        return true;
      case Kind::kString:
        out_.line("const auto* " + variable + " = static_cast<const " +
                  parameter.c.pointee->spelling + "*>(call." +
                  (parameter.is_kept() ? "in_kept(" : "in_parsed(") + in + index + "));");
        if (parameter.append != nullptr) {
          std::vector<std::string> arguments{variable};
          for (const Expr& text : parameter.append->arguments) {
            arguments.push_back(quoted(text.text));
          }
          out_.line(variable + " = call.appended(" + joined(arguments) + ");");
        }
        return true;
      case Kind::kStrings:
        out_.line("auto* " + variable + " = reinterpret_cast<" + parameter.c.spelling +
                  ">(const_cast<const void**>(call.in_list(" + in + field(parameter) +
                  "_sizes(), " + index + ")));");
        return true;
      case Kind::kOut:
      case Kind::kInOut: {
        const std::string bulk = out_bulk(parameter);
        const std::string get = "call.out(" + bulk + ", " + index + ")";
        out_.line(is_void ? "void* " + variable + " = " + get + ";"
                          : "auto* " + variable + " = static_cast<" + parameter.element + "*>(" +
                                get + ");");
        if (parameter.kind == Kind::kInOut) {
          out_.line("const void* " + variable + "_in = call.in(" + in + index + ");");
        }
        if (parameter.completes_later() && parameter.until >= 0) later(parameter, bulk);
        return true;
      }
      case Kind::kInHandles:
        out_.line((parameter.c.pointee->is_const ? "const auto* " : "auto* ") + variable +
                  " = call.objects<" + parameter.c.pointee->spelling + ">(" + field(parameter) +
                  "(), " + index + ", " + type_constant(*parameter.handle) +
                  (parameter.nonnull_elements ? ", true);" : ");"));
        return true;
      case Kind::kOutHandles:
        out_.line("auto* " + variable + " = call.out_objects<" + parameter.c.pointee->spelling +
                  ">(" + print_.count(parameter) + ", " + index + ");");
        return true;
      case Kind::kProperties:
        out_.line("const auto* " + variable + " = static_cast<const " +
                  parameter.c.pointee->spelling + "*>(call.list(" + field(parameter) + "(), " +
                  index + ", " + entries_name(function_, parameter.index, 0) + "));");
        return true;
      case Kind::kCallback: {
        const Parameter& user_data = function_.parameters[static_cast<size_t>(parameter.user_data)];
        out_.line("void* " + name(user_data) + " = call.closure(" + field(parameter) + "(), " +
                  (parameter.once ? "true" : "false") + ");");
        return true;
      }
      case Kind::kUnregistered:
        out_.line("auto* " + variable + " = static_cast<" + parameter.c.spelling +
                  ">(call.unregisters(" + field(parameter) + "(), " + index + "));");
        return false;
      case Kind::kMapped:
        if (parameter.mirrored) {
          out_.line("void* " + variable + " = call.unmap_mirrored(" + field(parameter) + "_at(), " +
                    field(parameter) + "(), " + field(parameter) + "_ref(), " + index + ");");
          return true;
        }
        out_.line("void* " + variable + " = call.unmap(" + field(parameter) + "(), " +
                  field(parameter) + "_ref(), " +
                  field(function_.parameters[static_cast<size_t>(parameter.mapped_of)]) + "(), " +
                  index + ");");
        return true;
      case Kind::kMirrored:    // once the sizes are there
      case Kind::kRegistered:  // the same
      case Kind::kUserData:
      case Kind::kUndecided:
        return false;
    }
    return false;
  }

  // The list of strings whose lengths these are; null: none.
  const Parameter* list_of(const Parameter& lengths) const {
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.lengths == &lengths) return &parameter;
    }
    return nullptr;
  }

  // Do addresses lie in memory that the guest mirrors, and as many bytes behind them as are meant?
  // True if that can fail the call.
  bool mirrored(const Parameter& parameter) {
    const std::string variable = name(parameter);
    const std::string index = number(parameter.index);
    for (const MirroredElements& one : parameter.mirrored_elements) {
      const std::string statement = std::string("call.") +
                                    (one.unmirrors ? "unmirror_all(" : "mirrored_all(") + variable +
                                    ", " + print_.bytes(parameter) + ", " + index + ");";
      one.condition == nullptr ? out_.line(statement)
                               : out_.guarded(print_.value(*one.condition), statement);
    }
    if (parameter.kind != Kind::kMirrored) return !parameter.mirrored_elements.empty();
    const std::string size = parameter.count == nullptr ? "0" : print_.bytes(parameter);
    out_.line("auto* " + variable + " = static_cast<" + parameter.c.spelling + ">(call." +
              (parameter.unmirrors ? "unmirror(" + field(parameter) + "(), "
                                   : "mirrored(" + field(parameter) + "(), " + size + ", ") +
              index + "));");
    return true;
  }

  bool lend(const Parameter& parameter) {
    if (parameter.kind != Kind::kRegistered) return false;
    const std::string request = field(parameter);
    out_.line("auto* " + name(parameter) + " = static_cast<" + parameter.c.spelling +
              ">(call.registers(" + request + "(), " + request + "_ref(), " +
              print_.bytes(parameter) + ", " + number(parameter.index) + "));");
    return true;
  }

  // Whether the bytes are through only when the object completes: the guest said so with a slot.
  void later(const Parameter& parameter, const std::string& bulk) {
    out_.line("const bool " + parameter.name + "_later = server::completes_later(" + bulk + ");");
  }

  // Is there as much memory as the library may touch? Only here are the objects that say so. True
  // if that can fail the call.
  bool measure(const Parameter& parameter) {
    if (!parameter.by_server) return false;
    const std::string variable = name(parameter);
    const std::string rest = print_.bytes(parameter) + ", " + number(parameter.index) + ")";
    if (!parameter.box) {
      const std::string needed = parameter.name + "_needed";
      out_.line("const uint64_t " + needed + " = " + print_.computed_bytes(parameter) + ";");
      out_.line(variable + " = call.within(" + variable + ", " + needed + ", " + rest + ";");
      return true;
    }
    std::string place = rectangle(parameter.box->annotation->arguments);
    if (parameter.box->condition != nullptr) {
      place = print_.value(*parameter.box->condition) + " ? " + place + " : marshal::Rectangle()";
    }
    out_.line("const auto " + parameter.name + "_place = " + place + ";");
    out_.line(variable + " = call.within(" + variable + ", " + parameter.name + "_place, " + rest +
              ";");
    return true;
  }

  std::string rectangle(const std::vector<Expr>& parts) const {
    std::vector<std::string> arguments;
    for (const Expr& part : parts) arguments.push_back(print_.value(part));
    return "marshal::rectangle(" + joined(arguments) + ")";
  }

  void before(const Parameter& parameter) {
    const std::string variable = name(parameter);
    if (!parameter.file_words.empty()) {
      std::vector<std::string> words;
      for (const std::string& word : parameter.file_words) words.push_back(quoted(word));
      out_.line("call.reads_files(" + variable + ", {" + joined(words) + "});");
    }
    if (parameter.retains) out_.line("call.retains(" + field(parameter) + "());");
    if (parameter.kind == Kind::kInOut) {
      out_.guarded(variable + " != nullptr", "std::memcpy(" + variable + ", " + variable + "_in, " +
                                                 print_.bytes(parameter) + ");");
    }
    if (parameter.kind == Kind::kIn && parameter.until >= 0) {
      later(parameter, field(parameter) + "_ref()");
    }
    if (!parameter.maybe.empty()) {
      const std::string object = parameter.name + "_object";
      out_.line("void* " + object + " = nullptr;");
      ExpressionPrinter print = print_;
      print.set_live("request." + parameter.name + "_id() != 0");
      out_.open("if (" + print.value(*parameter.maybe_when) + ") {");
      out_.line(variable + " = call.handle_argument(" + field(parameter) + "_id(), " + variable +
                ", " + print_.bytes(parameter) + ", " + type_constant(*parameter.maybe.front()) +
                ", " + object + ");");
      out_.line("if (call.failed()) return;");
      out_.close();
    }
  }

  // Must the native function be asked for this output although the application did not want it?
  std::string wanted(const Parameter& parameter) const {
    std::string condition = "call.wanted(" + number(parameter.index) + ")";
    for (const Parameter& other : function_.parameters) {
      if (other.written_from == static_cast<int>(parameter.index) && !other.written_if_wanted &&
          !parameter.given) {
        condition += " || call.wanted(" + number(other.index) + ")";
      }
      if (other.until == static_cast<int>(parameter.index)) {
        condition += " || " + other.name + "_later";
      }
    }
    if (function_.maps && function_.maps->until == static_cast<int>(parameter.index)) {
      condition += " || request.ret_ref() != nullptr";
    }
    return condition;
  }

  std::string argument(const Parameter& parameter) const {
    const std::string variable = name(parameter);
    switch (parameter.kind) {
      case Kind::kNumber:
        return uses(parameter) ? variable : from_wire(parameter.c, field(parameter) + "()");
      case Kind::kOutNumber:
      case Kind::kOutHandle:
        return wanted(parameter) + " ? &" + variable + " : nullptr";
      case Kind::kCallback:
        return "Call::calls_back(" + field(parameter) + "()) ? trampoline_" +
               parameter.callback->name + " : nullptr";
      default:
        return parameter.by_value ? "*" + variable : variable;
    }
  }

  void native_call() {
    std::vector<std::string> arguments;
    for (const Parameter& parameter : function_.declared())
      arguments.push_back(argument(parameter));
    std::string call = "native." + function_.name + "(" + joined(arguments) + ")";
    for (const Parameter& parameter : function_.parameters) {
      if (!parameter.deallocates) continue;
      // Where the server took over the application's last reference, nothing is called.
      const std::string releases = "call.releases(" + field(parameter) + "())";
      if (function_.result == Result::kVoid) {
        out_.line("if (" + releases + ") " + call + ";");
        return;
      }
      call = releases + " ? " + call + " : " +
             value_or(function_.values.success, function_.header->result);
    }
    if (resizes()) {
      call = edited_query(out_, function_, [&](const Parameter& p) { return argument(p); });
    }
    for (const Answer& answer : function_.answers) {
      call = print_.value(*answer.when) + " ? " + print_.value(*answer.value) + " : " + call;
    }
    out_.line((function_.result == Result::kVoid ? "" : "const auto ret = ") + call + ";");
  }

  bool resizes() const { return avagen::resizes(function_); }

  Writer& out_;
  const Function& function_;
  ExpressionPrinter print_;
  std::set<unsigned> used_;
};

}  // namespace

void emit_dispatcher(Writer& out, const Function& function) { Dispatcher(out, function).emit(); }

}  // namespace avagen
