#include "select_version.h"

#include <optional>

#include "header.h"

namespace avagen {
namespace {

// A condition's value, as the preprocessor would have it. Nothing where it is no such condition.
class Evaluation {
 public:
  explicit Evaluation(const Header& header) : header_(header) {}

  std::optional<int64_t> value(const Expr& expression) const {
    switch (expression.kind) {
      case Expr::Kind::kNumber:
        return static_cast<int64_t>(std::stoull(expression.text, nullptr, 0));
      case Expr::Kind::kName: {
        const auto known = header_.constants.find(expression.text);
        return known == header_.constants.end() ? 0 : static_cast<int64_t>(known->second.value);
      }
      case Expr::Kind::kUnary: {
        const std::optional<int64_t> operand = value(expression.arguments[0]);
        if (!operand) return std::nullopt;
        if (expression.text == "!") return *operand == 0;
        if (expression.text == "-") return -*operand;
        return std::nullopt;
      }
      case Expr::Kind::kBinary:
        return binary(expression);
      default:
        return std::nullopt;
    }
  }

 private:
  std::optional<int64_t> binary(const Expr& expression) const {
    const std::optional<int64_t> left = value(expression.arguments[0]);
    const std::optional<int64_t> right = value(expression.arguments[1]);
    if (!left || !right) return std::nullopt;
    const std::string& op = expression.text;
    if (op == "&&") return *left != 0 && *right != 0;
    if (op == "||") return *left != 0 || *right != 0;
    if (op == "==") return *left == *right;
    if (op == "!=") return *left != *right;
    if (op == "<") return *left < *right;
    if (op == "<=") return *left <= *right;
    if (op == ">") return *left > *right;
    if (op == ">=") return *left >= *right;
    return std::nullopt;
  }

  const Header& header_;
};

}  // namespace

void select_version(const std::vector<std::string>& include_folders, Spec& spec,
                    Reporter& reporter) {
  if (spec.versions.empty() || spec.header_lines.empty()) return;
  // The header is asked for the constants in the conditions, and for nothing that depends on them.
  Spec asking;
  asking.files = spec.files;
  asking.header_lines = spec.header_lines;
  asking.conventions.emplace_back().arguments = spec.versions;
  Header header;
  if (!read_header(asking, include_folders, header, reporter)) return;
  const Evaluation evaluation(header);
  std::vector<bool> holds{true};
  for (const Expr& condition : spec.versions) {
    const std::optional<int64_t> value = evaluation.value(condition);
    if (!value) {
      reporter.report(Code::kBadExpression, condition.span,
                      {"a version's condition compares the header's constants"});
    }
    holds.push_back(value.value_or(1) != 0);
  }
  const auto keep = [&](auto& list) {
    std::erase_if(list, [&](const auto& declaration) { return !holds[declaration.version]; });
  };
  keep(spec.functions);
  keep(spec.types);
  keep(spec.callbacks);
  keep(spec.verbatim);
}

}  // namespace avagen
