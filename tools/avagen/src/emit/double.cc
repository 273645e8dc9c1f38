// For fuzzers: what each request consists of, and a library in the native one's place that touches
// all memory that a call entitles it to, and insists on live objects. tests/fuzz/double.h has the
// vocabulary.
#include <algorithm>
#include <set>

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;
using Result = Function::Result;

std::string name(const Parameter& parameter) { return local(parameter, Side::kGuest); }

// What expressions may call in the server only, this file cannot.
class Callable {
 public:
  // `helpers`: what is written for all sides.
  explicit Callable(std::string helpers) : helpers_(std::move(helpers)) {}
  bool operator()(const Expr& expression) const {
    if (expression.kind == Expr::Kind::kCall && !mentions(helpers_, expression.text)) return false;
    return std::all_of(expression.arguments.begin(), expression.arguments.end(), *this);
  }

 private:
  std::string helpers_;
};

// --- what requests consist of ---

std::string field_row(const Field& field, const std::string& type) {
  static const std::vector<std::pair<std::string, std::string>> kKinds{
      {"[ubyte]", "kBytes"},    {"[ulong]", "kWords"},    {"ava.wire.Bulk", "kBulk"},
      {"ava.wire.Box", "kBox"}, {"ulong", "kNumber, 8"},  {"long", "kNumber, 8"},
      {"double", "kNumber, 8"}, {"uint", "kNumber, 4"},   {"int", "kNumber, 4"},
      {"float", "kNumber, 4"},  {"ushort", "kNumber, 2"}, {"short", "kNumber, 2"}};
  std::string kind = "kNumber, 1";
  for (const auto& [wire, text] : kKinds) {
    if (field.type == wire) kind = text;
  }
  if (kind.starts_with("kNumber") || type.empty()) {
    return "{Field::" + kind + (type.empty() ? "}" : ", " + type + "}");
  }
  return "{Field::" + kind + ", 0, " + type + "}";
}

// Whose ids a field holds; empty: nobody's.
std::string type_of(const Field& field, const Function& function) {
  for (const Parameter& parameter : function.parameters) {
    if (parameter.name == field.name && parameter.handle != nullptr) {
      return type_constant(*parameter.handle);
    }
    if (parameter.name + "_id" == field.name && !parameter.maybe.empty()) {
      return type_constant(*parameter.maybe.front());
    }
  }
  return "";
}

// The type of the ids that a guest may make for its results.
std::string made_type(const Function& function) {
  if (function.result_type != nullptr && function.allocates) {
    return type_constant(*function.result_type);
  }
  for (const Parameter& parameter : function.parameters) {
    if (parameter.allocates) return type_constant(*parameter.handle);
  }
  return "0";
}

// The field that says how much memory is allocated to be mirrored; 0, which is none's: no such
// memory.
size_t mirrored_size(const Function& function, const std::vector<Field>& fields) {
  if (!function.mirrors) return 0;
  const auto at = std::find_if(fields.begin(), fields.end(), [&](const Field& field) {
    return field.name == function.mirrors->size->name;
  });
  return static_cast<size_t>(at - fields.begin());
}

bool unmirrors(const Function& function) {
  return std::any_of(
      function.parameters.begin(), function.parameters.end(), [](const Parameter& parameter) {
        const auto& elements = parameter.mirrored_elements;
        return parameter.unmirrors || std::any_of(elements.begin(), elements.end(),
                                                  [](const auto& one) { return one.unmirrors; });
      });
}

void requests(Writer& out, const Emission& emission) {
  std::vector<std::string> rows;
  for (const Function* function : emission.on_wire()) {
    const std::vector<Field> fields = request_fields(*function);
    std::vector<std::string> texts;
    for (const Field& field : fields) texts.push_back(field_row(field, type_of(field, *function)));
    out.table("constexpr Field kRequest_" + function->name + "[]", texts);
    char mask[32];
    std::snprintf(mask, sizeof mask, "0x%llx",
                  static_cast<unsigned long long>(pointer_mask(*function)));
    rows.push_back(
        "{\"" + function->name + "\", " + (is_fixed(fields) ? "true" : "false") + ", " + mask +
        ", " + made_type(*function) + ", " + std::to_string(mirrored_size(*function, fields)) +
        ", " + (unmirrors(*function) ? "true" : "false") + ", kRequest_" + function->name + "},");
  }
  out.line();
  out.open_list("constexpr Request kRequests[]");
  for (const std::string& row : rows) out.line(row);
  out.close_list();
}

// --- the library ---

class Double {
 public:
  Double(Writer& out, const Emission& emission, const Callable& callable, const Function& function)
      : out_(out),
        emission_(emission),
        callable_(callable),
        function_(function),
        print_(Side::kGuest, &function) {}

  void emit() {
    std::vector<std::string> parameters;
    for (const Parameter& parameter : function_.declared()) {
      parameters.push_back("[[maybe_unused]] " + parameter.c.declare(name(parameter)));
    }
    out_.line();
    out_.open("extern \"C\" AVA_EXPORT " +
              function_.header->result.declare(function_.native + "(" + joined(parameters) + ")") +
              " {");
    out_.line("Double call(\"" + function_.name + "\");");
    // What the guest computed nobody told the library: it touches nothing of that size.
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.implicit == nullptr) continue;
      out_.line("[[maybe_unused]] const " + parameter.c.declare(name(parameter)) + "{};");
    }
    for (const Type* type : emission_.handles()) {
      query(type->reference_count, "references");
      query(type->completion, "completion");
    }
    for (const Parameter& parameter : function_.parameters) before(parameter);
    if (can_fail()) fail();
    for (const Parameter& parameter : function_.parameters) objects(parameter);
    for (const Parameter& parameter : function_.parameters) after(parameter);
    for (const Parameter& parameter : function_.parameters) callback(parameter);
    result();
    out_.close();
  }

 private:
  static std::string type_of(const Parameter& parameter) {
    return type_constant(*parameter.handle);
  }

  const Parameter& at(int index) const { return function_.parameters[static_cast<size_t>(index)]; }

  // What the object table asks this function about an object.
  void query(const Expr* expression, const std::string& answer) {
    if (expression == nullptr || expression->kind != Expr::Kind::kCall) return;
    if (function_.parameters.empty()) return;
    const std::vector<Expr>& arguments = expression->arguments;
    const std::string value = "call." + answer + "(" + name(function_.parameters[0]) + ")";
    if (expression->text == function_.name) {
      out_.line("return static_cast<" + function_.header->result.spelling + ">(" + value + ");");
      return;
    }
    if (expression->text != "query" || arguments[0].text != function_.name) return;
    out_.open("if (" + name(function_.parameters[1]) + " == " + arguments[1].text + ") {");
    out_.line("call.answer<" + arguments[2].text + ">(" + value + ", " +
              name(function_.parameters[2]) + ", " + name(function_.parameters[3]) + ", " +
              name(function_.parameters[4]) + ");");
    out_.line("return " + value_text(function_.values.success) + ";");
    out_.close();
  }

  static std::string pointer(const Parameter& parameter) {
    return (parameter.by_value ? "&" : "") + name(parameter);
  }

  // Where the server alone can say how much there is, one byte is certain.
  std::string bytes(const Parameter& parameter) const {
    if (parameter.box) return rectangle(*parameter.box);
    if (parameter.count == nullptr || !callable_(*parameter.count)) return "1";
    return print_.computed_bytes(parameter);
  }

  std::string rectangle(const BoxSpec& box) const {
    const std::vector<Expr>& parts = box.annotation->arguments;
    if (!std::all_of(parts.begin(), parts.end(), callable_)) return "1";
    std::vector<std::string> arguments;
    for (const Expr& part : parts) arguments.push_back(print_.value(part));
    const std::string place = "marshal::rectangle(" + joined(arguments) + ")";
    if (box.condition == nullptr) return "call.extent(" + place + ")";
    if (!callable_(*box.condition)) return "1";
    return "call.extent(" + print_.value(*box.condition) + " ? " + place +
           " : marshal::Rectangle())";
  }

  // The object that says when bytes are through; empty: they are through with the call.
  std::string until(const Parameter& parameter) const {
    if (parameter.until < 0) return "";
    const std::string object = name(at(parameter.until));
    const std::string later = object + " != nullptr ? *" + object + " : nullptr";
    if (function_.sync_when == nullptr) return later;
    return print_.negated(*function_.sync_when) + " && " + later;
  }

  void before(const Parameter& parameter) {
    const std::string argument = name(parameter);
    switch (parameter.kind) {
      case Kind::kHandle:
        out_.line("call.object(" + argument + ", " + type_of(parameter) + ");");
        break;
      case Kind::kInHandles:
        out_.line("call.objects(" + argument + ", " + print_.count(parameter) + ", " +
                  type_of(parameter) + ");");
        break;
      case Kind::kIn:
      case Kind::kInOut:
        out_.line("call.reads(" + pointer(parameter) + ", " + bytes(parameter) + ");");
        for (const MirroredElements& one : parameter.mirrored_elements) {
          addresses(parameter, one, "all_mirrored");
        }
        break;
      case Kind::kGraph:
        out_.line("call.graph(" + pointer(parameter) + ", " + print_.count(parameter) + ", " +
                  shape_constant(*parameter.shape) + ", kShapes);");
        break;
      case Kind::kOutNumber:
        if (parameter.given) out_.line("call.reads(" + argument + ", sizeof *" + argument + ");");
        break;
      case Kind::kString:
        out_.line("call.string(" + argument + ");");
        break;
      case Kind::kStrings:
        out_.line("call.strings(reinterpret_cast<const void* const*>(" + argument + "), " +
                  print_.count(parameter) + ", " +
                  (parameter.lengths == nullptr ? "nullptr" : name(*parameter.lengths)) + ");");
        break;
      case Kind::kProperties:
        out_.line("call.list(" + argument + ", " + entries_name(function_, parameter.index, 0) +
                  ");");
        break;
      case Kind::kRegistered:
        out_.line("call.reads(" + argument + ", " + bytes(parameter) + ");");
        if (parameter.lent_out) {
          out_.line("call.writes(" + argument + ", " + bytes(parameter) + ");");
        }
        break;
      case Kind::kMapped:
        out_.line(parameter.mirrored ? "call.mirrored(" + argument + ", 0);"
                                     : "call.unmaps(" + argument + ");");
        break;
      case Kind::kMirrored:
        out_.line("call.mirrored(" + argument + ", " +
                  (parameter.count == nullptr ? "0" : bytes(parameter)) + ");");
        break;
      default:
        break;
    }
  }

  // The elements of a list, where they are addresses in mirrored memory.
  void addresses(const Parameter& parameter, const MirroredElements& one,
                 const std::string& method) {
    const std::string statement =
        "call." + method + "(" + name(parameter) + ", " + bytes(parameter) + ");";
    if (one.condition == nullptr) return out_.line(statement);
    if (callable_(*one.condition)) out_.guarded(print_.value(*one.condition), statement);
  }

  bool can_fail() const {
    return function_.result == Result::kHandle || function_.result == Result::kMapped ||
           function_.result == Result::kMirrored ||
           (function_.result == Result::kNumber && function_.values.success != nullptr);
  }

  // What the library says of a failure.
  static std::string failure(const Values& values, const CType& c) {
    for (const Expr* value :
         {values.exhausted, values.refused, values.lost, values.unsupported, values.invalid}) {
      if (value != nullptr) return value_text(value);
    }
    return value_or(nullptr, c);
  }

  void fail() {
    const bool is_number = function_.result == Result::kNumber;
    const std::string leave =
        "return " + (is_number ? failure(function_.values, function_.header->result) : "nullptr") +
        ";";
    if (function_.error < 0) return out_.line("if (!call.succeeds()) " + leave);
    const Parameter& error = at(function_.error);
    out_.open("if (!call.succeeds()) {");
    out_.guarded(
        name(error) + " != nullptr",
        "*" + name(error) + " = " + failure(function_.error_values, *error.c.pointee) + ";");
    out_.line(leave);
    out_.close();
  }

  // How many elements a number says were written; empty: it says nothing of the kind.
  std::string said_by(const Parameter& parameter) const {
    for (const Parameter& other : function_.parameters) {
      if (other.written_from == static_cast<int>(parameter.index) && other.count != nullptr &&
          callable_(*other.count)) {
        return name(other) + " != nullptr ? call.at_least(" + print_.count(other) +
               ") : call.number()";
      }
    }
    return "call.number()";
  }

  void objects(const Parameter& parameter) {
    const std::string argument = name(parameter);
    if (parameter.retains) out_.line("call.retains(" + argument + ");");
    if (parameter.deallocates) out_.line("call.releases(" + argument + ");");
    if (parameter.unmirrors) out_.line("call.unmirrors(" + argument + ");");
    for (const MirroredElements& one : parameter.mirrored_elements) {
      if (one.unmirrors) addresses(parameter, one, "all_unmirrors");
    }
    if (parameter.kind != Kind::kOutHandle && parameter.kind != Kind::kOutHandles) return;
    const bool is_list = parameter.count != nullptr && callable_(*parameter.count);
    out_.line("call.gives(" + argument + ", " + (is_list ? print_.count(parameter) : "1") + ", " +
              type_of(parameter) + ", " + (parameter.allocates ? "true" : "false") + ");");
  }

  void after(const Parameter& parameter) {
    const std::string argument = name(parameter);
    switch (parameter.kind) {
      case Kind::kOutNumber: {
        const std::string element = parameter.c.pointee->spelling;
        const std::string value = function_.error == static_cast<int>(parameter.index)
                                      ? value_or(function_.error_values.success, "0")
                                      : "static_cast<" + element + ">(" + said_by(parameter) + ")";
        out_.guarded(argument + " != nullptr", "*" + argument + " = " + value + ";");
        break;
      }
      case Kind::kIn:
        if (parameter.until >= 0) {
          out_.line("call.reads_until(" + until(parameter) + ", " + argument + ", " +
                    bytes(parameter) + ");");
        }
        break;
      case Kind::kOut:
      case Kind::kInOut:
        written(parameter);
        break;
      case Kind::kGraph:
        if (!parameter.comes_back) break;
        out_.line("call.changes(" + argument + ", " + print_.count(parameter) + ", " +
                  shape_constant(*parameter.shape) + ", kShapes);");
        break;
      default:
        break;
    }
  }

  void written(const Parameter& parameter) {
    const std::string argument = name(parameter);
    const std::string size = bytes(parameter);
    if (parameter.until_return) {
      out_.line("const auto made = call.made(" + type_constant(*function_.result_type) + ");");
      out_.line("call.writes_until(made, " + argument + ", " + size + ");");
      return;
    }
    if (parameter.until >= 0) {
      out_.line("call.writes_until(" + until(parameter) + ", " + argument + ", " + size + ");");
      return;
    }
    out_.line("call.writes(" + argument + ", " + size + ");");
    for (const Translation& translation : parameter.translations) {
      std::string statement = "call.writes_empty_list(" + argument + ", " + size + ");";
      if (translation.type != nullptr) {
        statement = "call.writes_handles(" + argument + ", " + size + ", " +
                    type_constant(*translation.type) + ");";
      } else if (translation.entries.empty()) {
        continue;
      }
      if (translation.condition == nullptr) {
        out_.line(statement);
      } else {
        out_.guarded(print_.value(*translation.condition), statement);
      }
    }
  }

  // What it is called with.
  std::string arguments_of(const Callback& callback, const std::string& user_data) const {
    std::vector<std::string> arguments;
    for (const Parameter& one : callback.parameters) {
      if (static_cast<int>(one.index) == callback.user_data) {
        arguments.push_back(user_data);
      } else if (one.kind == Kind::kHandle) {
        arguments.push_back(same_object(*one.handle, one.c));
      } else if (one.kind == Kind::kString) {
        arguments.push_back("\"said\"");
      } else {
        arguments.push_back("{}");
      }
    }
    return "(" + joined(arguments) + ");";
  }

  // Those in the structs of a parameter's own.
  void struct_callbacks(const Parameter& parameter) {
    if (parameter.shape->record == nullptr) return;
    std::set<const Callback*> called;
    for (const StructField& field : parameter.shape->record->fields) {
      if (field.callback == nullptr || !called.insert(field.callback).second) continue;
      const std::string call = "call_" + field.callback->name;
      out_.open("const auto " + call + " = [&](void* function, void* user_data) {");
      out_.line("reinterpret_cast<" + field.callback->c_type + ">(function)" +
                arguments_of(*field.callback, "user_data"));
      out_.close("};");
      out_.line("call.calls_back(" + pointer(parameter) + ", " + print_.count(parameter) + ", " +
                shape_constant(*parameter.shape) + ", kShapes, kUp_" + field.callback->name + ", " +
                call + ");");
    }
  }

  void callback(const Parameter& parameter) {
    if (parameter.kind == Kind::kGraph) return struct_callbacks(parameter);
    if (parameter.kind != Kind::kCallback || parameter.callback == nullptr) return;
    const std::string user_data =
        parameter.user_data < 0 ? "nullptr" : name(at(parameter.user_data));
    const std::string statement = name(parameter) + arguments_of(*parameter.callback, user_data);
    if (parameter.destroyed < 0) {
      out_.guarded(name(parameter) + " != nullptr", statement);
      return;
    }
    out_.open("if (" + name(parameter) + " != nullptr) {");
    out_.line("call.at_the_end(" + name(at(parameter.destroyed)) + ", [=] { " + statement + " });");
    out_.close();
  }

  // The call's own object of that type.
  std::string same_object(const Type& type, const CType& c) const {
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.kind == Kind::kHandle && parameter.handle == &type) return name(parameter);
    }
    return "static_cast<" + c.spelling + ">(nullptr)";
  }

  void result() {
    const std::string& spelling = function_.header->result.spelling;
    switch (function_.result) {
      case Result::kVoid:
        return;
      case Result::kNumber:
        for (const Parameter& parameter : function_.parameters) {
          if (!parameter.written_by_result) continue;
          return out_.line("return " + name(parameter) + " != nullptr ? static_cast<" + spelling +
                           ">(" + print_.count(parameter) + ") : 0;");
        }
        return out_.line(
            "return " +
            value_or(function_.values.success, "static_cast<" + spelling + ">(call.number())") +
            ";");
      case Result::kHandle: {
        const bool is_made =
            std::any_of(function_.parameters.begin(), function_.parameters.end(),
                        [](const Parameter& parameter) { return parameter.until_return; });
        const std::string type = type_constant(*function_.result_type);
        const std::string object =
            is_made
                ? "made"
                : std::string("call.") + (function_.allocates ? "made(" : "found(") + type + ")";
        return out_.line("return static_cast<" + spelling + ">(" + object + ");");
      }
      case Result::kMapped:
        if (function_.maps->bytes == nullptr) return out_.line("return nullptr;");
        return out_.line("return static_cast<" + spelling + ">(call.maps(" +
                         print_.value(*function_.maps->bytes) + "));");
      case Result::kMirrored:
        return out_.line("return static_cast<" + spelling + ">(call.mirrors(" +
                         name(*function_.mirrors->size) + "));");
      case Result::kRecord:
      case Result::kTable:
      case Result::kText:
      case Result::kOther:
        return out_.line("return {};");
    }
  }

  Writer& out_;
  const Emission& emission_;
  const Callable& callable_;
  const Function& function_;
  ExpressionPrinter print_;
};

// By the names that the library gives them, each once: what is on the wire first.
std::vector<const Function*> library_functions(const Emission& emission) {
  std::vector<const Function*> all = emission.on_wire();
  for (const Function& function : emission.model().functions) {
    if (function.covered() && !function.on_wire()) all.push_back(&function);
  }
  std::set<std::string> names;
  std::erase_if(all, [&](const Function* one) { return !names.insert(one->native).second; });
  return all;
}

}  // namespace

std::string emit_double(const Emission& emission) {
  Writer helpers;
  for (uint32_t chapter = 0; chapter < emission.model().spec->chapters.size(); ++chapter) {
    emission.verbatim(helpers, "both", chapter);
  }
  const Callable callable(helpers.text());
  Writer tables;
  requests(tables, emission);
  Writer library;
  for (const Function* function : library_functions(emission)) {
    Double(library, emission, callable, *function).emit();
    entry_tables(tables, *function, library.text());
  }

  Writer out;
  out.verbatim(emission.banner());
  emission.header_lines(out);
  out.line();
  out.line("#include \"double.h\"");
  out.line("#include \"" + emission.api() + "_api.h\"");
  deprecated(out, emission);
  if (!helpers.text().empty()) out.line("#pragma GCC diagnostic ignored \"-Wunused-function\"");
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line("namespace {");
  out.line();
  usings(out, tables.text() + library.text() + helpers.text(),
         {{"fuzz::", {"Double", "Field", "Request"}},
          {"marshal::", {"saturating_add", "saturating_mul", "saturating_sub"}}});
  out.line();
  out.verbatim(tables.text());
  out.verbatim(helpers.text());
  out.line();
  out.line("}  // namespace");
  out.verbatim(library.text());
  out.line();
  out.line("}  // namespace ava::" + emission.api());
  out.line();
  out.line("extern \"C\" AVA_EXPORT const ava::fuzz::Api ava_fuzz_api;");
  out.line("const ava::fuzz::Api ava_fuzz_api = {ava::" + emission.api() + "::kRequests};");
  return out.text();
}

// What the linker is told, so that the server module finds the double in the library's place.
std::string emit_double_link(const Emission& emission) {
  return "-Wl,-soname," + emission.model().spec->library + "\n";
}

}  // namespace avagen
