#include "emit/dispatcher.h"

#include <set>

#include "emit/edited_query.h"
#include "emit/expression.h"
#include "emit/function_table.h"
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
    }
    if (measured) out_.line("if (call.failed()) return;");
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
    const bool void_written = parameter.written != nullptr && parameter.element_size == 1 &&
                              !parameter.written_by_result && !parameter.written_if_wanted;
    const bool counted = (parameter.is_output() && !void_written && !parameter.until_return) ||
                         parameter.by_server || !parameter.maybe.empty() || resizes();
    if (counted || parameter.kind == Kind::kMirrored || !parameter.mirrored_elements.empty()) {
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
        out_.line("auto* " + variable + " = static_cast<" + parameter.element + "*>(call.graph(" +
                  field(parameter) + "(), " + field(parameter) + "_data(), " + field(parameter) +
                  "_ref(), " + index + ", kShapes));");
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
        out_.line("const auto* " + variable + " = call.objects<" + parameter.c.pointee->spelling +
                  ">(" + field(parameter) + "(), " + index + ", " +
                  type_constant(*parameter.handle) +
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
      case Kind::kMirrored:  // once the sizes are there
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
      call = edited_query(out_, function_, [&](const Parameter& p) { return argument(p); });
    }
    for (const Answer& answer : function_.answers) {
      call = print_.value(*answer.when) + " ? " + print_.value(*answer.value) + " : " + call;
    }
    out_.line((function_.result == Result::kVoid ? "" : "const auto ret = ") + call + ";");
  }

  std::string success() const {
    if (function_.returns_pointer()) {
      return "ret != nullptr";
    }
    if (function_.result == Result::kNumber && function_.values.success != nullptr) {
      return "ret == " + value_text(function_.values.success);
    }
    return "true";
  }

  bool resizes() const { return avagen::resizes(function_); }

  // --- after the call ---
  bool success_is_used() const {
    for (const Parameter& parameter : function_.parameters) {
      const bool handle = parameter.kind == Kind::kOutHandle || parameter.kind == Kind::kOutHandles;
      const bool bytes = parameter.kind == Kind::kOut || parameter.kind == Kind::kInOut;
      if (handle || bytes || parameter.completes_later() || parameter.is_kept()) return true;
    }
    return function_.maps.has_value();
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
    if (function_.result == Result::kTable) emit_table_lookup(out_, function_);
    if (function_.mirrors) mirror();
    if (function_.maps) mapped();
    for (const Parameter& parameter : function_.parameters) handles(parameter);
    for (const Parameter& parameter : function_.parameters) completion(parameter);
    for (const Parameter& parameter : function_.parameters) keep(parameter);
    if (function_.maps) mapping_completes();
    for (const Parameter& parameter : function_.parameters) bytes(parameter);
    reply();
  }

  // Memory that cannot be noted nobody could free: that is done here.
  void mirror() {
    out_.line("const auto ret_id = call.mirror(ret, " + name(*function_.mirrors->size) + ");");
    std::vector<std::string> freed;
    for (const Parameter& parameter : function_.mirrors->free->parameters) {
      freed.push_back(parameter.unmirrors ? "ret" : argument(*function_.find(parameter.name)));
    }
    out_.line("if (ret_id == 0 && ret != nullptr) native." + function_.mirrors->free->name + "(" +
              joined(freed) + ");");
  }

  void mapped() {
    const std::string& object =
        function_.parameters[static_cast<size_t>(function_.maps->object)].name;
    const Maps& maps = *function_.maps;
    std::string native_box = maps.bytes == nullptr
                                 ? "marshal::rectangle(" + print_.value(maps.box->argument(0)) +
                                       ", " + print_.value(maps.box->argument(1)) + ", " +
                                       output_named(maps.row_pitch) + ", " +
                                       output_named(maps.slice_pitch) + ").box"
                                 : "marshal::one_row(" + print_.value(*maps.bytes) + ")";
    if (function_.maps_mirrored()) {
      const std::string memory = name(*function_.find(object));
      out_.line("const auto ret_mapping = call.mapped(success ? " + memory +
                " : nullptr, call.mirror_of(" + memory + "), request.ret_box(), " + native_box +
                ");");
      return;
    }
    out_.line("const auto ret_id = call.mapped(ret, request." + object + "(), request.ret_box(), " +
              native_box + ");");
  }

  std::string output_named(int index) const {
    return name(function_.parameters[static_cast<size_t>(index)]);
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
      if (function_.maps && function_.maps->until == static_cast<int>(parameter.index)) {
        condition = "success && call.wanted(" + number(parameter.index) + ")";
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
                       type_constant(*object.handle) + ", " + owned(parameter) + ");");
    }
  }

  void keep(const Parameter& parameter) {
    if (!parameter.is_kept()) return;
    std::string id = "ret_id";
    if (parameter.keeps >= 0) {
      const Parameter& object = function_.parameters[static_cast<size_t>(parameter.keeps)];
      id = object.kind == Kind::kHandle ? field(object) + "()" : object.name + "_id";
    }
    out_.line("if (success) call.keep(" + number(parameter.index) + ", " + id + ");");
  }

  // Is the object the server's, with the bytes of `parameter` as the last ones that wait for it?
  std::string owned(const Parameter& parameter) const {
    std::string condition = "!call.wanted(" + number(static_cast<unsigned>(parameter.until)) + ")";
    for (const Parameter& other : function_.parameters) {
      if (other.index > parameter.index && other.until == parameter.until) {
        condition += " && !" + other.name + "_later";
      }
    }
    return condition;
  }

  void mapping_completes() {
    if (function_.maps->until < 0) {
      out_.line("if (success) call.complete_now(request.ret_ref());");
      return;
    }
    const Parameter& object = function_.parameters[static_cast<size_t>(function_.maps->until)];
    out_.guarded("success && request.ret_ref() != nullptr",
                 "call.complete_with(request.ret_ref(), " + name(object) + ", " +
                     type_constant(*object.handle) + ", !call.wanted(" + number(object.index) +
                     "));");
  }

  std::string is_written(const Parameter& parameter) const {
    if (parameter.also_on.empty()) return "success";
    const std::string result =
        function_.error < 0 ? "ret"
                            : name(function_.parameters[static_cast<size_t>(function_.error)]);
    std::string text = "(success";
    for (const Expr* value : parameter.also_on)
      text += " || " + result + " == " + value_text(value);
    return text + ")";
  }

  void bytes(const Parameter& parameter) {
    if (parameter.kind != Kind::kOut && parameter.kind != Kind::kInOut) return;
    const std::string variable = name(parameter);
    const std::string bulk = out_bulk(parameter);
    std::string written = "0";
    if (parameter.written_from >= 0 || parameter.written_by_result) {
      const bool is_void = parameter.c.pointee->kind == CType::Kind::kVoid;
      const std::string all = print_.count(parameter);
      std::string amount;
      if (parameter.written_by_result) {
        // A result beyond what there is room for is no amount but an error.
        const std::string ret = "static_cast<uint64_t>(ret)";
        amount = "(" + ret + " <= " + all + " ? " + ret + " : 0)";
        if (!is_void) amount = print_.scaled(amount, parameter);
      } else {
        amount = written_variable(parameter);
        if (!is_void) {
          amount = print_.scaled("std::min<uint64_t>(" + amount + ", " + all + ")", parameter);
        }
        if (parameter.written_if_wanted) {
          const auto from = static_cast<unsigned>(parameter.written_from);
          amount = "(call.wanted(" + number(from) + ") ? " + amount + " : " +
                   print_.bytes(parameter) + ")";
        }
      }
      written = parameter.name + "_written";
      out_.line("const uint64_t " + written + " = " + is_written(parameter) + " && " + variable +
                " != nullptr ? " + amount + " : 0;");
      for (const Translation& translation : parameter.translations)
        translate(parameter, translation, written);
      for (const Edit& edit : parameter.edits) in_place(parameter, edit, written);
    } else if (!parameter.until_return) {
      const std::string now =
          is_written(parameter) + (parameter.until >= 0 ? " && !" + parameter.name + "_later" : "");
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
      // In the number's own width: C would clear the upper half of a wide one by a narrow mask.
      const std::string statement = edit.kind == Edit::Kind::kClearBits
                                        ? "server::clear_bits(&" + name(parameter) + ", sizeof " +
                                              name(parameter) + ", " + value + ");"
                                        : name(parameter) + " = " + value + ";";
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
    if (function_.maps_mirrored()) fields.push_back("ret_mapping");
    if (function_.result == Result::kNumber) {
      fields.push_back(to_wire(function_.header->result, "ret"));
    } else if (function_.returns_address()) {
      fields.push_back("ret_id");
    } else if (function_.result == Result::kTable) {
      fields.push_back("call.table_bytes(ret, {" + joined(table_words(function_)) + "})");
      fields.push_back("call.table_number(ret)");
    } else if (function_.result == Result::kRecord) {
      fields.push_back("call.value_bytes(ret)");
    } else if (fields.empty()) {
      fields.push_back("0");
    }
    out_.line(fixed ? "call.reply_fixed(" + reply_type(function_) + "(" + joined(fields) + "));"
                    : "call.reply_table(wire::Create" + function_.name + "_reply(" +
                          joined(fields) + "));");
  }

  Writer& out_;
  const Function& function_;
  ExpressionPrinter print_;
  std::set<unsigned> used_;
  const Type nothing_{};
};

}  // namespace

void emit_dispatcher(Writer& out, const Function& function) { Dispatcher(out, function).emit(); }

}  // namespace avagen
