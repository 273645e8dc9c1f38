#include "emit/outcome.h"

#include "emit/expression.h"
#include "emit/function_table.h"
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

class Outcome {
 public:
  Outcome(Writer& out, const Function& function, const ServedArgument& argument)
      : out_(out), function_(function), argument_(argument), print_(Side::kServer, &function) {}

  void emit() {
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
    for (const Parameter& parameter : function_.parameters) lent(parameter);
    reply();
  }

 private:
  bool success_is_used() const {
    for (const Parameter& parameter : function_.parameters) {
      const bool handle = parameter.kind == Kind::kOutHandle || parameter.kind == Kind::kOutHandles;
      const bool bytes = parameter.kind == Kind::kOut || parameter.kind == Kind::kInOut ||
                         (parameter.kind == Kind::kGraph && parameter.is_output());
      const bool lent =
          parameter.kind == Kind::kRegistered || parameter.kind == Kind::kUnregistered;
      if (handle || bytes || lent || parameter.completes_later() || parameter.is_kept())
        return true;
    }
    return function_.maps.has_value();
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

  // Memory that cannot be noted nobody could free: that is done here.
  void mirror() {
    out_.line("const auto ret_id = call.mirror(ret, " + name(*function_.mirrors->size) + ");");
    std::vector<std::string> freed;
    for (const Parameter& parameter : function_.mirrors->free->parameters) {
      freed.push_back(parameter.unmirrors ? "ret" : argument_(*function_.find(parameter.name)));
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

  static std::string bulk_of(const Parameter& parameter) {
    return parameter.kind == Kind::kIn ? field(parameter) + "_ref()" : out_bulk(parameter);
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

  void lent(const Parameter& parameter) {
    const std::string place = number(parameter.index) + ", success";
    if (parameter.kind == Kind::kRegistered) {
      out_.line("const auto " + parameter.name + "_number = call.registered(" +
                print_.bytes(parameter) + ", " + place + ");");
      out_.line("if (call.failed()) return;");
    } else if (parameter.kind == Kind::kUnregistered) {
      out_.line("const auto " + parameter.name + "_bytes = call.unregistered(" + field(parameter) +
                "_out(), " + place + ");");
      out_.line("if (call.failed()) return;");
    }
  }

  // What the library changed in structs, and where they lead to.
  void structs(const Parameter& parameter) {
    const std::string back = "(" + parameter.name + "_back, " + is_written(parameter);
    if (parameter.comes_back) {
      out_.line("const auto " + parameter.name + "_structs = call.graph_structs" + back + ");");
    }
    if (parameter.written_behind) {
      out_.line("const auto " + parameter.name + "_output = call.graph_output" + back + ", " +
                (parameter.comes_back ? "true" : "false") + ");");
    }
  }

  void bytes(const Parameter& parameter) {
    if (parameter.kind == Kind::kGraph) return structs(parameter);
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
        // Libraries may write what there is room for, and say how much there would be.
        if (is_void) {
          amount = "call.held(" + bulk + ", " + amount + ")";
        } else {
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
        case Kind::kRegistered:
          fields.push_back(parameter.name + "_number");
          break;
        case Kind::kUnregistered:
          fields.push_back(parameter.name + "_bytes");
          break;
        case Kind::kGraph:
          if (parameter.comes_back) fields.push_back(parameter.name + "_structs");
          if (parameter.written_behind) fields.push_back(parameter.name + "_output");
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
    } else if (function_.result == Result::kText) {
      fields.push_back("call.text_bytes(ret)");
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
  const ServedArgument& argument_;
  ExpressionPrinter print_;
  const Type nothing_{};
};

}  // namespace

void emit_outcome(Writer& out, const Function& function, const ServedArgument& argument) {
  Outcome(out, function, argument).emit();
}

}  // namespace avagen
