// The server's module: for each function, from the request to the native call to the reply.
#include <algorithm>

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Result = Function::Result;

std::string number(unsigned index) { return std::to_string(index); }
std::string name(const Parameter& parameter) { return local(parameter, Side::kServer); }
std::string field(const Parameter& parameter) { return "request." + parameter.name; }

class Dispatcher {
 public:
  Dispatcher(Writer& out, const Emission& emission, const Function& function)
      : out_(out), emission_(emission), function_(function), print_(Side::kServer, &function) {
    for (const Parameter& parameter : function.parameters) find_used(parameter);
  }

  void emit() {
    Writer body(2);
    std::swap(body, out_);
    bool can_fail = false;
    for (const Parameter& parameter : function_.parameters) can_fail |= declare(parameter);
    if (can_fail) out_.line("if (call.failed()) return;");
    for (const Parameter& parameter : function_.parameters) before(parameter);
    native_call();
    after();
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
    const bool void_written = parameter.written != nullptr && parameter.element_size == 1;
    const bool counted = (parameter.is_output() && !void_written && !parameter.until_return) ||
                         !parameter.maybe.empty() || resizes();
    if (counted) {
      collect(parameter.count, function_, used_);
    }
    collect(parameter.maybe_when, function_, used_);
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
        out_.line("const auto " + variable + " = call.object<" + parameter.c.spelling + ">(" +
                  field(parameter) + "(), " + type_constant(*parameter.handle) + ");");
        return true;
      case Kind::kOutNumber:
      case Kind::kOutHandle:
        out_.line(parameter.c.pointee->declare(variable) + "{};");
        return false;
      case Kind::kIn: {
        std::string get = (parameter.parsed ? "call.in_parsed(" : "call.in(") + in + index + ")";
        std::string constant = "const ";
        if (!parameter.c.pointee->is_const) {  // the header forgot it
          get = "const_cast<void*>(" + get + ")";
          constant.clear();
        }
        out_.line(is_void ? constant + "void* " + variable + " = " + get + ";"
                          : constant + "auto* " + variable + " = static_cast<" + constant +
                                parameter.element + "*>(" + get + ");");
        return true;
      }
      case Kind::kString:
        out_.line("const auto* " + variable + " = static_cast<const " +
                  parameter.c.pointee->spelling + "*>(call.in_parsed(" + in + index + "));");
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
        out_.line("const auto* " + variable + " = call.objects<" + parameter.c.pointee->spelling +
                  ">(" + field(parameter) + "(), " + index + ", " +
                  type_constant(*parameter.handle) + ");");
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
        out_.line("void* " + name(user_data) + " = call.closure(" + field(parameter) + "());");
        return true;
      }
      case Kind::kUserData:
      case Kind::kUndecided:
        return false;
    }
    return false;
  }

  static std::string out_bulk(const Parameter& parameter) {
    return field(parameter) + (parameter.kind == Kind::kInOut ? "_out()" : "()");
  }
  static std::string bulk_of(const Parameter& parameter) {
    return parameter.kind == Kind::kIn ? field(parameter) + "_ref()" : out_bulk(parameter);
  }

  // Whether the bytes are through only when the object completes: the guest said so with a slot.
  void later(const Parameter& parameter, const std::string& bulk) {
    out_.line("const bool " + parameter.name + "_later = server::completes_later(" + bulk + ");");
  }

  void before(const Parameter& parameter) {
    const std::string variable = name(parameter);
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
      out_.open("if (" + print_.value(*parameter.maybe_when) + ") {");
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
      if (other.written_from == static_cast<int>(parameter.index)) {
        condition += " || call.wanted(" + number(other.index) + ")";
      }
      if (other.until == static_cast<int>(parameter.index)) {
        condition += " || " + other.name + "_later";
      }
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
      case Kind::kCallback: {
        const std::string user_data =
            name(function_.parameters[static_cast<size_t>(parameter.user_data)]);
        return user_data + " != nullptr ? trampoline_" + parameter.callback->name + " : nullptr";
      }
      default:
        return variable;
    }
  }

  void native_call() {
    std::vector<std::string> arguments;
    for (const Parameter& parameter : function_.parameters)
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
      edited_query();
    } else {
      out_.line((function_.result == Result::kVoid ? "" : "const auto ret = ") + call + ";");
    }
  }

  std::string success() const {
    if (function_.result == Result::kHandle) return "ret != nullptr";
    if (function_.result == Result::kNumber && function_.values.success != nullptr) {
      return "ret == " + value_text(function_.values.success);
    }
    return "true";
  }

  bool resizes() const {
    for (const Parameter& parameter : function_.parameters) {
      for (const Edit& edit : parameter.edits) {
        if (edit.resizes()) return true;
      }
    }
    return false;
  }

  // Some values are edited in a way that changes their size: the whole value is asked for and
  // edited, and answered as the native function would answer for the result.
  void edited_query() {
    const Parameter* value = nullptr;
    for (const Parameter& parameter : function_.parameters) {
      for (const Edit& edit : parameter.edits) {
        if (edit.resizes()) value = &parameter;
      }
    }
    const Parameter& size_ret = function_.parameters[static_cast<size_t>(value->written_from)];
    std::vector<std::string> arguments;
    for (const Parameter& parameter : function_.parameters) {
      if (&parameter == value) {
        arguments.push_back("asked_value");
      } else if (&parameter == &size_ret) {
        arguments.push_back("asked_size_ret");
      } else if (value->count->kind == Expr::Kind::kName && parameter.name == value->count->text) {
        arguments.push_back("asked_size");
      } else {
        arguments.push_back(argument(parameter));
      }
    }
    out_.open(
        "const auto ask = [&](size_t asked_size, void* asked_value, size_t* asked_size_ret) {");
    out_.line("return native." + function_.name + "(" + joined(arguments) + ");");
    out_.close("};");
    std::vector<std::string> conditions;
    out_.open("const auto edit = [&](server::EditedValue& edited) {");
    for (const Edit& edit : value->edits) {
      if (!edit.resizes()) continue;
      const std::string condition =
          edit.condition == nullptr ? "true" : print_.value(*edit.condition);
      conditions.push_back(condition);
      out_.guarded(condition, edit_call(edit));
    }
    out_.close("};");
    out_.line("const auto ret = server::edited_query(" + joined(conditions, " || ") + ", " +
              print_.count(*value) + ", " + name(*value) + ", " + name(size_ret) + ", " +
              value_text(function_.values.success) + ", ask, edit);");
  }

  static std::string edit_call(const Edit& edit) {
    const std::vector<Expr>& arguments = edit.annotation->arguments;
    std::vector<std::string> words;
    for (const Expr& argument : arguments) {
      if (argument.kind == Expr::Kind::kString) words.push_back(quoted(argument.text));
    }
    if (edit.kind == Edit::Kind::kReplaceString) return "edited.replace(" + joined(words) + ");";
    if (edit.kind == Edit::Kind::kDropWords) return "edited.drop_words({" + joined(words) + "});";
    return "edited.drop_entries(sizeof(" + arguments[0].text + "), offsetof(" + arguments[0].text +
           ", " + arguments[1].text + "), {" + joined(words) + "});";
  }

  // --- after the call ---
  bool success_is_used() const {
    for (const Parameter& parameter : function_.parameters) {
      const bool handle = parameter.kind == Kind::kOutHandle || parameter.kind == Kind::kOutHandles;
      const bool bytes = parameter.kind == Kind::kOut || parameter.kind == Kind::kInOut;
      if (handle || bytes || parameter.completes_later()) return true;
    }
    return false;
  }

  void after() {
    const std::string value = success();
    if (success_is_used()) {
      out_.line("const bool success = " + value + ";");
      out_.line("call.settle(success);");
    } else {
      out_.line("call.settle(" + value + ");");
    }
    if (function_.result == Result::kHandle) {
      out_.line("const auto ret_id = call.id_of(ret, " + type_constant(*function_.result_type) +
                ", " + (function_.allocates ? "true" : "false") + ");");
    }
    for (const Parameter& parameter : function_.parameters) handles(parameter);
    for (const Parameter& parameter : function_.parameters) completion(parameter);
    for (const Parameter& parameter : function_.parameters) bytes(parameter);
    reply();
  }

  void handles(const Parameter& parameter) {
    const std::string variable = name(parameter);
    const std::string tail =
        ", " + type_constant(*(parameter.handle == nullptr ? &nothing_ : parameter.handle)) + ", " +
        (parameter.allocates ? "true" : "false") + ")";
    if (parameter.kind == Kind::kOutHandle) {
      std::string condition = "success";
      for (const Parameter& other : function_.parameters) {
        if (other.until == static_cast<int>(parameter.index)) {
          condition = "success && call.wanted(" + number(parameter.index) + ")";
        }
      }
      out_.line("const auto " + parameter.name + "_id = " + condition + " ? call.id_of(" +
                variable + tail + " : 0;");
    } else if (parameter.kind == Kind::kOutHandles) {
      std::string count = print_.count(parameter);
      if (parameter.written_from >= 0) {
        count = "std::min<uint64_t>(" + written_variable(parameter) + ", " + count + ")";
      }
      out_.line("const auto " + parameter.name + "_ids = call.ids_of(" + variable +
                ", success && " + variable + " != nullptr ? " + count + " : 0" + tail + ";");
    }
  }

  std::string written_variable(const Parameter& parameter) const {
    return name(function_.parameters[static_cast<size_t>(parameter.written_from)]);
  }

  void completion(const Parameter& parameter) {
    if (parameter.until_return) {
      out_.line("if (success) call.complete_with(" + bulk_of(parameter) + ", ret, " +
                type_constant(*function_.result_type) + ", false);");
    } else if (parameter.until >= 0) {
      const Parameter& object = function_.parameters[static_cast<size_t>(parameter.until)];
      out_.guarded("success && " + parameter.name + "_later",
                   "call.complete_with(" + bulk_of(parameter) + ", " + name(object) + ", " +
                       type_constant(*object.handle) + ", !call.wanted(" + number(object.index) +
                       "));");
    }
  }

  void bytes(const Parameter& parameter) {
    if (parameter.kind != Kind::kOut && parameter.kind != Kind::kInOut) return;
    const std::string variable = name(parameter);
    const std::string bulk = out_bulk(parameter);
    std::string written = "0";
    if (parameter.written_from >= 0) {
      const bool is_void = parameter.c.pointee->kind == CType::Kind::kVoid;
      std::string amount = written_variable(parameter);
      if (!is_void) {
        amount = print_.scaled(
            "std::min<uint64_t>(" + amount + ", " + print_.count(parameter) + ")", parameter);
      }
      written = parameter.name + "_written";
      out_.line("const uint64_t " + written + " = success && " + variable + " != nullptr ? " +
                amount + " : 0;");
      for (const Translation& translation : parameter.translations)
        translate(parameter, translation, written);
      for (const Edit& edit : parameter.edits) in_place(parameter, edit, written);
    } else if (!parameter.until_return) {
      const std::string now =
          parameter.until >= 0 ? "success && !" + parameter.name + "_later" : "success";
      written = now + " ? " + print_.bytes(parameter) + " : 0";
      if (!parameter.translations.empty()) {
        out_.line("const uint64_t " + parameter.name + "_written = " + written + ";");
        written = parameter.name + "_written";
        for (const Translation& translation : parameter.translations)
          translate(parameter, translation, written);
      }
    }
    out_.line("const auto " + parameter.name + "_bytes = call.reply_bytes(" + bulk + ", " +
              variable + ", " + written + ");");
  }

  void translate(const Parameter& parameter, const Translation& translation,
                 const std::string& written) {
    const auto at = static_cast<unsigned>(&translation - parameter.translations.data()) + 1;
    std::string statement;
    if (translation.type != nullptr) {
      statement = "call.translate(" + name(parameter) + ", " + written + ", " +
                  type_constant(*translation.type) + ");";
    } else if (!translation.entries.empty()) {
      statement = "call.translate_list(" + name(parameter) + ", " + written + ", " +
                  entries_name(function_, parameter.index, at) + ");";
    } else {
      return;
    }
    if (translation.condition == nullptr) return out_.line(statement);
    out_.guarded(print_.value(*translation.condition), statement);
  }

  void in_place(const Parameter& parameter, const Edit& edit, const std::string& written) {
    if (edit.resizes()) return;
    const Expr& argument = edit.annotation->arguments[0];
    std::string value = print_.value(argument);
    if (argument.text == "NULL" ||
        (argument.kind == Expr::Kind::kCast && argument.text.ends_with('*'))) {
      value = "reinterpret_cast<uint64_t>(" + value + ")";
    }
    const char* function =
        edit.kind == Edit::Kind::kClearBits ? "server::clear_bits(" : "server::replace_value(";
    const std::string statement = function + name(parameter) + ", " + written + ", " + value + ");";
    if (edit.condition == nullptr) return out_.line(statement);
    out_.guarded(print_.value(*edit.condition), statement);
  }

  void number_edits(const Parameter& parameter) {
    for (const Edit& edit : parameter.edits) {
      const std::string value = print_.value(edit.annotation->arguments[0]);
      const std::string statement =
          name(parameter) +
          (edit.kind == Edit::Kind::kClearBits ? " &= ~(" + value + ");" : " = " + value + ";");
      if (edit.condition == nullptr) {
        out_.line(statement);
      } else {
        out_.guarded(print_.value(*edit.condition), statement);
      }
    }
  }

  void reply() {
    std::vector<std::string> fields;
    const bool fixed = is_fixed(reply_fields(function_));
    if (!fixed) fields.push_back("call.builder()");
    for (const Parameter& parameter : function_.parameters) {
      switch (parameter.kind) {
        case Kind::kOutNumber:
          number_edits(parameter);
          fields.push_back(to_wire(*parameter.c.pointee, name(parameter)));
          break;
        case Kind::kOutHandle:
          fields.push_back(parameter.name + "_id");
          break;
        case Kind::kOutHandles:
          fields.push_back(parameter.name + "_ids");
          break;
        case Kind::kOut:
        case Kind::kInOut:
          fields.push_back(parameter.name + "_bytes");
          if (parameter.written != nullptr) fields.push_back(parameter.name + "_written");
          break;
        default:
          break;
      }
    }
    if (function_.result == Result::kNumber) {
      fields.push_back(to_wire(function_.header->result, "ret"));
    } else if (function_.result == Result::kHandle) {
      fields.push_back("ret_id");
    } else if (fields.empty()) {
      fields.push_back("0");
    }
    out_.line(fixed ? "call.reply_fixed(" + reply_type(function_) + "(" + joined(fields) + "));"
                    : "call.reply_table(wire::Create" + function_.name + "_reply(" +
                          joined(fields) + "));");
  }

  Writer& out_;
  const Emission& emission_;
  const Function& function_;
  ExpressionPrinter print_;
  std::set<unsigned> used_;
  const Type nothing_{};
};

// --- what the object table asks ---

// A type's expression as the body of a function of `object`.
void object_function(Writer& out, const std::string& head, const Type& type, const Expr* expression,
                     bool returns) {
  if (expression == nullptr) return;
  const std::string object = "static_cast<" + type.c.spelling + ">(object)";
  out.line();
  if (expression->kind == Expr::Kind::kCall && expression->text == "query") {
    const std::vector<Expr>& arguments = expression->arguments;
    out.open(head + "(void* object) {");
    out.line(arguments[2].text + " value{};");
    out.line("native." + arguments[0].text + "(" + object + ", " + arguments[1].text +
             ", sizeof value, &value, nullptr);");
    out.line("return value;");
    out.close();
    return;
  }
  ExpressionPrinter print(Side::kServer, nullptr);
  print.set_object(object);
  const std::string body = (returns ? "return " : "") + print.value(*expression) + ";";
  const std::string one = head + "(void* object) { " + body + " }";
  if (one.size() <= Writer::kColumns) return out.line(one);
  out.open(head + "(void* object) {");
  out.line(body);
  out.close();
}

void types(Writer& out, const Emission& emission) {
  if (emission.handles().empty()) return;
  for (const Type* type : emission.handles()) {
    const std::string id = identifier(type->name);
    object_function(out, "uint64_t reference_count_" + id, *type, type->reference_count, true);
    object_function(out, "int32_t completion_" + id, *type, type->completion, true);
    object_function(out, "void retain_" + id, *type, type->retain, false);
    object_function(out, "void release_" + id, *type, type->release, false);
  }
  out.line();
  out.open_list("constexpr server::Type kTypes[]");
  for (const Type* type : emission.handles()) {
    const std::string id = identifier(type->name);
    const auto entry = [&](const char* prefix, const Expr* expression) {
      return expression == nullptr ? std::string("nullptr") : prefix + id;
    };
    out.line("{\"" + type->name + "\", " + entry("reference_count_", type->reference_count) + ", " +
             entry("completion_", type->completion) + ", " + entry("retain_", type->retain) + ", " +
             entry("release_", type->release) + "},");
  }
  out.close_list();
}

// --- callbacks ---

void trampoline(Writer& out, const Callback& callback) {
  std::vector<std::string> parameters;
  for (const Parameter& parameter : callback.parameters) {
    parameters.push_back(parameter.c.declare(parameter.name));
  }
  const Parameter& user_data = callback.parameters[static_cast<size_t>(callback.user_data)];
  const bool fixed = is_fixed(upcall_fields(callback));
  out.line();
  out.open("void trampoline_" + callback.name + "(" + joined(parameters) + ") {");
  out.line("server::Upcall upcall(" + user_data.name + ", kUp_" + callback.name + ");");
  std::vector<std::string> fields;
  if (!fixed) fields.push_back("upcall.builder()");
  fields.push_back("upcall.closure_number()");
  for (const Parameter& parameter : callback.parameters) {
    if (parameter.kind == Kind::kHandle) {
      fields.push_back("upcall.id_of(" + parameter.name + ", " + type_constant(*parameter.handle) +
                       ")");
    } else if (parameter.kind == Kind::kNumber) {
      fields.push_back(to_wire(parameter.c, parameter.name));
    } else if (parameter.kind == Kind::kString) {
      out.line("const auto " + parameter.name + "_bytes = upcall.string(" + parameter.name + ");");
      fields.push_back(parameter.name + "_bytes");
    } else if (parameter.kind == Kind::kIn) {
      std::string count = parameter.count->text;
      if (parameter.element_size != 1) {
        count = "saturating_mul(" + count + ", " + std::to_string(parameter.element_size) + ")";
      }
      out.line("const auto " + parameter.name + "_bytes = upcall.bytes(" + parameter.name + ", " +
               count + ");");
      fields.push_back(parameter.name + "_bytes");
    }
  }
  out.line(fixed ? "upcall.send_fixed(wire::" + callback.name + "_upcall(" + joined(fields) + "));"
                 : "upcall.send_table(wire::Create" + callback.name + "_upcall(" + joined(fields) +
                       "));");
  out.close();
}

// --- the native library ---

// Functions that are called: those on the wire, and those that type expressions name.
std::vector<std::string> native_functions(const Emission& emission) {
  std::vector<std::string> names;
  const auto add = [&](const std::string& name) {
    const bool known = std::find(names.begin(), names.end(), name) != names.end();
    if (!known && emission.model().header->functions.contains(name)) names.push_back(name);
  };
  for (const Function* function : emission.on_wire()) add(function->name);
  for (const Type* type : emission.handles()) {
    for (const Expr* expression :
         {type->reference_count, type->completion, type->retain, type->release}) {
      if (expression == nullptr || expression->kind != Expr::Kind::kCall) continue;
      add(expression->text == "query" ? expression->arguments[0].text : expression->text);
    }
  }
  // A verbatim block may call any function of the header.
  for (const VerbatimBlock& block : emission.model().spec->verbatim) {
    if (block.side != "server") continue;
    for (const auto& [name, function] : emission.model().header->functions) {
      if (block.text.find("native." + name + "(") != std::string::npos) add(name);
    }
  }
  return names;
}

void native_struct(Writer& out, const Emission& emission) {
  out.line("// The native library's functions; null where it lacks one.");
  out.open("struct Native {");
  for (const std::string& name : native_functions(emission)) {
    out.line("decltype(&::" + name + ") " + name + ";");
  }
  out.close("};");
}

void load(Writer& out, const Emission& emission) {
  out.line();
  out.line("template <typename F>");
  out.open("void find(void* library, const char* name, F& function) {");
  out.line("function = reinterpret_cast<F>(::dlsym(library, name));");
  out.close();
  out.line();
  out.open("bool load(std::string& why) {");
  out.line("void* library = ::dlopen(\"" + emission.model().spec->library +
           "\", RTLD_NOW | RTLD_LOCAL);");
  out.open("if (library == nullptr) {");
  out.line("why = ::dlerror();");
  out.line("return false;");
  out.close();
  for (const std::string& name : native_functions(emission)) {
    const Function* function = emission.model().find_function(name);
    const std::string& symbol = function != nullptr ? function->native : name;
    out.line("find(library, \"" + symbol + "\", native." + name + ");");
  }
  out.line("return true;");
  out.close();
}

// `text`: the code behind, which decides what is needed.
void includes(Writer& out, const Emission& emission, const std::string& text) {
  const auto needs = [&](const char* word) { return text.find(word) != std::string::npos; };
  out.line("#include <dlfcn.h>");
  out.line();
  if (needs("std::min")) out.line("#include <algorithm>");
  if (needs("offsetof")) out.line("#include <cstddef>");
  if (needs("std::memcpy")) out.line("#include <cstring>");
  if (needs("std::min") || needs("offsetof") || needs("std::memcpy")) out.line();
  emission.header_lines(out);
  out.line();
  out.line("#include \"server/call.h\"");
  if (needs("edited_query") || needs("clear_bits") || needs("replace_value")) {
    out.line("#include \"server/edit.h\"");
  }
  out.line("#include \"" + emission.api() + "_api.h\"");
  out.line("#include \"" + emission.api() + "_generated.h\"");
  deprecated(out, emission);
}

bool is_served(const Function& function) {
  return function.on_wire() && function.replaced_server.empty();
}

std::string dispatchers(const Emission& emission, uint32_t chapter) {
  Writer out;
  for (const Callback* callback : emission.upcalls()) {
    const auto takes = [&](const Function* function) {
      return std::any_of(
          function->parameters.begin(), function->parameters.end(),
          [&](const Parameter& parameter) { return parameter.callback == callback; });
    };
    const std::vector<const Function*> functions = emission.on_wire(chapter);
    if (std::any_of(functions.begin(), functions.end(), takes)) trampoline(out, *callback);
  }
  for (const Function* function : emission.on_wire(chapter)) {
    if (is_served(*function)) Dispatcher(out, emission, *function).emit();
  }
  return out.text();
}

void usings_and_lists(Writer& out, const Emission& emission, uint32_t chapter,
                      const std::string& text) {
  Writer names;
  usings(names, text,
         {{"marshal::", {"Outcome", "saturating_add", "saturating_mul", "saturating_sub"}},
          {"server::", {"Call"}}});
  section(out, names.text());
  Writer lines;
  for (const Function* function : emission.on_wire(chapter)) {
    if (is_served(*function)) entry_tables(lines, *function, "constexpr marshal::ListEntry ");
  }
  section(out, lines.text());
}

void table(Writer& out, const Emission& emission) {
  out.line();
  out.open_list("constexpr server::Function kFunctions[]");
  for (const Function* function : emission.on_wire()) {
    out.line("{\"" + function->name + "\", serve_" + function->name + "},");
  }
  out.close_list();
}

void module(Writer& out, const Emission& emission) {
  const std::string space = "ava::" + emission.api() + "::";
  const std::string types = emission.handles().empty() ? "{}" : space + "kTypes";
  out.line();
  out.line("extern \"C\" AVA_EXPORT const ava::server::Module ava_server_module;");
  out.table("const ava::server::Module ava_server_module",
            {"ava::server::kModuleAbi", space + "kApi", space + "kWireHash", types,
             space + "kFunctions", space + "load"});
}

// Declarations that several units share: the native library, and what the table takes from the
// chapters or from files written by hand.
File header(const Emission& emission) {
  std::string all;
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    all += dispatchers(emission, chapter);
  }
  Writer out;
  out.verbatim(emission.banner());
  out.line("#pragma once");
  out.line();
  includes(out, emission, all);
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line();
  native_struct(out, emission);
  out.line("extern Native native;");
  out.line();
  for (const Function* function : emission.on_wire()) {
    out.line("void serve_" + function->name + "(server::Call& call);");
  }
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  return {emission.api() + "_server.h", out.text()};
}

bool needs_header(const Emission& emission) {
  if (emission.has_chapters()) return true;
  for (const Function* function : emission.on_wire()) {
    if (!is_served(*function)) return true;
  }
  return false;
}

File main_unit(const Emission& emission) {
  const bool shared = needs_header(emission);
  const std::string body = dispatchers(emission, 0);
  Writer out;
  out.verbatim(emission.banner());
  if (shared) {
    out.line("#include \"" + emission.api() + "_server.h\"");
  } else {
    includes(out, emission, body);
  }
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  if (shared) {
    out.line();
    out.line("Native native;");
    emission.verbatim(out, "server", 0);
  }
  out.line("namespace {");
  usings_and_lists(out, emission, 0, body);
  if (!shared) {
    out.line();
    native_struct(out, emission);
    out.line("Native native;");
    emission.verbatim(out, "server", 0);
  }
  load(out, emission);
  types(out, emission);
  if (shared) {
    out.line();
    out.line("}  // namespace");
    out.verbatim(body);
    out.line();
    out.line("namespace {");
  } else {
    out.verbatim(body);
  }
  table(out, emission);
  out.line();
  out.line("}  // namespace");
  out.line("}  // namespace ava::" + emission.api());
  module(out, emission);
  return {emission.api() + "_server.cc", out.text()};
}

File chapter_unit(const Emission& emission, uint32_t chapter) {
  const std::string body = dispatchers(emission, chapter);
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include \"" + emission.api() + "_server.h\"");
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  emission.verbatim(out, "server", chapter);
  out.line("namespace {");
  usings_and_lists(out, emission, chapter, body);
  out.line();
  out.line("}  // namespace");
  out.verbatim(body);
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  const std::string& name = emission.model().spec->chapters[chapter].name;
  return {emission.api() + "_server_" + name + ".cc", out.text()};
}

}  // namespace

std::vector<File> emit_server(const Emission& emission) {
  std::vector<File> files{main_unit(emission)};
  if (needs_header(emission)) files.push_back(header(emission));
  for (uint32_t chapter = 1; chapter < emission.model().spec->chapters.size(); ++chapter) {
    files.push_back(chapter_unit(emission, chapter));
  }
  return files;
}

}  // namespace avagen
