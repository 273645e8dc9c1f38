#include "parse.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "annotations.h"
#include "lex.h"
#include "parse_expression.h"

namespace avagen {
namespace {

bool read_file(const std::string& path, std::string& text) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return false;
  std::ifstream file(path, std::ios::binary);
  if (!file) return false;
  std::ostringstream content;
  content << file.rdbuf();
  text = content.str();
  return true;
}

class Parser {
 public:
  Parser(uint32_t file, const std::vector<std::string>& include_folders, Spec& spec,
         Reporter& reporter)
      : tokens_(lex(file, reporter)),
        cursor_{tokens_, reporter},
        include_folders_(include_folders),
        spec_(spec),
        reporter_(reporter) {}

  void run() {
    while (cursor_.peek().kind != TokenKind::kEnd) {
      const size_t before = cursor_.at;
      if (!item()) cursor_.recover();
      if (cursor_.at == before) ++cursor_.at;  // a stray closing bracket
    }
  }

  void run_block(std::vector<Statement>& body, uint16_t place) { block(body, place); }

 private:
  uint32_t chapter() const { return spec_.chapter; }
  // One that was begun before goes on.
  void begin_chapter(std::string_view name) {
    const auto known = std::find_if(spec_.chapters.begin(), spec_.chapters.end(),
                                    [&](const Chapter& each) { return each.name == name; });
    spec_.chapter = static_cast<uint32_t>(known - spec_.chapters.begin());
    if (known == spec_.chapters.end()) spec_.chapters.push_back({std::string(name)});
  }

  bool item() {
    const Token& first = cursor_.peek();
    if (first.kind == TokenKind::kInclude || first.kind == TokenKind::kDefine) {
      const char* word = first.kind == TokenKind::kInclude ? "#include " : "#define ";
      spec_.header_lines.push_back({word + std::string(first.text), first.span});
      ++cursor_.at;
      return true;
    }
    if (first.kind == TokenKind::kName) {
      const Token& second = cursor_.peek(1);
      if (second.is("(")) return statement_of_file();
      if (second.is("{")) return first.is("convention") ? convention() : verbatim();
      if (first.is("include") && second.kind == TokenKind::kString) return include();
    }
    return function();
  }

  // api(x); and the like: a word with parentheses, outside any function.
  bool statement_of_file() {
    const Token word = cursor_.take();
    ++cursor_.at;  // the parenthesis
    if (word.is("type") || word.is("callback")) {
      TypeDeclaration declaration;
      const Expr name = cursor_.type();
      declaration.name = name.text;
      declaration.name_span = name.span;
      if (!cursor_.expect(")")) return false;
      const uint16_t place = word.is("type") ? kInType : kInCallback;
      if (!block(declaration.body, place)) return false;
      (word.is("type") ? spec_.types : spec_.callbacks).push_back(std::move(declaration));
      return true;
    }
    if (word.is("dispatch_table")) {
      DispatchDeclaration declaration;
      const Expr table = cursor_.type();
      declaration.table = table.text;
      declaration.span = table.span;
      declaration.variable = "kDispatch";
      if (cursor_.peek().is(",")) {
        ++cursor_.at;
        declaration.variable = std::string(cursor_.take().text);
      }
      spec_.dispatch_tables.push_back(std::move(declaration));
      return cursor_.expect(")") && cursor_.expect(";");
    }
    if (word.is("version")) return version();
    if (word.is("api") || word.is("library") || word.is("chapter")) {
      const Token value = cursor_.take();
      const TokenKind wanted = word.is("library") ? TokenKind::kString : TokenKind::kName;
      if (value.kind != wanted) {
        return cursor_.syntax(value, wanted == TokenKind::kName ? "a name" : "a string");
      }
      if (word.is("api")) spec_.api = value.text;
      if (word.is("library")) spec_.library = unquoted(value.text);
      if (word.is("chapter")) begin_chapter(value.text);
      return cursor_.expect(")") && cursor_.expect(";");
    }
    reporter_.report(Code::kUnknownAnnotation, word.span, {std::string(word.text)});
    cursor_.skip_to_close(")");
    if (cursor_.peek().is("{")) {
      ++cursor_.at;
      cursor_.skip_to_close("}");
      return true;
    }
    return cursor_.expect(";");
  }

  bool convention() {
    ++cursor_.at;
    if (!cursor_.expect("{")) return false;
    while (!cursor_.peek().is("}")) {
      if (cursor_.peek().kind == TokenKind::kEnd) return cursor_.syntax(cursor_.peek(), "'}'");
      const size_t before = cursor_.at;
      std::vector<Statement> body;
      const bool names =
          cursor_.peek(1).is("(") && cursor_.peek(3).is(")") && cursor_.peek(4).is("=");
      if (names ? !naming_rule() : !statement(body, kInConvention)) {
        cursor_.recover();
        if (cursor_.at == before) ++cursor_.at;
      }
      for (Statement& said : body) {
        if (said.annotation) spec_.conventions.push_back(std::move(*said.annotation));
      }
    }
    ++cursor_.at;
    return true;
  }

  // version(condition) { declarations }: what only versions of the header have in which that holds.
  bool version() {
    const std::optional<Expr> condition = cursor_.expression();
    if (!condition || !cursor_.expect(")") || !cursor_.expect("{")) return false;
    spec_.versions.push_back(*condition);
    const auto number = static_cast<uint32_t>(spec_.versions.size());
    const size_t functions = spec_.functions.size();
    const size_t types = spec_.types.size();
    const size_t callbacks = spec_.callbacks.size();
    const size_t verbatim = spec_.verbatim.size();
    while (!cursor_.peek().is("}")) {
      if (cursor_.peek().kind == TokenKind::kEnd) return cursor_.syntax(cursor_.peek(), "'}'");
      const size_t before = cursor_.at;
      if (cursor_.peek().is("version")) return cursor_.syntax(cursor_.peek(), "a declaration");
      if (!item()) cursor_.recover();
      if (cursor_.at == before) ++cursor_.at;
    }
    ++cursor_.at;
    const auto mark = [&](auto& list, size_t from) {
      for (size_t i = from; i < list.size(); ++i) list[i].version = number;
    };
    mark(spec_.functions, functions);
    mark(spec_.types, types);
    mark(spec_.callbacks, callbacks);
    mark(spec_.verbatim, verbatim);
    return true;
  }

  // length(p) = "num_" p;
  bool naming_rule() {
    const Token what = cursor_.take();
    ++cursor_.at;  // the parenthesis
    const Token parameter = cursor_.take();
    cursor_.at += 2;  // the other, and '='
    if (!what.is("length") && !what.is("written") && !what.is("user_data")) {
      reporter_.report(Code::kUnknownAnnotation, what.span, {std::string(what.text)});
      return cursor_.skip_statement();
    }
    NamingRule rule{std::string(what.text), {}, what.span};
    while (!cursor_.peek().is(";")) {
      const Token part = cursor_.take();
      const bool is_parameter = part.kind == TokenKind::kName && part.text == parameter.text;
      if (!is_parameter && part.kind != TokenKind::kString) {
        return cursor_.syntax(part, "a string, or '" + std::string(parameter.text) + "'");
      }
      rule.parts.push_back({is_parameter, is_parameter ? "" : unquoted(part.text)});
    }
    spec_.naming.push_back(std::move(rule));
    return cursor_.expect(";");
  }

  bool verbatim() {
    const Token side = cursor_.take();
    const Token open = cursor_.take();
    cursor_.skip_to_close("}");
    const Token& close = cursor_.previous();
    if (!side.is("server") && !side.is("guest") && !side.is("both")) {
      reporter_.report(Code::kUnknownAnnotation, side.span, {std::string(side.text)});
      return true;
    }
    const Span inner{open.span.file, open.span.end, std::max(open.span.end, close.span.begin)};
    spec_.verbatim.push_back({std::string(side.text), join(side.span, close.span),
                              std::string(reporter_.sources().text(inner)), chapter(), 0});
    return true;
  }

  bool include() {
    ++cursor_.at;
    const Token name = cursor_.take();
    const std::filesystem::path wanted = unquoted(name.text);
    const std::filesystem::path here(reporter_.sources().path(name.span.file));
    std::vector<std::filesystem::path> candidates{here.parent_path() / wanted};
    for (const std::string& folder : include_folders_) candidates.push_back(folder / wanted);
    for (const std::filesystem::path& candidate : candidates) {
      const std::string path = candidate.lexically_normal().string();
      std::string text;
      if (!read_file(path, text)) continue;
      // Versions of an API share one text; reading it twice would declare everything twice.
      if (reporter_.sources().find(path) == reporter_.sources().size()) {
        const uint32_t file = reporter_.sources().add(path, std::move(text));
        spec_.files.push_back(file);
        Parser(file, include_folders_, spec_, reporter_).run();
      }
      return cursor_.expect(";");
    }
    reporter_.report(Code::kMissingFile, name.span, {wanted.string()});
    return cursor_.expect(";");
  }

  // result name(parameters) { annotations } or ;
  bool function() {
    FunctionDeclaration function;
    function.chapter = chapter();
    const size_t start = cursor_.at;
    while (!cursor_.peek().is("(")) {
      const Token& token = cursor_.peek();
      if (token.kind != TokenKind::kName && !token.is("*")) {
        return cursor_.syntax(token, "a declaration");
      }
      ++cursor_.at;
    }
    if (cursor_.at < start + 2 || tokens_[cursor_.at - 1].kind != TokenKind::kName) {
      return cursor_.syntax(cursor_.peek(), "a declaration");
    }
    function.name = cursor_.previous().text;
    function.name_span = cursor_.previous().span;
    const Span open = cursor_.take().span;
    parameters(function);
    function.prototype = join(tokens_[start].span, cursor_.previous().span);
    function.parameters_span = join(open, cursor_.previous().span);
    if (!cursor_.previous().is(")")) return cursor_.syntax(cursor_.peek(), "')'");
    bool parsed = true;
    if (cursor_.peek().is(";")) {
      ++cursor_.at;
    } else {
      parsed = block(function.body, kInFunction);
    }
    spec_.functions.push_back(std::move(function));
    return parsed;
  }

  // Up to and with the closing parenthesis. A parameter's name is its last name before an array's
  // bracket, or the one in (*name); the header says the types.
  void parameters(FunctionDeclaration& function) {
    ParameterDeclaration current;
    bool named = false;  // by (*name)
    size_t words = 0;
    int depth = 0;
    const auto finish = [&] {
      const bool is_void = words == 1 && current.name == "void";
      if (words != 0 && !is_void) function.parameters.push_back(current);
      current = {};
      named = false;
      words = 0;
    };
    while (cursor_.peek().kind != TokenKind::kEnd) {
      const Token token = cursor_.take();
      if (token.is("(") || token.is("[")) ++depth;
      if (depth == 0 && token.is(")")) return finish();
      if (depth == 0 && token.is(",")) {
        finish();
        continue;
      }
      if (token.is(")") || token.is("]")) --depth;
      if (token.kind != TokenKind::kName || named) continue;
      ++words;
      named = depth == 1 && cursor_.peek().is(")") && tokens_[cursor_.at - 2].is("*");
      if (depth == 0 || named) current = {std::string(token.text), token.span};
    }
  }

  // { statements }
  bool block(std::vector<Statement>& body, uint16_t place) {
    if (!cursor_.expect("{")) return false;
    while (!cursor_.peek().is("}")) {
      if (cursor_.peek().kind == TokenKind::kEnd) return cursor_.syntax(cursor_.peek(), "'}'");
      const size_t before = cursor_.at;
      if (!statement(body, place)) {
        cursor_.recover();
        if (cursor_.at == before) ++cursor_.at;
      }
    }
    ++cursor_.at;
    return true;
  }

  bool statement(std::vector<Statement>& body, uint16_t place) {
    if (cursor_.peek().is("if")) return condition(body, place);
    Statement statement;
    if (place == kInList) {
      statement.key = cursor_.expression();
      if (!statement.key || !cursor_.expect(":")) return false;
    }
    statement.annotation.emplace();
    if (!annotation(*statement.annotation, place)) return false;
    body.push_back(std::move(statement));
    return true;
  }

  bool condition(std::vector<Statement>& body, uint16_t place) {
    ++cursor_.at;
    Statement statement;
    if (!cursor_.expect("(")) return false;
    statement.condition = cursor_.expression();
    if (!statement.condition || !cursor_.expect(")")) return false;
    if (!branch(statement.then, place)) return false;
    if (cursor_.peek().is("else")) {
      ++cursor_.at;
      if (!branch(statement.otherwise, place)) return false;
    }
    body.push_back(std::move(statement));
    return true;
  }

  bool branch(std::vector<Statement>& body, uint16_t place) {
    return cursor_.peek().is("{") ? block(body, place) : statement(body, place);
  }

  static uint16_t place_inside(std::string_view annotation) {
    if (annotation == "returns") return kInReturns;
    if (annotation == "element") return kInElement;
    if (annotation == "list") return kInList;
    if (annotation == "maybe_handle") return kInMaybe;
    if (annotation == "maps") return kInMaps;
    if (annotation == "answers") return kInMaybe;
    if (annotation == "field") return kInField;
    return kInParameter;
  }

  bool annotation(Annotation& out, uint16_t place) {
    const Token word = cursor_.peek();
    if (word.kind != TokenKind::kName) return cursor_.syntax(word, "an annotation");
    ++cursor_.at;
    out.name = word.text;
    out.name_span = out.span = word.span;
    const AnnotationRow* row = find_annotation(word.text);
    // In a convention, an annotation's first argument is the parameter name that it is said of.
    const bool known = row != nullptr &&
                       (place != kInConvention || row->name == "error" || row->name == "invalid");
    if (!known) {
      reporter_.report(Code::kUnknownAnnotation, word.span, {out.name});
      return cursor_.skip_statement();
    }
    const bool fits = place == kInConvention || (row->places & place) != 0;
    if (!fits) reporter_.report(Code::kMisplacedAnnotation, word.span, {out.name});
    if (out.name == "replaced" && !replaced_side(out)) return false;
    if (out.name == "implicit") return implicit(out);
    if (!arguments(out, *row, place)) return false;
    if (row->block) return block(out.body, place_inside(out.name));
    return cursor_.expect(";");
  }

  // replaced guest "reason"; replaced server "reason";
  bool replaced_side(Annotation& out) {
    const Token side = cursor_.take();
    if (!side.is("guest") && !side.is("server")) return cursor_.syntax(side, "guest or server");
    const Token reason = cursor_.take();
    if (reason.kind != TokenKind::kString) return cursor_.syntax(reason, "the reason, a string");
    out.arguments.push_back({Expr::Kind::kName, side.span, std::string(side.text), {}});
    out.arguments.push_back({Expr::Kind::kString, reason.span, unquoted(reason.text), {}});
    return true;
  }

  // implicit TYPE NAME = EXPRESSION; of which the expression is the C compiler's to read.
  bool implicit(Annotation& out) {
    Expr type{Expr::Kind::kType, cursor_.peek().span, {}, {}};
    Token name = cursor_.take();
    while (!cursor_.peek().is("=")) {
      const bool in_type = name.kind == TokenKind::kName || name.is("*");
      if (!in_type) return cursor_.syntax(name, "a type, and a name");
      if (!type.text.empty()) type.text += ' ';
      type.text += name.text;
      type.span = join(type.span, name.span);
      name = cursor_.take();
    }
    if (name.kind != TokenKind::kName || type.text.empty()) {
      return cursor_.syntax(name, "a type, and a name");
    }
    ++cursor_.at;
    Expr value{Expr::Kind::kString, cursor_.peek().span, {}, {}};
    while (!cursor_.peek().is(";") && cursor_.peek().kind != TokenKind::kEnd) {
      const Token token = cursor_.take();
      const bool apart = token.span.begin != value.span.end;  // by a space, or a comment
      if (!value.text.empty() && apart) value.text += ' ';
      value.text += token.text;
      value.span = join(value.span, token.span);
    }
    if (value.text.empty()) return cursor_.syntax(cursor_.peek(), "an expression");
    out.arguments = {type, {Expr::Kind::kName, name.span, std::string(name.text), {}}, value};
    out.span = join(out.span, value.span);
    return cursor_.expect(";");
  }

  bool arguments(Annotation& out, const AnnotationRow& row, uint16_t place) {
    if (out.name == "replaced") return true;
    if (cursor_.peek().is("(")) {
      ++cursor_.at;
      while (!cursor_.peek().is(")")) {
        std::optional<Expr> argument = row.argument == Argument::kType && place != kInConvention
                                           ? cursor_.type()
                                           : cursor_.expression();
        if (!argument) return false;
        out.arguments.push_back(std::move(*argument));
        if (!cursor_.peek().is(",")) break;
        ++cursor_.at;
      }
      if (!cursor_.expect(")")) return false;
    }
    out.span = join(out.span, cursor_.previous().span);
    const size_t least = place == kInConvention ? 1 + row.least : row.least;
    const size_t most = place == kInConvention ? least : row.most;
    bool right =
        out.arguments.size() >= least && (most == kAnyNumber || out.arguments.size() <= most);
    for (const Expr& argument : out.arguments) {
      if (row.argument == Argument::kString) right &= argument.kind == Expr::Kind::kString;
      if (row.argument == Argument::kName) right &= argument.kind == Expr::Kind::kName;
    }
    if (!right) reporter_.report(Code::kWrongArguments, out.span, {out.name});
    return true;
  }

  std::vector<Token> tokens_;
  Cursor cursor_;
  const std::vector<std::string>& include_folders_;
  Spec& spec_;
  Reporter& reporter_;
};

// Every span becomes that of the declaration which the text is about.
void respan(Expr& expression, Span span) {
  expression.span = span;
  for (Expr& argument : expression.arguments) respan(argument, span);
}
void respan(std::vector<Statement>& body, Span span) {
  for (Statement& statement : body) {
    if (statement.annotation) {
      statement.annotation->name_span = statement.annotation->span = span;
      for (Expr& argument : statement.annotation->arguments) respan(argument, span);
      respan(statement.annotation->body, span);
    }
    if (statement.condition) respan(*statement.condition, span);
    respan(statement.then, span);
    respan(statement.otherwise, span);
  }
}

}  // namespace

std::vector<Statement> parse_annotations(const std::string& text, uint16_t place, Span span,
                                         Reporter& reporter) {
  const uint32_t file = reporter.sources().add("(inferred)", "{" + text + "}");
  Spec none;
  const std::vector<std::string> nowhere;
  std::vector<Statement> body;
  Parser(file, nowhere, none, reporter).run_block(body, place);
  respan(body, span);
  return body;
}

void parse(const std::string& path, const std::vector<std::string>& include_folders, Spec& spec,
           Reporter& reporter) {
  std::string text;
  const bool readable = read_file(path, text);
  const uint32_t file = reporter.sources().add(path, std::move(text));
  spec.files.push_back(file);
  spec.api = std::filesystem::path(path).stem().string();
  if (!readable) {
    reporter.report(Code::kMissingFile, {file, 0, 0}, {path});
    return;
  }
  Parser(file, include_folders, spec, reporter).run();
}

}  // namespace avagen
