// Each parameter has a kind: what the specification says decides, and what habits added to it
// (apply_habits.cc).
#include <algorithm>

#include "facts.h"
#include "handle_types.h"
#include "infer.h"
#include "passes.h"

namespace avagen {
namespace {

using Kind = Parameter::Kind;

class Inference {
 public:
  Inference(Model& model, Reporter& reporter) : model_(model), reporter_(reporter) {}

  void run() {
    for (Function& function : model_.functions) {
      const Reporter::Muted muted(reporter_, function.unresolved);
      if (const Fact* fact = use(function.facts, "unsupported")) {
        function.unsupported = true;
        const std::vector<Expr>& reason = fact->annotation->arguments;
        if (!reason.empty()) function.unsupported_reason = reason[0].text;
      }
      replaced(function);
      native(function);
      looked_up(function);
      answers(function);
      if (function.unsupported) {
        infer_result(model_, reporter_, function);
        continue;
      }
      limits(function);
      for (Parameter& parameter : function.parameters) handle_type(parameter);
      for (Parameter& parameter : function.parameters) decide(function, parameter);
      for (Parameter& parameter : function.parameters) pass_through(function, parameter);
      invalid_handles(function);
      infer_result(model_, reporter_, function);
    }
    for (Callback& callback : model_.callbacks) infer_callback(model_, reporter_, callback);
    for (const Type& type : model_.types) {
      if (type.name != model_.spec->api) continue;
      const Span whole{model_.spec->files.front(), 0, 0};
      reporter_.report(Code::kContradiction, type.declared ? type.span : whole,
                       {type.name, "the API has the same name, and generated code a namespace"});
    }
  }

 private:
  // --- the function itself ---
  void replaced(Function& function) {
    for (const Fact* fact : use_all(function.facts, "replaced")) {
      const std::vector<Expr>& arguments = fact->annotation->arguments;
      (arguments[0].text == "guest" ? function.replaced_guest : function.replaced_server) =
          arguments[1].text;
    }
    // Nothing else said: the hand-written part is all there is.
    function.guest_only = !function.replaced_guest.empty();
    for (const Fact& fact : function.facts) function.guest_only &= fact.used;
    for (const Parameter& parameter : function.parameters) {
      function.guest_only &= parameter.facts.empty();
    }
  }

  void limits(const Function& function) {
    if (function.declaration == nullptr) return;
    if (function.header->variadic) {
      reporter_.report(Code::kUnsupportedShape, function.span,
                       {function.name, "it takes a variable number of arguments"});
    }
    if (function.parameters.size() > 64) {
      reporter_.report(Code::kTooManyParameters, function.span, {function.name});
    }
  }

  void answers(Function& function) {
    for (const Fact* fact : use_all(function.facts, "answers")) {
      Answer answer{&fact->annotation->arguments[0], nullptr};
      for (const Statement& statement : fact->annotation->body) {
        const bool when = statement.annotation && !statement.annotation->arguments.empty();
        if (when) answer.when = &statement.annotation->arguments[0];
      }
      if (answer.when == nullptr) {
        reporter_.report(Code::kWrongArguments, fact->annotation->name_span, {"answers"});
        continue;
      }
      function.answers.push_back(answer);
    }
  }

  void native(Function& function) {
    const Fact* fact = use(function.facts, "native");
    function.native = fact != nullptr ? fact->annotation->arguments[0].text : function.name;
  }

  void looked_up(Function& function) {
    const Fact* fact = use(function.facts, "looked_up");
    if (fact == nullptr) return;
    const Expr& finder = fact->annotation->arguments[0];
    const auto names = [&](const VerbatimBlock& block) {
      return block.side == "server" && block.text.find(finder.text + "(") != std::string::npos;
    };
    const std::vector<VerbatimBlock>& blocks = model_.spec->verbatim;
    if (std::none_of(blocks.begin(), blocks.end(), names)) {
      reporter_.report(Code::kUnknownName, finder.span, {finder.text});
    }
    function.looked_up = finder.text;
  }

  // --- handle types ---
  Type* find_handle(const CType& c) { return avagen::find_handle(model_, c); }

  void handle_type(Parameter& parameter) {
    const CType& c = parameter.c;
    if (const Fact* fact = use(parameter.facts, "handle")) {
      parameter.handle = named_type(*fact, parameter.name);
      parameter.kind = Kind::kHandle;
      return;
    }
    if (c.is_function_pointer()) return;
    if (Type* type = find_handle(c)) {
      parameter.handle = type;
      parameter.kind = Kind::kHandle;
      if (!type->declared) note(parameter, "a handle: its struct is opaque");
    } else if (c.is_pointer() && c.pointee->is_pointer()) {
      parameter.handle = find_handle(*c.pointee);
    }
  }

  const Type* named_type(const Fact& fact, const std::string& who) {
    if (fact.annotation->arguments.empty()) {
      reporter_.report(Code::kNoHandleType, fact.annotation->name_span, {who});
      return nullptr;
    }
    return named_type(fact.annotation->arguments[0]);
  }
  const Type* named_type(const Expr& name) { return named_handle(model_, name, reporter_); }

  static bool takes_handles(const Parameter& parameter) {
    return parameter.kind == Kind::kHandle || parameter.kind == Kind::kInHandles;
  }

  // The server's answer names a type, not a parameter, so no other parameter may be of that type.
  void invalid_handles(Function& function) {
    for (Parameter& parameter : function.parameters) {
      if (!takes_handles(parameter) || parameter.handle == nullptr) continue;
      const Expr* value = nullptr;
      if (const auto named = model_.invalid_names.find(parameter.name);
          named != model_.invalid_names.end()) {
        value = named->second;
        note(parameter, "invalid handles: the convention's name");
      }
      if (const Fact* fact = use(parameter.facts, "invalid"))
        value = &fact->annotation->arguments[0];
      if (value == nullptr) continue;
      for (const Parameter& other : function.parameters) {
        if (&other == &parameter || !takes_handles(other) || other.handle != parameter.handle)
          continue;
        reporter_.report(Code::kContradiction, parameter.span,
                         {parameter.name, "'" + other.name + "' takes handles of the same type"});
      }
      function.invalid.push_back({parameter.handle, value});
    }
  }

  // --- parameters ---
  void decide(Function& function, Parameter& parameter) {
    if (parameter.kind == Kind::kHandle) {
      parameter.optional = use(parameter.facts, "optional") != nullptr;
      return;
    }
    if (parameter.c.is_number()) {
      parameter.kind = Kind::kNumber;
      return;
    }
    if (function.guest_only) return;
    if (parameter.c.is_function_pointer()) {
      return infer_callback_parameter(model_, reporter_, function, parameter);
    }
    if (parameter.by_value) {
      parameter.kind = parameter.shape != nullptr ? Kind::kGraph : Kind::kIn;
      parameter.nonnull = true;
      return;
    }
    if (!parameter.c.is_pointer()) {
      reporter_.report(Code::kUnsupportedShape, parameter.span,
                       {parameter.name, "it is passed as " + parameter.c.spelling});
      return;
    }
    if (parameter.kind == Kind::kUserData) return;
    if (const Fact* unmaps = use(parameter.facts, "unmaps")) {
      parameter.kind = Kind::kMapped;
      const Expr& object = unmaps->annotation->arguments[0];
      parameter.mirrored = use(parameter.facts, "mirrored") != nullptr;
      parameter.mapped_of = parameter.mirrored && object.text == parameter.name
                                ? static_cast<int>(parameter.index)
                                : object_named(function, object, reporter_);
      return;
    }
    if (is_mirrored(parameter)) return;
    if (use(parameter.facts, "unregisters") != nullptr) {
      parameter.kind = Kind::kUnregistered;
      parameter.nonnull = use(parameter.facts, "nonnull") != nullptr;
      return;
    }
    pointer(parameter);
  }

  // An address in mirrored memory, and nothing else. With a direction it may be one.
  static bool is_mirrored(Parameter& parameter) {
    const Fact* mirrored = use(parameter.facts, "mirrored");
    parameter.unmirrors = use(parameter.facts, "unmirrors") != nullptr;
    if (mirrored == nullptr && !parameter.unmirrors) return false;
    const bool bytes =
        find(parameter.facts, "in") != nullptr || find(parameter.facts, "out") != nullptr;
    parameter.mirrored = bytes;
    if (bytes && mirrored != nullptr) parameter.mirrored_when = mirrored->condition;
    if (bytes) return false;
    parameter.kind = Kind::kMirrored;
    if (mirrored != nullptr && !mirrored->annotation->arguments.empty()) {
      parameter.count = &mirrored->annotation->arguments[0];
    }
    return true;
  }

  enum class Direction : uint8_t { kUnknown, kIn, kOut, kInOut };

  Direction direction(Parameter& parameter) {
    const Fact* in = use(parameter.facts, "in");
    const Fact* out = use(parameter.facts, "out");
    const Fact* inout = use(parameter.facts, "inout");
    if ((in != nullptr) + (out != nullptr) + (inout != nullptr) > 1) {
      const Fact* second = inout != nullptr ? inout : out;
      reporter_.report(Code::kContradiction, second->annotation->name_span,
                       {parameter.name, "more than one direction; both ways is 'inout'"});
    }
    if (const Fact* written = inout != nullptr ? inout : out;
        written != nullptr && parameter.c.pointee->is_const) {
      reporter_.report(Code::kContradiction, written->annotation->name_span,
                       {parameter.name, "the header says that it is const"});
    }
    if (inout != nullptr) return Direction::kInOut;
    if (out != nullptr) return Direction::kOut;
    if (in != nullptr) return Direction::kIn;
    if (parameter.is_error) return Direction::kOut;
    return Direction::kUnknown;
  }

  void pointer(Parameter& parameter) {
    parameter.is_error = use(parameter.facts, "error") != nullptr;
    if (!parameter.is_error && !model_.error_name.empty() && parameter.name == model_.error_name &&
        parameter.c.pointee->is_number()) {
      parameter.is_error = true;
      note(parameter, "error: the convention's name");
    }
    const Direction way = direction(parameter);
    if (way == Direction::kUnknown) {
      reporter_.report(Code::kUnknownDirection, parameter.span, {parameter.name});
      return;
    }
    parameter.nonnull = use(parameter.facts, "nonnull") != nullptr;
    const bool counted =
        find(parameter.facts, "buffer") != nullptr || find(parameter.facts, "box") != nullptr;
    const CType& element = *parameter.c.pointee;
    if (parameter.comes_back) {
      parameter.kind = Kind::kGraph;
      return;
    }
    if (use(parameter.facts, "registers") != nullptr) {
      parameter.kind = Kind::kRegistered;
      parameter.lent_in = way != Direction::kOut;
      parameter.lent_out = way != Direction::kIn;
      if (element.is_pointer() || element.holds_pointers) {
        shape(parameter, "what is lent holds bytes and numbers alone");
      }
      return;
    }
    if (way != Direction::kIn && element.kind == CType::Kind::kRecord && element.holds_pointers) {
      shape(parameter, "a struct that the function fills with pointers, of which not all are out");
    }
    if (const Fact* handle = find(parameter.element_facts, "handle");
        handle != nullptr && handle->condition == nullptr && element.is_pointer()) {
      parameter.handle = named_type(*use(parameter.element_facts, "handle"), parameter.name);
    }
    if (way == Direction::kIn) {
      input(parameter, element);
    } else if (way == Direction::kInOut) {
      // A single number travels by value, so that sizes may depend on it.
      parameter.given = element.is_number() && !counted;
      parameter.kind = parameter.given ? Kind::kOutNumber : Kind::kInOut;
      if (parameter.handle != nullptr) shape(parameter, "handles that are read and written");
    } else {
      output(parameter, element, counted);
    }
  }

  void shape(const Parameter& parameter, const std::string& why) {
    reporter_.report(Code::kUnsupportedShape, parameter.span, {parameter.name, why});
  }

  void input(Parameter& parameter, const CType& element) {
    if (parameter.shape != nullptr) {
      parameter.kind = Kind::kGraph;
      return;
    }
    if (use(parameter.facts, "string") != nullptr) {
      parameter.kind = Kind::kString;
      use(parameter.facts, "parsed");  // implied: a private copy carries its zero
      if (const Fact* text = use(parameter.facts, "append")) {
        parameter.append = text->annotation;
      }
      files(parameter);
      return;
    }
    if (const Fact* list = use(parameter.facts, "list")) {
      parameter.kind = Kind::kProperties;
      parameter.entries = entries(*list->annotation);
      if (element.size != 8) shape(parameter, "a list's elements are as wide as a pointer");
      return;
    }
    for (const char* name : {"mirrored", "unmirrors"}) {
      for (const Fact* fact : use_all(parameter.element_facts, name)) {
        parameter.mirrored_elements.push_back(
            {fact->condition, fact->annotation->name != "mirrored"});
      }
    }
    if (!parameter.mirrored_elements.empty()) {
      parameter.kind = Kind::kIn;
      parameter.parsed = true;  // what was looked at is what is passed
      return;
    }
    if (element.is_pointer() && parameter.handle == nullptr) {
      const bool strings = use(parameter.element_facts, "string") != nullptr ||
                           use(parameter.element_facts, "buffer") != nullptr;
      if (!strings)
        return shape(parameter, "pointers to pointers need element { string } or buffer");
      parameter.kind = Kind::kStrings;
      parameter.nonnull_elements = use(parameter.element_facts, "nonnull") != nullptr;
      use(parameter.facts, "parsed");  // implied: each element is a private copy
      return;
    }
    if (use(parameter.facts, "maybe_handle") != nullptr) {
      for (const Fact& fact : parameter.facts) {
        if (fact.annotation->name == "maybe_handle") maybe(parameter, *fact.annotation);
      }
    }
    parameter.kind = parameter.handle != nullptr ? Kind::kInHandles : Kind::kIn;
    if (parameter.kind == Kind::kInHandles) {
      parameter.nonnull_elements = use(parameter.element_facts, "nonnull") != nullptr;
    }
    if (parameter.kind == Kind::kIn) parameter.parsed = use(parameter.facts, "parsed") != nullptr;
  }

  void files(Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "names_files");
    if (fact == nullptr) return;
    for (const Expr& word : fact->annotation->arguments) parameter.file_words.push_back(word.text);
  }

  void maybe(Parameter& parameter, const Annotation& annotation) {
    for (const Expr& name : annotation.arguments) {
      if (const Type* type = named_type(name)) parameter.maybe.push_back(type);
    }
    for (const Statement& statement : annotation.body) {
      if (statement.annotation && statement.annotation->name == "when" &&
          !statement.annotation->arguments.empty()) {
        parameter.maybe_when = &statement.annotation->arguments[0];
      }
    }
    if (parameter.maybe_when == nullptr) {
      reporter_.report(Code::kWrongArguments, annotation.name_span, {"maybe_handle"});
    }
  }

  std::vector<Entry> entries(const Annotation& list) {
    std::vector<Entry> all;
    for (const Statement& statement : list.body) {
      if (!statement.annotation || !statement.key) continue;
      const Annotation& value = *statement.annotation;
      if (value.name != "handle" || value.arguments.empty()) {
        reporter_.report(Code::kMisplacedAnnotation, value.name_span, {value.name});
        continue;
      }
      if (const Type* type = named_type(value.arguments[0])) all.push_back({&*statement.key, type});
    }
    return all;
  }

  void output(Parameter& parameter, const CType& element, bool counted) {
    parameter.allocates = use(parameter.element_facts, "allocates") != nullptr ||
                          use(parameter.facts, "allocates") != nullptr;
    for (const Fact* fact : use_all(parameter.element_facts, "handle")) {
      const Type* type = named_type(*fact, parameter.name);
      if (type != nullptr) parameter.translations.push_back({fact->condition, type, {}});
    }
    for (const Fact* fact : use_all(parameter.facts, "list")) {
      parameter.translations.push_back({fact->condition, nullptr, entries(*fact->annotation)});
    }
    for (const char* name :
         {"clear_bits", "replace", "replace_string", "drop_words", "drop_entries", "drop_suffix"}) {
      for (const Fact* fact : use_all(parameter.facts, name)) edit(parameter, *fact);
    }
    if (parameter.handle != nullptr) {
      parameter.kind = counted ? Kind::kOutHandles : Kind::kOutHandle;
      return;
    }
    if (element.is_pointer()) {
      shape(parameter, "pointers that the function returns to memory of its own");
    } else if (counted || !element.is_number()) {
      parameter.kind = Kind::kOut;
    } else {
      parameter.kind = Kind::kOutNumber;
    }
  }

  static void edit(Parameter& parameter, const Fact& fact) {
    Edit edit;
    edit.condition = fact.condition;
    edit.annotation = fact.annotation;
    const std::string& name = fact.annotation->name;
    if (name == "clear_bits") edit.kind = Edit::Kind::kClearBits;
    if (name == "replace_string") edit.kind = Edit::Kind::kReplaceString;
    if (name == "drop_words") edit.kind = Edit::Kind::kDropWords;
    if (name == "drop_suffix") edit.kind = Edit::Kind::kDropSuffix;
    if (name == "drop_entries") edit.kind = Edit::Kind::kDropEntries;
    parameter.edits.push_back(edit);
  }

  // What only carries over from the annotations once kinds are known.
  void pass_through(Function& function, Parameter& parameter) {
    for (const Fact* fact : use_all(parameter.facts, "check")) {
      parameter.checks.push_back({fact->condition, &fact->annotation->arguments[0]});
    }
    for (const Fact* fact : use_all(parameter.facts, "send")) {
      parameter.substitutes.push_back({fact->condition, &fact->annotation->arguments[0]});
      if (parameter.kind != Kind::kNumber) {
        reporter_.report(Code::kContradiction, fact->annotation->name_span,
                         {parameter.name, "only a number is sent in place of another"});
      }
    }
    keeps(function, parameter);
    backing(function, parameter);
    if (parameter.index + 1 != function.parameters.size()) return;
    for (const Fact* fact : use_all(function.facts, "check")) {
      function.checks.push_back({fact->condition, &fact->annotation->arguments[0]});
    }
  }

  // Bytes that the library reads for as long as an object lives.
  void keeps(const Function& function, Parameter& parameter) {
    const Fact* fact = use(parameter.facts, "keeps");
    if (fact == nullptr) return;
    const Expr& name = fact->annotation->arguments[0];
    if (parameter.kind != Kind::kIn && parameter.kind != Kind::kString) {
      reporter_.report(Code::kContradiction, fact->annotation->name_span,
                       {parameter.name, "only input bytes are kept"});
    }
    if (find(parameter.facts, "until") != nullptr) {
      reporter_.report(Code::kContradiction, fact->annotation->name_span,
                       {parameter.name, "an object completes before it is destroyed"});
    }
    use(parameter.facts, "parsed");  // implied: what is kept is a private copy
    if (name.text == "return") {
      parameter.keeps_return = find_handle(function.header->result) != nullptr;
    } else {
      const Parameter* object = function.find(name.text);
      const bool is_object =
          object != nullptr && (object->kind == Kind::kHandle || object->kind == Kind::kOutHandle);
      if (is_object) parameter.keeps = static_cast<int>(object->index);
    }
    if (!parameter.is_kept()) reporter_.report(Code::kNotHandle, name.span, {name.text});
  }

  // The application's own memory behind an object.
  void backing(Function& function, Parameter& parameter) {
    for (const Fact* fact : use_all(parameter.facts, "backs")) {
      const std::vector<Expr>& offset = fact->annotation->arguments;
      parameter.backs.push_back({fact->condition, offset.empty() ? nullptr : &offset[0]});
      const Kind wanted = offset.empty() ? Kind::kIn : Kind::kHandle;
      if (parameter.kind != wanted || find(function.facts, "allocates") == nullptr) {
        reporter_.report(Code::kContradiction, fact->annotation->name_span,
                         {parameter.name,
                          "an input, or an object from an offset on, backs what "
                          "the function allocates"});
      }
    }
    for (const Fact* fact : use_all(parameter.facts, "backing")) {
      parameter.backing.push_back({fact->condition, nullptr});
      parameter.backing_of = object_named(function, fact->annotation->arguments[0], reporter_);
    }
    for (const Fact* fact : use_all(parameter.facts, "backed_bits")) {
      parameter.backed_bits.push_back({fact->condition, fact->annotation});
      parameter.backing_of = object_named(function, fact->annotation->arguments[0], reporter_);
    }
    const bool bytes = parameter.kind == Kind::kOut;
    if (!bytes && (!parameter.backing.empty() || !parameter.backed_bits.empty())) {
      reporter_.report(Code::kContradiction, parameter.span,
                       {parameter.name, "it is no result of bytes"});
    }
  }

  Model& model_;
  Reporter& reporter_;
};

}  // namespace

int object_named(const Function& function, const Expr& name, Reporter& reporter) {
  const Parameter* object = function.find(name.text);
  if (object == nullptr ||
      (object->kind != Parameter::Kind::kHandle && object->kind != Parameter::Kind::kMirrored)) {
    reporter.report(Code::kNotHandle, name.span, {name.text});
    return -1;
  }
  return static_cast<int>(object->index);
}

void infer(Model& model, Reporter& reporter) { Inference(model, reporter).run(); }

}  // namespace avagen
