// What a function returns, and what it returns where the call does not happen.
#include "facts.h"
#include "handle_types.h"
#include "infer.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class Results {
 public:
  Results(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void result(Function& function) {
    const CType& c = function.header->result;
    function.allocates = use(function.facts, "allocates") != nullptr;
    if (const Fact* fact = use(function.facts, "mirrors")) {
      function.result = Function::Result::kMirrored;
      mirrors(function, *fact->annotation);
    } else if (const Fact* map = use(function.facts, "maps")) {
      function.result = Function::Result::kMapped;
      maps(function, *map->annotation);
    } else if (const Fact* table = use(function.facts, "function_table")) {
      function.result = Function::Result::kTable;
      entries(function, *table->annotation);
    } else if (const Fact* text = use(function.facts, "string")) {
      function.result = Function::Result::kText;
      const bool is_text = c.is_pointer() && c.pointee->is_const && c.pointee->spelling == "char";
      if (!is_text || !text->annotation->arguments.empty()) {
        reporter_.report(Code::kContradiction, text->annotation->name_span,
                         {function.name, "a text of the library's own is a const char*"});
      }
    } else if (c.kind == CType::Kind::kVoid) {
      function.result = Function::Result::kVoid;
    } else if (c.is_number()) {
      function.result = Function::Result::kNumber;
      function.status = model_.status_of(c);
    } else if (c.is_pointer() && find_handle(model_, c) != nullptr) {
      function.result = Function::Result::kHandle;
      function.result_type = find_handle(model_, c);
      function.status = function.result_type;
    } else if (c.kind == CType::Kind::kRecord && !c.holds_pointers) {
      function.result = Function::Result::kRecord;
    } else {
      function.result = Function::Result::kOther;
      if (!function.unsupported && function.replaced_guest.empty()) {
        reporter_.report(Code::kUnsupportedShape, function.span,
                         {function.name, "it returns " + c.spelling});
      }
    }
    values(function);
  }

 private:
  // Each entry is the stub of the function that says entry(), or of its name.
  void entries(Function& function, const Annotation& annotation) {
    const CType& c = function.header->result;
    const std::vector<HeaderField>* record =
        c.is_pointer() ? model_.header->record_of(*c.pointee) : nullptr;
    if (record == nullptr) {
      reporter_.report(Code::kContradiction, annotation.name_span,
                       {function.name, "it returns no pointer to a struct of functions"});
      return;
    }
    for (const HeaderField& field : *record) {
      TableEntry entry{&field};
      const bool calls = field.type.is_function_pointer();
      for (Function& other : model_.functions) {
        const Fact* said = find(other.facts, "entry");
        const bool here = said != nullptr && said->annotation->arguments[0].text == function.name &&
                          said->annotation->arguments[1].text == field.name;
        if (here) use(other.facts, "entry");
        if (!calls || (!here && (other.name != field.name || entry.only_there))) continue;
        entry.function = &other;
        entry.only_there = here;
      }
      function.entries.push_back(entry);
    }
  }

  // Which object's memory, which part of it, and when.
  void maps(Function& function, const Annotation& annotation) {
    Maps& maps = function.maps.emplace();
    maps.object = object_named(function, annotation.arguments[0], reporter_);
    for (const Statement& statement : annotation.body) {
      if (!statement.annotation || statement.annotation->arguments.empty()) {
        reporter_.report(Code::kMisplacedAnnotation, annotation.name_span, {"if"});
        continue;
      }
      const Expr& value = statement.annotation->arguments[0];
      const std::string& name = statement.annotation->name;
      if (name == "bytes") maps.bytes = &value;
      if (name == "at") maps.at = &value;
      if (name == "box") maps.box = BoxSpec{nullptr, &*statement.annotation};
      if (name == "pitches") {
        maps.row_pitch = number_named(function, statement.annotation->arguments[0]);
        maps.slice_pitch = number_named(function, statement.annotation->arguments[1]);
      }
      if (name == "reads") maps.reads = &value;
      if (name == "writes") maps.writes = &value;
      if (name == "until") {
        const Parameter* object = function.find(value.text);
        maps.until = object == nullptr ? -1 : static_cast<int>(object->index);
      }
    }
    if ((maps.bytes == nullptr) == !maps.box.has_value()) {
      reporter_.report(Code::kMissingLength, annotation.name_span, {"maps"});
    }
    if (mirrored(function, maps.object)) {
      function.result = Function::Result::kNumber;
      function.status = model_.status_of(function.header->result);
      if (maps.box || maps.at != nullptr || function.status == nullptr ||
          function.status->values.success == nullptr) {
        reporter_.report(Code::kContradiction, annotation.name_span,
                         {function.name,
                          "mirrored memory is mapped from its address on, by a "
                          "function whose result says that it succeeded"});
      }
    } else if (!function.header->result.is_pointer()) {
      reporter_.report(Code::kContradiction, annotation.name_span,
                       {function.name, "memory that is mapped has an address"});
    }
  }

  static bool mirrored(const Function& function, int parameter) {
    return parameter >= 0 &&
           function.parameters[static_cast<size_t>(parameter)].kind == Kind::kMirrored;
  }

  // How much memory, and who frees it: every other parameter of that function is one of this, too.
  void mirrors(Function& function, const Annotation& annotation) {
    Mirrors& mirrors = function.mirrors.emplace();
    const Expr& size = annotation.arguments[0];
    const Expr& free = annotation.arguments[1];
    const auto wrong = [&](Span span, std::string why) {
      reporter_.report(Code::kContradiction, span, {function.name, std::move(why)});
    };
    mirrors.size = function.find(size.text);
    if (mirrors.size == nullptr || !mirrors.size->c.is_number()) {
      wrong(size.span, "how large the memory is, a parameter says");
    }
    if (!function.header->result.is_pointer()) wrong(annotation.name_span, "memory has an address");
    mirrors.free = model_.find_function(free.text);
    if (mirrors.free == nullptr) {
      reporter_.report(Code::kUndeclaredFunction, free.span, {free.text});
      return;
    }
    bool frees = false;
    for (const Parameter& parameter : mirrors.free->parameters) {
      const bool memory = find(parameter.facts, "unmirrors") != nullptr;
      frees |= memory;
      if (memory || function.find(parameter.name) != nullptr) continue;
      wrong(free.span, "it has no '" + parameter.name + "' for '" + free.text + "'");
    }
    if (!frees) wrong(free.span, "no parameter of '" + free.text + "' unmirrors");
  }

  // The output of that name; -1 where it is none.
  int number_named(const Function& function, const Expr& name) {
    const Parameter* number = function.find(name.text);
    if (number != nullptr && number->kind == Kind::kOutNumber) {
      return static_cast<int>(number->index);
    }
    reporter_.report(Code::kContradiction, name.span, {name.text, "it is no output of a number"});
    return -1;
  }

  void values(Function& function) {
    if (function.status != nullptr) function.values = function.status->values;
    if (function.result_type != nullptr) function.values = function.result_type->values;
    for (Parameter& parameter : function.parameters) {
      const bool named = parameter.name == model_.error_name && parameter.c.is_pointer();
      if (!parameter.is_error && !(function.unsupported && named)) continue;
      if (!parameter.c.pointee->is_number()) continue;
      function.error = static_cast<int>(parameter.index);
      function.error_status = model_.status_of(*parameter.c.pointee);
      if (function.error_status != nullptr) function.error_values = function.error_status->values;
    }
    const Fact* returns = use(function.facts, "returns");
    if (returns == nullptr) return;
    function.own_values = true;
    const bool text = function.result == Function::Result::kText;
    if ((function.result == Function::Result::kRecord || text) && function.error < 0) {
      reporter_.report(Code::kContradiction, returns->annotation->name_span,
                       {function.name,
                        "a struct is all zeros, and a text empty, where the call does not happen"});
      return;
    }
    // With an error parameter, that is what says why; the handle is null in any case.
    Values& target = function.error >= 0 ? function.error_values : function.values;
    for (const Statement& statement : returns->annotation->body) {
      if (!statement.annotation || statement.annotation->arguments.empty()) continue;
      const Expr* value = &statement.annotation->arguments[0];
      const std::string& name = statement.annotation->name;
      if (name == "success") target.success = value;
      if (name == "lost") target.lost = value;
      if (name == "unsupported") target.unsupported = value;
      if (name == "refused") target.refused = value;
      if (name == "exhausted") target.exhausted = value;
      if (name == "invalid") target.invalid = value;
    }
  }

  Model& model_;
  Reporter& reporter_;
};

}  // namespace

void infer_result(Model& model, Reporter& reporter, Function& function) {
  Results(model, reporter).result(function);
}

}  // namespace avagen
