#include "emit/expression.h"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "expressions.h"
#include "record.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

constexpr int kPrimary = 11;

int precedence(std::string_view op) {
  static constexpr std::array<std::pair<std::string_view, int>, 18> kTable{{
      {"||", 1},
      {"&&", 2},
      {"|", 3},
      {"^", 4},
      {"&", 5},
      {"==", 6},
      {"!=", 6},
      {"<", 7},
      {">", 7},
      {"<=", 7},
      {">=", 7},
      {"<<", 8},
      {">>", 8},
      {"+", 9},
      {"-", 9},
      {"*", 10},
      {"/", 10},
      {"%", 10},
  }};
  for (const auto& [symbol, level] : kTable) {
    if (symbol == op) return level;
  }
  return kPrimary;
}

// Needed by the grammar, or where compilers warn that readers may err: && in ||, and anything in
// & | ^ or a shift.
bool wants_parentheses(int inner, int outer, bool right) {
  if (inner < outer || (right && inner == outer) || (outer == 1 && inner == 2)) return true;
  const bool bits = (outer >= 3 && outer <= 5) || outer == 8;
  return bits && inner != outer;
}

}  // namespace

std::string local(const Parameter& parameter, Side side) {
  static constexpr std::array<std::string_view, 4> kGuest{"call", "reply", "request", "success"};
  static constexpr std::array<std::string_view, 5> kRouter{"body", "context", "request", "present",
                                                           "e"};
  static constexpr std::array<std::string_view, 6> kServer{"call",    "request", "ret",
                                                           "success", "native",  "load"};
  std::span<const std::string_view> names = kGuest;
  if (side == Side::kRouter) names = kRouter;
  if (side == Side::kServer) names = kServer;
  const bool taken = std::find(names.begin(), names.end(), parameter.name) != names.end();
  return taken ? parameter.name + "_" : parameter.name;
}

std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

void collect(const Expr* expression, const Function& function, std::set<unsigned>& parameters) {
  if (expression == nullptr) return;
  if (expression->kind == Expr::Kind::kName) {
    const Parameter* parameter = function.find(expression->text);
    if (parameter != nullptr) parameters.insert(parameter->index);
  }
  for (const Expr& argument : expression->arguments) collect(&argument, function, parameters);
}

bool ExpressionPrinter::is_constant(const Expr& expression) const {
  if (expression.kind == Expr::Kind::kName) {
    if (record_ != nullptr) return !find_field(*record_->record, prefix_ + expression.text);
    return function_ == nullptr || function_->find(expression.text) == nullptr;
  }
  if (expression.kind == Expr::Kind::kIndex || expression.kind == Expr::Kind::kCall) return false;
  return std::all_of(expression.arguments.begin(), expression.arguments.end(),
                     [&](const Expr& argument) { return is_constant(argument); });
}

std::string ExpressionPrinter::negated(const Expr& expression) const {
  return print({Expr::Kind::kUnary, expression.span, "!", {expression}}, kPrimary);
}

std::string ExpressionPrinter::size(const Expr& amount, const Expr* condition) const {
  if (condition == nullptr) return print(amount, 0);
  return print(*condition, 1) + " ? " + print(amount, 1) + " : 0";
}

std::string ExpressionPrinter::scaled(const std::string& elements,
                                      const Parameter& parameter) const {
  if (parameter.target().kind == CType::Kind::kVoid || parameter.element_size == 1) {
    return elements;
  }
  const std::string one = "sizeof(" + parameter.element + ")";
  return elements == "1" ? one : "saturating_mul(" + elements + ", " + one + ")";
}

std::string ExpressionPrinter::bytes(const Parameter& parameter) const {
  if (parameter.by_server && side_ == Side::kGuest) return parameter.name + "_size";
  if (parameter.by_server && side_ == Side::kServer) {
    return "server::size_of(request." + parameter.name + "()" +
           (parameter.kind == Kind::kIn ? ", request." + parameter.name + "_ref())" : ")");
  }
  return computed_bytes(parameter);
}

std::string ExpressionPrinter::computed_bytes(const Parameter& parameter) const {
  return scaled(count(parameter), parameter);
}

// A number that a guest wrote: as an integer that holds whatever it is.
std::string integer_type(const CType& c) {
  if (c.kind != CType::Kind::kEnum && c.kind != CType::Kind::kBool) return c.spelling;
  return (c.is_signed ? "int" : "uint") + std::to_string(8 * c.size) + "_t";
}

std::string ExpressionPrinter::name(const Expr& expression) const {
  if (!object_.empty() && expression.text == "object") return object_;
  if (!live_.empty() && expression.text == "live") return live_;
  if (record_ != nullptr) {
    if (const auto found = find_field(*record_->record, prefix_ + expression.text)) {
      return "number_at<" + integer_type(found->field->type) + ">(s, offsetof(" +
             record_->c.spelling + ", " + prefix_ + expression.text + "))";
    }
  }
  const Parameter* parameter = function_ == nullptr ? nullptr : function_->find(expression.text);
  if (parameter == nullptr) return expression.text == "NULL" ? "nullptr" : expression.text;
  if (side_ == Side::kTest) {
    return parameter->is_pointer() ? "(v.present >> " + std::to_string(parameter->index) + " & 1)"
                                   : "v." + parameter->name;
  }
  if (side_ == Side::kRouter && parameter->is_pointer()) {
    return "is_present(present, " + std::to_string(parameter->index) + ")";
  }
  if (side_ == Side::kRouter && parameter->kind == Kind::kHandle) {
    return "request->" + parameter->name + "()";
  }
  return local(*parameter, side_);
}

// What an input points to, or 0 where the application gave none.
std::string ExpressionPrinter::dereferenced(const Expr& array, const std::string& index,
                                            int outer) const {
  const Parameter* parameter = function_ == nullptr ? nullptr : function_->find(array.text);
  if (parameter == nullptr) return print(array, kPrimary) + "[" + index + "]";
  if (parameter->given && side_ == Side::kTest) return "v." + parameter->name;
  if (parameter->given && side_ == Side::kRouter) return "request->" + parameter->name + "()";
  if (side_ == Side::kRouter) {
    return "element<" + parameter->element + ">(request->" + parameter->name + "(), " + index + ")";
  }
  if (side_ == Side::kTest) return "0";  // the request holds no bytes
  const std::string pointer = local(*parameter, side_);
  // The server's local.
  if (parameter->kind == Kind::kOutNumber && side_ == Side::kServer) return pointer;
  const std::string text = pointer + " != nullptr ? " + pointer + "[" + index + "] : 0";
  return outer == 0 ? text : "(" + text + ")";
}

// p == NULL, which for the router is a bit. Of a callback, the server knows a number.
std::string ExpressionPrinter::null_comparison(const Expr& expression) const {
  if (side_ == Side::kGuest || function_ == nullptr) return {};
  if (expression.text != "==" && expression.text != "!=") return {};
  for (size_t i = 0; i < 2; ++i) {
    const Expr& other = expression.arguments[1 - i];
    const Parameter* parameter = function_->find(other.text);
    if (expression.arguments[i].text != "NULL" || parameter == nullptr) continue;
    if (parameter->kind == Kind::kCallback && side_ == Side::kServer) {
      return std::string(expression.text == "==" ? "!" : "") + "Call::calls_back(request." +
             parameter->name + "())";
    }
    if (side_ == Side::kServer) return {};
    if (parameter->kind == Kind::kHandle) return name(other) + " " + expression.text + " 0";
    return (expression.text == "==" ? "!" : "") + name(other);
  }
  return {};
}

// Of the application's pointer, the others know what the request says of its bytes.
std::string ExpressionPrinter::mirrored(const Parameter& parameter) const {
  const std::string field = parameter.name + (parameter.kind == Kind::kIn ? "_ref()" : "()");
  if (side_ == Side::kGuest) return "guest::is_mirrored(" + local(parameter, side_) + ")";
  if (side_ == Side::kRouter) return "is_mirrored(request->" + field + ")";
  if (side_ == Side::kServer) return "server::is_mirrored(request." + field + ")";
  return "false";
}

std::string ExpressionPrinter::call(const Expr& expression) const {
  if (is_mirrored_question(expression) && function_ != nullptr) {
    return mirrored(*function_->find(expression.arguments[0].text));
  }
  std::vector<std::string> arguments;
  std::string text = expression.text + "(";
  // In a type's expressions the native library is called.
  if (!object_.empty()) text = "native." + text;
  for (const Expr& argument : expression.arguments) {
    if (&argument != &expression.arguments.front()) text += ", ";
    text += print(argument, 0);
  }
  return text + ")";
}

std::string ExpressionPrinter::print(const Expr& expression, int outer, bool right) const {
  const std::vector<Expr>& arguments = expression.arguments;
  switch (expression.kind) {
    case Expr::Kind::kNumber:
    case Expr::Kind::kType:
      return expression.text;
    case Expr::Kind::kString:
      return quoted(expression.text);
    case Expr::Kind::kName:
      return name(expression);
    case Expr::Kind::kSizeof:
      return "sizeof(" + expression.text + ")";
    case Expr::Kind::kCast:
      return "static_cast<" + expression.text + ">(" + print(arguments[0], 0) + ")";
    case Expr::Kind::kCall:
      return call(expression);
    case Expr::Kind::kIndex:
      return dereferenced(arguments[0], print(arguments[1], 0), outer);
    case Expr::Kind::kUnary:
      if (expression.text == "*") return dereferenced(arguments[0], "0", outer);
      if (arguments[0].kind == Expr::Kind::kBinary || arguments[0].kind == Expr::Kind::kTernary) {
        return expression.text + "(" + print(arguments[0], 0) + ")";
      }
      return expression.text + print(arguments[0], kPrimary);
    case Expr::Kind::kTernary: {
      const std::string text =
          print(arguments[0], 1) + " ? " + print(arguments[1], 1) + " : " + print(arguments[2], 1);
      return outer == 0 ? text : "(" + text + ")";
    }
    case Expr::Kind::kBinary:
      break;
  }
  if (const std::string null = null_comparison(expression); !null.empty()) return null;
  const std::string& op = expression.text;
  if (!is_constant(expression) && (op == "+" || op == "*" || op == "-")) {
    const std::string word = op == "+" ? "add" : op == "*" ? "mul" : "sub";
    return std::string(record_ != nullptr ? "marshal::" : "") + "saturating_" + word + "(" +
           print(arguments[0], 0) + ", " + print(arguments[1], 0) + ")";
  }
  const int own = precedence(op);
  const std::string text =
      print(arguments[0], own) + " " + op + " " + print(arguments[1], own, true);
  return wants_parentheses(own, outer, right) ? "(" + text + ")" : text;
}

}  // namespace avagen
