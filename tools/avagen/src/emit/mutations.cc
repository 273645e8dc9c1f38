// Test data: for every parameter of which the router can say that a value is wrong, requests in
// which that one value is wrong and all others are right. tests/support/mutation.h has the
// vocabulary.
#include <cstdio>

#include "emit/emit.h"
#include "emit/expression.h"
#include "emit/values.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

std::string number(unsigned index) { return std::to_string(index); }

std::string hex(uint64_t value) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(value));
  return text;
}

// The type of a request's field in the Values struct.
std::string value_type(const Field& field, const Parameter* parameter) {
  if (field.type == "[ubyte]") return "std::vector<uint8_t>";
  if (field.type == "[ulong]") return "std::vector<uint64_t>";
  if (field.type == "ava.wire.Bulk") return "std::optional<ava::wire::Bulk>";
  if (field.type == "ava.wire.Box") return "ava::wire::Box";
  if (parameter != nullptr && parameter->kind == Kind::kNumber) return number_type(parameter->c);
  if (parameter != nullptr && parameter->given) return number_type(*parameter->c.pointee);
  return "uint64_t";
}

class Mutator {
 public:
  Mutator(Writer& out, const Function& function)
      : out_(out), function_(function), print_(Side::kTest, &function) {}

  // False if no value of this function can be wrong.
  bool emit() {
    Writer body(2);
    std::swap(body, out_);
    for (const Parameter& parameter : function_.parameters) mutate(parameter);
    if (function_.maps) {
      place(function_.parameters[static_cast<size_t>(function_.maps->object)], "ret_ref");
    }
    std::swap(body, out_);
    if (body.text().empty()) return false;
    values();
    out_.line();
    out_.open("void mutate_" + function_.name + "(Mutations& out) {");
    out_.line("using V = values_" + function_.name + ";");
    if (mentions(body.text(), "v")) out_.line("const V v;");
    out_.line("const Mutate<V> mutate(out, kFn_" + function_.name + ");");
    out_.verbatim(body.text());
    out_.close();
    return true;
  }

 private:
  // The check that a parameter's values alone decide; null: none.
  const Check* own_check(const Parameter& parameter) const {
    for (const Check& check : parameter.checks) {
      std::set<unsigned> names;
      collect(check.expression, function_, names);
      collect(check.condition, function_, names);
      if (check.condition == nullptr && names.size() == 1 && names.contains(parameter.index)) {
        return &check;
      }
    }
    return nullptr;
  }

  std::string check_name(const Parameter& parameter) const {
    return "check_" + function_.name + "_" + parameter.name;
  }

  // One member for each field of the request, each with a good value.
  void values() {
    uint64_t present = 0;
    out_.line();
    for (const Parameter& parameter : function_.parameters) {
      if (parameter.nonnull) present |= uint64_t{1} << parameter.index;
      const Check* check = own_check(parameter);
      if (check == nullptr || parameter.kind != Kind::kNumber) continue;
      const std::string text =
          ExpressionPrinter(Side::kServer, &function_).value(*check->expression);
      out_.line("bool " + check_name(parameter) + "(" + number_type(parameter.c) + " " +
                parameter.name + ") { return " + text + "; }");
    }
    out_.open("struct values_" + function_.name + " {");
    for (const Field& field : request_fields(function_)) {
      const Parameter* parameter = function_.find(field.name);
      std::string initial = "{}";
      if (field.name == "present") initial = " = " + hex(present);
      const bool structs = parameter != nullptr && parameter->kind == Kind::kGraph;
      if (parameter != nullptr && (parameter->by_value || (structs && parameter->nonnull))) {
        initial = good_struct(*parameter);
      }
      if (parameter != nullptr && parameter->kind == Kind::kNumber &&
          own_check(*parameter) != nullptr) {
        initial = " = good<" + number_type(parameter->c) + ">(" + check_name(*parameter) + ")";
      }
      out_.line(value_type(field, parameter) + " " + field.name + initial + ";");
    }
    body();
    out_.close("};");
  }

  // One by value is always there.
  static std::string good_struct(const Parameter& parameter) {
    if (parameter.kind == Kind::kIn) {
      return " = std::vector<uint8_t>(sizeof(" + parameter.element + "))";
    }
    return " = good_graph(" + shape_constant(*parameter.shape) + ", kShapes)";
  }

  void body() {
    const std::vector<Field> fields = request_fields(function_);
    const bool fixed = is_fixed(fields);
    std::vector<std::string> arguments;
    out_.open("Body body() const {");
    if (!fixed) {
      out_.line("flatbuffers::FlatBufferBuilder builder;");
      arguments.push_back("builder");
    }
    for (const Field& field : fields) {
      const Parameter* parameter = function_.find(field.name);
      if (field.type.front() == '[') {
        out_.line("const auto " + field.name + "_vector = builder.CreateVector(" + field.name +
                  ");");
        arguments.push_back(field.name + "_vector");
      } else if (field.type == "ava.wire.Box") {
        arguments.push_back("&" + field.name);
      } else if (field.type == "ava.wire.Bulk") {
        arguments.push_back(field.name + " ? &*" + field.name + " : nullptr");
      } else if (parameter != nullptr && parameter->kind == Kind::kNumber) {
        arguments.push_back(field.name);
      } else {
        arguments.push_back(field.name);
      }
    }
    out_.line(fixed ? "return body_of(" + request_type(function_) + "(" + joined(arguments) + "));"
                    : "return body_of(builder, wire::Create" + function_.name + "_request(" +
                          joined(arguments) + "));");
    out_.close();
  }

  // One wrong request: `changes` are statements over its values `m`. `loop`: what goes round it.
  void add(const Parameter& parameter, const std::vector<std::string>& changes,
           const std::string& loop = "") {
    const std::string head =
        "mutate(" + number(parameter.index) + (loop.empty() ? ", [](V& m) {" : ", [&](V& m) {");
    const std::string one = head + " " + joined(changes, "; ") + "; });";
    const size_t room = Writer::kColumns - 4;
    if (one.size() <= room) {
      if (loop.empty()) return out_.line(one);
      if (loop.size() + one.size() <= room) return out_.line(loop + " " + one);
    }
    if (!loop.empty()) out_.open(loop + " {");
    if (one.size() <= room) {
      out_.line(one);
    } else {
      out_.open(head);
      for (const std::string& change : changes) out_.line(change + ";");
      out_.close("});");
    }
    if (!loop.empty()) out_.close();
  }

  std::string present(const Parameter& parameter) const {
    return "m.present |= " + hex(uint64_t{1} << parameter.index);
  }

  void references(const Parameter& parameter, const std::string& field) {
    add(parameter, {present(parameter), "m." + field + " = wrong"},
        parameter.by_server
            ? "for (const auto& wrong : bad_places())"
            : "for (const auto& wrong : bad_references(" + print_.bytes(parameter) + "))");
  }

  // A reference whose size may be any.
  void place(const Parameter& parameter, const std::string& field) {
    add(parameter, {"m." + field + " = wrong"}, "for (const auto& wrong : bad_places())");
  }

  // The number parameter that alone is the length, if any value of it passes its own checks.
  const Parameter* plain_count(const Parameter& parameter) const {
    if (parameter.count == nullptr || parameter.by_server ||
        parameter.count->kind != Expr::Kind::kName) {
      return nullptr;
    }
    const Parameter* count = function_.find(parameter.count->text);
    return count != nullptr && count->checks.empty() ? count : nullptr;
  }

  void mutate(const Parameter& parameter) {
    const std::string field = "m." + parameter.name;
    const Parameter* count = plain_count(parameter);
    if (parameter.nonnull) {
      add(parameter, {"m.present &= ~uint64_t{" + hex(uint64_t{1} << parameter.index) + "}"});
    }
    switch (parameter.kind) {
      case Kind::kNumber:
        if (own_check(parameter) == nullptr) break;
        add(parameter, {field + " = wrong"},
            "for (const auto wrong : bad<" + number_type(parameter.c) + ">(" +
                check_name(parameter) + "))");
        break;
      case Kind::kHandle:
        add(parameter, {field + " = foreign_id(" + type_constant(*parameter.handle) + ")"});
        break;
      case Kind::kUnregistered:
        place(parameter, parameter.name + "_out");
        break;
      case Kind::kRegistered:
        if (!parameter.lent_in) break;
        [[fallthrough]];
      case Kind::kIn:
      case Kind::kInOut:
        references(parameter, parameter.name + "_ref");
        break;
      case Kind::kOut:
        references(parameter, parameter.name);
        break;
      case Kind::kMapped:
        place(parameter, parameter.name + "_ref");
        break;
      case Kind::kGraph: {
        if (count == nullptr && parameter.count->text != "1") break;
        std::vector<std::string> changes{present(parameter), field + " = wrong"};
        if (count != nullptr) changes.push_back("m." + count->name + " = 1");
        add(parameter, changes,
            "for (const auto& wrong : bad_graphs(" + shape_constant(*parameter.shape) +
                ", kShapes))");
        break;
      }
      case Kind::kString:
        add(parameter, {present(parameter), field + " = {'x'}"});
        break;
      case Kind::kStrings:
        if (count == nullptr) break;
        add(parameter, {present(parameter), "m." + count->name + " = 2", field + "_sizes = {0}"});
        break;
      case Kind::kInHandles:
        if (count == nullptr) break;
        add(parameter, {present(parameter), "m." + count->name + " = 2", field + " = {0}"});
        add(parameter, {present(parameter), "m." + count->name + " = 1",
                        field + " = {foreign_id(" + type_constant(*parameter.handle) + ")}"});
        break;
      case Kind::kOutHandles:
        if (count == nullptr) break;
        add(parameter, {present(parameter), "m." + count->name + " = marshal::kMaxList + 1"});
        break;
      case Kind::kProperties:
        add(parameter, {present(parameter), field + " = {1}"});
        for (const Entry& entry : parameter.entries) {
          add(parameter,
              {present(parameter), field + " = {" + value_text(entry.key) + ", foreign_id(" +
                                       type_constant(*entry.type) + ")}"});
        }
        break;
      default:
        break;
    }
  }

  Writer& out_;
  const Function& function_;
  ExpressionPrinter print_;
};

}  // namespace

std::string emit_mutations(const Emission& emission) {
  Writer all;
  std::vector<std::string> calls;
  for (const Function* function : emission.on_wire()) {
    if (Mutator(all, *function).emit()) calls.push_back("mutate_" + function->name);
  }
  Writer out;
  out.verbatim(emission.banner());
  out.line("#include <optional>");
  out.line();
  emission.header_lines(out);
  out.line();
  for (const std::string& name : {std::string("marshal/bounds.h"), std::string("mutation.h"),
                                  emission.api() + "_api.h", emission.api() + "_generated.h"}) {
    out.line("#include \"" + name + "\"");
  }
  out.line();
  out.line("namespace ava::" + emission.api() + " {");
  out.line("namespace {");
  out.line();
  usings(out, all.text(),
         {{"marshal::", {"saturating_add", "saturating_mul", "saturating_sub"}},
          {"tests::",
           {"bad", "bad_graphs", "bad_places", "bad_references", "Body", "body_of", "foreign_id",
            "good", "good_graph", "Mutate", "Mutations"}}});
  out.verbatim(all.text());
  out.line();
  out.line("}  // namespace");
  out.line("}  // namespace ava::" + emission.api());
  out.line();
  out.open("ava::tests::Mutations ava::tests::mutations() {");
  out.line("Mutations out;");
  for (const std::string& call : calls) {
    out.line(emission.api() + "::" + call + "(out);");
  }
  out.line("return out;");
  out.close();
  return out.text();
}

}  // namespace avagen
