// Names have declarations: types, functions, parameters.
#include <algorithm>
#include <map>

#include "annotations.h"
#include "emit/emit.h"
#include "facts.h"
#include "names.h"
#include "passes.h"
#include "record.h"

namespace avagen {
namespace {

class Resolver {
 public:
  Resolver(const Spec& spec, const Header& header, Model& model, Reporter& reporter)
      : spec_(spec),
        header_(header),
        model_(model),
        reporter_(reporter),
        names_(spec, header, reporter) {}

  void run() {
    model_.spec = &spec_;
    model_.header = &header_;
    for (const Annotation& convention : spec_.conventions) {
      if (convention.arguments.empty()) continue;  // reported by the parser
      const std::string& parameter = convention.arguments[0].text;
      if (convention.name == "error") model_.error_name = parameter;
      if (convention.name == "invalid" && convention.arguments.size() == 2) {
        names_.check(convention.arguments[1], Scope{});
        model_.invalid_names.emplace(parameter, &convention.arguments[1]);
      }
    }
    for (const TypeDeclaration& declaration : spec_.callbacks) callback(declaration);
    for (const TypeDeclaration& declaration : spec_.types) type(declaration);
    std::map<std::string, Span> seen;
    for (const FunctionDeclaration& declaration : spec_.functions) {
      if (!seen.emplace(declaration.name, declaration.name_span).second) {
        reporter_.report(Code::kDuplicateFunction, declaration.name_span, {declaration.name});
        continue;
      }
      function(declaration);
    }
    if (spec_.functions.empty()) {
      reporter_.report(Code::kNoFunctions, {spec_.files.front(), 0, 0});
    }
    for (const HeaderFunction& header : header_.own_functions) {
      if (seen.contains(header.name)) continue;
      Function& missing = model_.functions.emplace_back();
      missing.name = header.name;
      missing.header = &header;
      missing.unsupported = true;
      parameters(missing, nullptr);
    }
    dispatch();
  }

 private:
  // --- types ---
  void type(const TypeDeclaration& declaration) {
    if (model_.find_type(declaration.name) != nullptr) {
      reporter_.report(Code::kDuplicateType, declaration.name_span, {declaration.name});
      return;
    }
    Type& type = model_.types.emplace_back();
    type.name = declaration.name;
    type.span = declaration.name_span;
    type.declared = true;
    const auto known = header_.types.find(declaration.name);
    if (known != header_.types.end()) type.c = known->second;
    std::vector<Fact> facts;
    flatten(declaration.body, nullptr, facts);
    if (type.c.kind == CType::Kind::kRecord) return structure(declaration, facts);
    const Scope scope{.object = true};
    for (const Fact& fact : facts) {
      const Annotation& annotation = *fact.annotation;
      if (annotation.name == "field") {
        reporter_.report(Code::kContradiction, annotation.name_span,
                         {type.name, "only structs have fields"});
      } else if (annotation.name == "handle") {
        type.is_handle = true;
        if (known != header_.types.end() && !type.c.is_pointer()) {
          reporter_.report(Code::kNotHandle, type.span, {type.name});
        }
      } else if (annotation.name == "dispatch") {
        type.dispatch = true;
      } else if (annotation.name == "nonnull") {
        type.nonnull = true;
      } else if (annotation.name == "state") {
        state(annotation);
      } else if (annotation.name == "unresolved") {
        type.unresolved = true;
        reporter_.report(Code::kUnresolved, annotation.name_span,
                         {type.name, reason_unresolved(annotation)});
      } else if (!annotation.arguments.empty()) {
        const Expr& value = annotation.arguments[0];
        names_.check(value, scope);
        Type& t = type;
        const Expr** slot = annotation.name == "reference_count" ? &t.reference_count
                            : annotation.name == "completion"    ? &t.completion
                            : annotation.name == "retain"        ? &t.retain
                            : annotation.name == "release"       ? &t.release
                                                                 : value_slot(t.values, annotation);
        set(slot, value, annotation);
      }
    }
    const bool speaks_of_objects = type.dispatch || type.nonnull ||
                                   type.reference_count != nullptr || type.completion != nullptr ||
                                   type.retain != nullptr || type.release != nullptr;
    if (speaks_of_objects && !type.is_handle) {
      reporter_.report(Code::kContradiction, type.span,
                       {type.name, "what is said of objects needs 'handle'"});
    }
  }

  // --- structs ---
  void structure(const TypeDeclaration& declaration, const std::vector<Fact>& facts) {
    StructType& type = model_.structs.emplace_back();
    type.name = declaration.name;
    type.span = declaration.name_span;
    type.c = header_.types.find(declaration.name)->second;
    type.record = &header_.records.find(declaration.name)->second;
    for (const Fact& fact : facts) {
      if (fact.annotation->name == "field") {
        field(type, fact);
      } else {
        reporter_.report(Code::kContradiction, fact.annotation->name_span,
                         {type.name, "of a struct, its fields are described"});
      }
    }
  }

  void field(StructType& type, const Fact& fact) {
    const Scope scope{.record = type.record};
    if (fact.condition != nullptr) names_.check(*fact.condition, scope);
    FieldNote& note = type.notes.emplace_back();
    note.annotation = fact.annotation;
    note.condition = fact.condition;
    field_facts(fact.annotation->body, scope, note.facts);
    field_callback(type, note);
    for (const Fact& inner : note.facts) {
      if (inner.annotation->name != "element") continue;
      field_facts(inner.annotation->body, scope, note.element_facts);
    }
    std::erase_if(note.facts, [](const Fact& f) { return f.annotation->name == "element"; });
  }

  void field_facts(const std::vector<Statement>& body, const Scope& scope,
                   std::vector<Fact>& facts) {
    flatten(body, nullptr, facts);
    for (const Fact& fact : facts) {
      if (fact.condition != nullptr) {  // the condition is the field's
        reporter_.report(Code::kConditional, fact.annotation->name_span, {fact.annotation->name});
      }
      const std::string& word = fact.annotation->name;
      if (word == "handle" || word == "parameter" || word == "user_data") continue;
      for (const Expr& argument : fact.annotation->arguments) names_.check(argument, scope);
    }
  }

  void field_callback(const StructType& type, FieldNote& note) {
    const std::string& path = note.annotation->arguments[0].text;
    const auto found = find_field(*type.record, path);
    const bool is_called = find(note.facts, "unused") == nullptr;
    if (found && found->field->type.is_function_pointer() && is_called) {
      note.callback = &local_callback(identifier(type.name + "_" + path), found->field->type,
                                      note.annotation->name_span, note.facts);
      std::erase_if(note.facts, [](const Fact& f) { return f.annotation->name == "parameter"; });
      return;
    }
    for (const Fact& fact : note.facts) {
      if (fact.annotation->name != "parameter") continue;
      reporter_.report(Code::kMisplacedAnnotation, fact.annotation->name_span, {"parameter"});
    }
  }

  // What a function says of the struct that one parameter leads to.
  void own_field(const Function& function, Parameter& parameter, const Fact& fact) {
    const CType& c = parameter.c.is_pointer() ? *parameter.c.pointee : parameter.c;
    const std::vector<HeaderField>* record = header_.record_of(c);
    if (record == nullptr) {
      reporter_.report(Code::kContradiction, fact.annotation->name_span,
                       {parameter.name,
                        "only structs have fields, and of those that lead "
                        "elsewhere they are described"});
      return;
    }
    if (fact.condition != nullptr) {
      reporter_.report(Code::kConditional, fact.annotation->name_span, {"field"});
      return;
    }
    StructType* type = nullptr;
    for (StructType& known : model_.structs) {
      if (&known == parameter.own_struct) type = &known;
    }
    if (type == nullptr) {
      type = &model_.structs.emplace_back();
      type->name = function.name + "_" + parameter.name;
      type->span = parameter.span;
      type->c = c;
      type->record = record;
      type->of_parameter = true;
      parameter.own_struct = type;
    }
    field(*type, fact);
  }

  void state(const Annotation& annotation) {
    for (const Expr& function : annotation.arguments) {
      if (header_.functions.contains(function.text)) continue;
      reporter_.report(Code::kUndeclaredFunction, function.span, {function.text});
    }
    reporter_.report(Code::kNoEffectYet, annotation.name_span, {annotation.name});
  }

  static const Expr** value_slot(Values& values, const Annotation& annotation) {
    if (annotation.name == "success") return &values.success;
    if (annotation.name == "lost") return &values.lost;
    if (annotation.name == "unsupported") return &values.unsupported;
    if (annotation.name == "refused") return &values.refused;
    if (annotation.name == "exhausted") return &values.exhausted;
    if (annotation.name == "invalid") return &values.invalid;
    return nullptr;
  }

  void set(const Expr** slot, const Expr& value, const Annotation& annotation) {
    if (slot == nullptr) return;
    if (*slot != nullptr) {
      reporter_.report(Code::kDuplicateAnnotation, annotation.name_span, {annotation.name});
    }
    *slot = &value;
  }

  // --- callbacks ---
  void callback(const TypeDeclaration& declaration) {
    const auto known = header_.types.find(declaration.name);
    if (known == header_.types.end()) return;  // reported by read_header
    if (!known->second.is_function_pointer()) {
      reporter_.report(Code::kNotCallback, declaration.name_span,
                       {declaration.name, "it is no pointer to a function"});
      return;
    }
    std::vector<Fact> facts;
    flatten(declaration.body, nullptr, facts);
    Callback& callback = make_callback(declaration.name, declaration.name_span, declaration.name,
                                       *known->second.pointee);
    callback_facts(callback, facts);
  }

  Callback& make_callback(const std::string& name, Span span, const std::string& c_type,
                          const CType& function) {
    Callback& callback = model_.callbacks.emplace_back();
    callback.name = name;
    callback.span = span;
    callback.c_type = c_type;
    callback.function = function;
    for (size_t i = 0; i < function.parameters.size(); ++i) {
      Parameter& parameter = callback.parameters.emplace_back();
      parameter.index = static_cast<unsigned>(i);
      parameter.c = function.parameters[i];
      parameter.span = span;
      const bool named =
          i < function.parameter_names.size() && !function.parameter_names[i].empty();
      parameter.name = named ? function.parameter_names[i] : "argument_" + std::to_string(i);
    }
    return callback;
  }

  void callback_facts(Callback& callback, std::vector<Fact>& facts) {
    for (Fact& fact : facts) {
      if (fact.annotation->name != "parameter") continue;
      fact.used = true;
      const Expr& name = fact.annotation->arguments[0];
      Parameter* parameter = nullptr;
      for (Parameter& candidate : callback.parameters) {
        if (candidate.name == name.text) parameter = &candidate;
      }
      if (parameter == nullptr) {
        reporter_.report(Code::kUndeclaredParameter, name.span, {name.text, callback.name});
        continue;
      }
      flatten(fact.annotation->body, fact.condition, parameter->facts);
      for (const Fact& inner : parameter->facts) {
        for (const Expr& argument : inner.annotation->arguments) {
          callback_names(argument, callback);
        }
      }
    }
  }

  void callback_names(const Expr& expression, const Callback& callback) {
    if (expression.kind == Expr::Kind::kName) {
      const bool known = header_.constants.contains(expression.text) ||
                         std::any_of(callback.parameters.begin(), callback.parameters.end(),
                                     [&](const Parameter& p) { return p.name == expression.text; });
      if (!known) reporter_.report(Code::kUnknownName, expression.span, {expression.text});
    }
    for (const Expr& argument : expression.arguments) callback_names(argument, callback);
  }

  // --- functions ---
  void function(const FunctionDeclaration& declaration) {
    const auto known = header_.functions.find(declaration.name);
    if (known == header_.functions.end()) return;  // reported by read_header
    Function& function = model_.functions.emplace_back();
    function.name = declaration.name;
    function.span = declaration.name_span;
    function.declaration = &declaration;
    function.header = &known->second;
    function.chapter = declaration.chapter;
    parameters(function, &declaration);
    if (declaration.parameters.size() != known->second.parameters.size()) return;  // reported
    std::vector<Fact> facts;
    flatten(declaration.body, nullptr, facts);
    const Scope scope{.function = &function};
    for (Fact& fact : facts) {
      if (fact.annotation->name == "implicit") implicit(function, fact);
    }
    for (Fact& fact : facts) {
      if (fact.annotation->name == "implicit") continue;
      if (fact.condition != nullptr) names_.check(*fact.condition, scope);
      if (fact.annotation->name == "parameter") {
        parameter_body(function, fact, scope);
      } else {
        names_.check(fact, scope);
        duplicate(function.facts, fact);
        function.facts.push_back(fact);
      }
    }
  }

  void parameters(Function& function, const FunctionDeclaration* declaration) {
    const std::vector<HeaderParameter>& all = function.header->parameters;
    for (size_t i = 0; i < all.size(); ++i) {
      Parameter& parameter = function.parameters.emplace_back();
      parameter.index = static_cast<unsigned>(i);
      parameter.c = all[i].type;
      parameter.name = all[i].name;
      parameter.span = function.span;
      if (declaration != nullptr && i < declaration->parameters.size()) {
        parameter.name = declaration->parameters[i].name;
        parameter.span = declaration->parameters[i].name_span;
      }
      if (parameter.name.empty()) parameter.name = "argument_" + std::to_string(i);
    }
  }

  // A number that is sent as if it were a parameter.
  void implicit(Function& function, const Fact& fact) {
    const std::vector<Expr>& parts = fact.annotation->arguments;
    if (parts.size() != 3) return;  // reported by the parser
    const auto type = header_.types.find(parts[0].text);
    if (type == header_.types.end()) return;  // reported by read_header
    if (function.find(parts[1].text) != nullptr) {
      reporter_.report(Code::kDuplicateAnnotation, parts[1].span, {parts[1].text});
      return;
    }
    Parameter& parameter = function.parameters.emplace_back();
    parameter.index = static_cast<unsigned>(function.parameters.size() - 1);
    parameter.name = parts[1].text;
    parameter.span = parts[1].span;
    parameter.c = type->second;
    parameter.implicit = &parts[2];
    if (parameter.c.is_number()) return;
    reporter_.report(Code::kUnsupportedShape, parts[0].span,
                     {parameter.name, "only numbers are implicit"});
  }

  void parameter_body(Function& function, const Fact& fact, const Scope& scope) {
    const Annotation& annotation = *fact.annotation;
    if (annotation.arguments.size() != 1) return;  // reported by the parser
    const Expr& name = annotation.arguments[0];
    Parameter* parameter = nullptr;
    for (Parameter& candidate : function.parameters) {
      if (candidate.name == name.text) parameter = &candidate;
    }
    if (parameter == nullptr) {
      reporter_.report(Code::kUndeclaredParameter, name.span, {name.text, function.name});
      return;
    }
    std::vector<Fact> facts;
    flatten(annotation.body, fact.condition, facts);
    if (parameter->c.is_function_pointer()) {
      parameter->callback = &local_callback(function.name + "_" + parameter->name, parameter->c,
                                            parameter->span, facts);
    }
    for (Fact& inner : facts) {
      if (inner.annotation->name == "parameter") {
        if (!parameter->c.is_function_pointer()) {
          reporter_.report(Code::kMisplacedAnnotation, inner.annotation->name_span, {"parameter"});
        }
        continue;
      }
      if (inner.condition != nullptr) {
        Scope condition = scope;
        condition.shared = is_size(*inner.annotation);
        names_.check(*inner.condition, condition);
      }
      if (inner.annotation->name == "field") {
        own_field(function, *parameter, inner);
        continue;
      }
      if (inner.annotation->name == "element") {
        std::vector<Fact> elements;
        flatten(inner.annotation->body, inner.condition, elements);
        Scope inside = scope;
        inside.element = true;
        for (Fact& element : elements) {
          if (element.condition != nullptr) names_.check(*element.condition, inside);
          names_.check(element, inside);
          parameter->element_facts.push_back(element);
        }
        continue;
      }
      names_.check(inner, scope);
      duplicate(parameter->facts, inner);
      parameter->facts.push_back(inner);
    }
  }

  // What a parameter or a field takes. A callback whose type has no name of its own is given
  // `name`.
  Callback& local_callback(const std::string& name, const CType& c, Span span,
                           std::vector<Fact>& facts) {
    Callback* callback = model_.callback_of(c);
    for (Callback& met : model_.callbacks) {  // a field under another condition
      if (met.name == name) callback = &met;
    }
    if (callback == nullptr) callback = &make_callback(name, span, c.declare(""), *c.pointee);
    callback_facts(*callback, facts);
    return *callback;
  }

  void duplicate(const std::vector<Fact>& facts, const Fact& added) {
    static constexpr std::string_view kMany[] = {"check", "consumes", "learn", "replaced",
                                                 "unresolved"};
    const std::string& name = added.annotation->name;
    const bool many = std::find(std::begin(kMany), std::end(kMany), name) != std::end(kMany);
    if (added.condition != nullptr || many) return;
    for (const Fact& fact : facts) {
      if (fact.annotation->name == name && fact.condition == nullptr) {
        reporter_.report(Code::kDuplicateAnnotation, added.annotation->name_span, {name});
      }
    }
  }

  // --- conditions ---
  // Nested conditions become one condition on each annotation.
  void flatten(const std::vector<Statement>& body, const Expr* condition,
               std::vector<Fact>& facts) {
    for (const Statement& statement : body) {
      if (statement.annotation) {
        const Annotation& annotation = *statement.annotation;
        if (condition != nullptr && !may_depend_on_condition(annotation.name)) {
          reporter_.report(Code::kConditional, annotation.name_span, {annotation.name});
        }
        facts.push_back({&annotation, condition});
        continue;
      }
      const Expr& own = *statement.condition;
      flatten(statement.then, both(condition, own), facts);
      flatten(statement.otherwise, both(condition, negated(own)), facts);
    }
  }

  const Expr* both(const Expr* outer, const Expr& inner) {
    if (outer == nullptr) return model_.make(inner);
    return model_.make({Expr::Kind::kBinary, inner.span, "&&", {*outer, inner}});
  }
  static Expr negated(const Expr& expression) {
    return {Expr::Kind::kUnary, expression.span, "!", {expression}};
  }

  // --- dispatch table ---
  void dispatch() {
    for (const DispatchDeclaration& declaration : spec_.dispatch_tables) {
      if (model_.dispatch) {
        reporter_.report(Code::kDispatch, declaration.span, {"there is another table already"});
        continue;
      }
      const auto record = header_.records.find(declaration.table);
      if (record == header_.records.end()) {
        if (header_.types.contains(declaration.table)) {
          reporter_.report(Code::kDispatch, declaration.span,
                           {"'" + declaration.table + "' is no struct"});
        }
        continue;
      }
      model_.dispatch =
          DispatchTable{declaration.table, declaration.variable, declaration.span, &record->second};
    }
    for (const Type& type : model_.types) {
      if (type.dispatch && !model_.dispatch) {
        reporter_.report(Code::kDispatch, type.span,
                         {"'" + type.name + "' wants one, and there is no dispatch_table()"});
      }
    }
  }

  const Spec& spec_;
  const Header& header_;
  Model& model_;
  Reporter& reporter_;
  const Names names_;
};

}  // namespace

void resolve(const Spec& spec, const Header& header, Model& model, Reporter& reporter) {
  Resolver(spec, header, model, reporter).run();
}

}  // namespace avagen
