// Each field that leads elsewhere is described: by field() { }, or by its own type, where that is a
// handle, a string, or a pointer to a struct that is described itself.
#include <algorithm>

#include "expressions.h"
#include "facts.h"
#include "handle_types.h"
#include "infer.h"
#include "passes.h"
#include "record.h"
#include "shapes.h"

namespace avagen {
namespace {

// Elements of an array of structs or handles inside a struct: each is a field.
constexpr uint64_t kMaxExtent = 64;

class Describer {
 public:
  Describer(Model& model, Reporter& reporter)
      : model_(model), reporter_(reporter), shapes_(model) {}

  void run() {
    // Parameters' own structs stand beside those with type(); a struct of a parameter about which
    // nothing is said at all is made when it is met.
    for (StructType& type : model_.structs) describe(type);
    for (Function& function : model_.functions) {
      const bool unsupported = find(function.facts, "unsupported") != nullptr;
      if (!function.covered() || unsupported || is_written_by_hand(function)) continue;
      for (Parameter& parameter : function.parameters) decide(function, parameter);
    }
  }

 private:
  // --- parameters ---
  void decide(const Function& function, Parameter& parameter) {
    const Reporter::Muted muted(reporter_, function.unresolved);
    const CType* c = &parameter.c;
    if (c->kind == CType::Kind::kRecord) {
      parameter.by_value = true;
    } else if (c->is_pointer()) {
      c = c->pointee.get();
    }
    parameter.filled = find(parameter.facts, "out") != nullptr && is_filled(parameter, *c);
    if (find(parameter.facts, "out") != nullptr && !parameter.filled) return;
    const bool comes_back = parameter.filled || find(parameter.facts, "inout") != nullptr;
    if (comes_back && (c->kind != CType::Kind::kRecord || !c->holds_pointers)) return;
    const bool list = c->is_pointer();  // pointers to structs, or to arrays
    if (list) c = c->pointee.get();
    if (list) parameter.inner = length_of_each(parameter);
    if (c->kind != CType::Kind::kRecord || !c->holds_pointers) {
      const bool array = c->complete || c->kind == CType::Kind::kVoid;
      if (parameter.inner == nullptr || c->is_pointer() || !array) return;
      parameter.shape = shapes_.pointers(*shapes_.bytes(*c), nonnull_elements(parameter));
      return;
    }
    const StructType* type = parameter.own_struct;
    if (type == nullptr) type = model_.struct_of(*c);
    if (type == nullptr) {
      const std::vector<HeaderField>* record = model_.header->record_of(*c);
      if (record == nullptr) return;  // of a function that nobody specified
      StructType& made = model_.structs.emplace_back();
      made.name = plain_name(c->chain.front());
      made.span = parameter.span;
      made.c = *c;
      made.record = record;
      describe(made);
      type = &made;
    }
    parameter.shape = shapes_.of_struct(*type);
    parameter.comes_back = comes_back;
    if (list) parameter.shape = shapes_.pointers(*parameter.shape, nonnull_elements(parameter));
    parameter.written_behind = leads_to_output(*parameter.shape);
    own_memory(*type, {});
    for (const StructField& field : type->fields) {
      if (!field.is_out() || (comes_back && !list)) continue;
      reporter_.report(
          Code::kContradiction, parameter.span,
          {parameter.name, "'" + field.path + "' is out, but the struct is neither out nor inout"});
    }
  }

  // Does the library read nothing of the application's in a struct that a parameter leads to?
  bool is_filled(const Parameter& parameter, const CType& c) {
    if (c.kind != CType::Kind::kRecord || !c.holds_pointers) return false;
    const StructType* type = parameter.own_struct;
    if (type == nullptr) type = model_.struct_of(c);
    return type != nullptr && all_out(*type) == nullptr;
  }
  // The first field that is neither out nor unused; null: there is none.
  static const StructField* all_out(const StructType& type) {
    for (const StructField& field : type.fields) {
      if (!field.is_out() && field.kind != StructField::Kind::kUnused) return &field;
    }
    return nullptr;
  }

  // Memory of the library's own holds nothing of the application's, and ends somewhere.
  void own_memory(const StructType& type, std::vector<const StructType*> around) {
    around.push_back(&type);
    for (const StructField& field : type.fields) {
      const bool own = field.kind == StructField::Kind::kOwn && field.shape != nullptr;
      const StructType* const held = own ? field.shape->record : nullptr;
      if (held == nullptr) continue;
      if (std::find(around.begin(), around.end(), held) != around.end()) {
        reporter_.report(Code::kUnsupportedShape, type.span,
                         {field.path, "the library's own memory leads to more of its kind"});
      } else if (const StructField* const read = all_out(*held)) {
        reporter_.report(Code::kContradiction, held->span,
                         {read->path, "it is in memory of the library's own, and not out"});
      } else {
        own_memory(*held, around);
      }
    }
  }

  static bool nonnull_elements(Parameter& parameter) {
    return use(parameter.element_facts, "nonnull") != nullptr;
  }

  // element { buffer(n); }: all are as long. Null: nothing says so, or each has a length of its
  // own.
  static const Expr* length_of_each(Parameter& parameter) {
    const Fact* buffer = find(parameter.element_facts, "buffer");
    if (buffer == nullptr || buffer->condition != nullptr) return nullptr;
    const Expr& length = buffer->annotation->arguments[0];
    const bool own = length.kind == Expr::Kind::kIndex && length.arguments[1].text == "index";
    if (!own) use(parameter.element_facts, "buffer");
    return own ? nullptr : &length;
  }

  // --- structs ---
  // Whose notes are looked up, and what stands before the paths in them.
  struct Notes {
    StructType* type;
    std::string prefix;
  };
  struct Place {
    uint64_t begin, end;
  };

  void describe(StructType& type) {
    if (type.described) return;
    type.described = true;
    current_ = &type;
    said_.clear();
    for (const FieldNote& note : type.notes) {
      const Expr& path = note.annotation->arguments[0];
      const auto found = find_field(*type.record, path.text);
      if (!found || found->field->is_bits) {
        reporter_.report(Code::kUnknownField, path.span, {type.name, path.text});
      }
    }
    say(type, 0);
    walk(*type.record, "", 0, {&type, ""});
    for (const FieldNote& note : type.notes) {
      if (note.used || reporter_.has_errors()) continue;
      reporter_.report(Code::kDeadAnnotation, note.annotation->name_span,
                       {"field", note.annotation->arguments[0].text});
    }
    overlaps(type);
  }

  // What the notes of a struct are about, which is `base` bytes into the current one.
  void say(const StructType& type, uint64_t base) {
    for (const FieldNote& note : type.notes) {
      const std::string& path = note.annotation->arguments[0].text;
      std::vector<std::string> paths{path};
      if (note.callback != nullptr) paths.push_back(user_data_of(note));
      for (const std::string& each : paths) {
        const auto found = find_field(*type.record, each);
        if (!found || found->field->is_bits) continue;
        said_.push_back({base + found->offset, base + found->offset + found->field->type.size});
      }
    }
  }

  void walk(const std::vector<HeaderField>& record, const std::string& before, uint64_t base,
            const Notes& notes) {
    for (const HeaderField& one : record) {
      if (one.name.empty()) {  // an anonymous struct or union
        walk(one.fields, before, base + one.offset, notes);
        continue;
      }
      const uint64_t count = std::max<uint64_t>(one.extent, 1);
      const CType& c = one.extent != 0 ? *one.element : one.type;
      if (one.extent > kMaxExtent && leads_elsewhere(c)) {
        reporter_.report(Code::kUnsupportedShape, current_->span,
                         {before + one.name, "more than 64 pointers in an array of a struct"});
        continue;
      }
      for (uint64_t i = 0; i < count && (i == 0 || leads_elsewhere(c)); ++i) {
        std::string path = before + one.name;
        if (one.extent != 0) path += "[" + std::to_string(i) + "]";
        field(one, c, path, before + one.name, base + one.offset + i * c.size, notes);
      }
    }
  }

  static bool leads_elsewhere(const CType& c) { return c.is_pointer() || c.holds_pointers; }

  // `name`: the path without an array's index, as notes have it.
  void field(const HeaderField& one, const CType& c, const std::string& path,
             const std::string& name, uint64_t offset, const Notes& notes) {
    bool said = false;
    for (FieldNote& note : notes.type->notes) {
      if (notes.prefix + note.annotation->arguments[0].text != name) continue;
      said = note.used = true;
      const StructField met = described(note, c, path, notes);
      add(met, offset);
      if (met.kind == StructField::Kind::kCallback) user_data(note, met, offset, notes);
    }
    if (said) return;
    if (c.kind == CType::Kind::kRecord) {
      StructType* own = model_.struct_of(c);
      if (own != nullptr) say(*own, offset);
      walk(one.fields, path + ".", offset, own != nullptr ? Notes{own, path + "."} : notes);
      return;
    }
    if (!c.is_pointer()) return;
    const bool in_said = std::any_of(said_.begin(), said_.end(), [&](const Place& place) {
      return offset >= place.begin && offset < place.end;
    });
    if (in_said) return;
    add(inferred(c, path, notes), offset);
  }

  // The same handle under two names, as unions of old and new ones have it, is there once.
  void add(StructField field, uint64_t offset) {
    field.offset = offset;
    for (const StructField& other : current_->fields) {
      if (other.offset == offset && field.handle != nullptr && other.handle == field.handle &&
          other.condition == nullptr && field.condition == nullptr) {
        return;
      }
    }
    current_->fields.push_back(std::move(field));
  }

  // What a type says by itself.
  StructField inferred(const CType& c, const std::string& path, const Notes& notes) {
    StructField field{path, notes.prefix};
    const CType* target = c.pointee.get();
    if (Type* handle = c.is_function_pointer() ? nullptr : find_handle(model_, c)) {
      field.kind = StructField::Kind::kHandle;
      field.handle = handle;
    } else if (target->is_const && target->kind == CType::Kind::kInteger && target->size == 1 &&
               target->spelling == "char") {
      field.shape = shapes_.string();
    } else if (c.is_function_pointer()) {
      // The library would call into the application by what it finds there.
      reporter_.report(Code::kUnsupportedShape, current_->span,
                       {path, "nothing says what the library calls back there"});
    } else if (const StructType* type = model_.struct_of(*target)) {
      field.shape = shapes_.of_struct(*type);
    } else {
      reporter_.report(Code::kUndescribedPointer, current_->span, {path, current_->name});
    }
    return field;
  }

  StructField described(FieldNote& note, const CType& c, const std::string& path,
                        const Notes& notes) {
    const bool silent = c.is_pointer() && !c.is_function_pointer() && says_nothing(note);
    StructField field = silent ? inferred(c, path, notes) : StructField{path, notes.prefix};
    field.condition = note.condition;
    field.nonnull = use(note.facts, "nonnull") != nullptr;
    if (field.condition != nullptr) {
      check_arithmetic(*field.condition, signs(notes), *model_.header, reporter_);
    }
    if (silent) return field;
    const auto fits = [&](bool right, const std::string& why) {
      if (!right) reporter_.report(Code::kContradiction, note.annotation->name_span, {path, why});
      return right;
    };
    const Fact* handle = use(note.facts, "handle");
    if (handle != nullptr) {
      field.kind = StructField::Kind::kHandle;
      if (fits(c.size == sizeof(void*), "a handle is as wide as a pointer")) {
        field.handle = type_of(*handle, c, path);
        fits(returned(note, field),
             "it is null where it is not read, and new only where it is out");
      }
      return field;
    }
    if (!fits(c.is_pointer(), "it is no pointer to anything here")) return field;
    if (use(note.facts, "unused") != nullptr) {
      field.kind = StructField::Kind::kUnused;
      fits(!field.nonnull, "what is unused is null");
      return field;
    }
    if (c.is_function_pointer()) {
      callback(note, c, field);
      return field;
    }
    const Fact* buffer = use(note.facts, "buffer");
    if (buffer != nullptr) {
      field.count = &buffer->annotation->arguments[0];
      check_arithmetic(*field.count, signs(notes), *model_.header, reporter_);
    }
    elements_from(note, field);
    const bool out = use(note.facts, "out") != nullptr;
    if (const Fact* written = use(note.facts, "written"); written != nullptr) {
      field.written = &written->annotation->arguments[0];
      check_arithmetic(*field.written, signs(notes), *model_.header, reporter_);
      fits(out, "only what is out is written");
    }
    const Fact* string = use(note.facts, "string");
    if (string != nullptr) {
      fits(buffer == nullptr && string->annotation->arguments.empty(),
           "a string in a struct ends with a zero, and needs no length");
      fits(field.at == nullptr && field.written == nullptr, "of a string, there is all");
      if (out) {  // the library puts one of its own there
        field.kind = StructField::Kind::kText;
        fits(c.pointee->is_const && !field.nonnull, "a text of the library's own is a const char*");
        return field;
      }
      field.shape = shapes_.string();
      return field;
    }
    field.shape = target(note, *c.pointee, path, buffer != nullptr);
    if (use(note.facts, "own") != nullptr) {
      field.kind = StructField::Kind::kOwn;
      fits(out && c.pointee->is_const && !field.nonnull && field.at == nullptr &&
               field.written == nullptr,
           "memory of the library's own is out, const, and all there");
      const Shape* const of = field.shape == nullptr ? nullptr : field.shape->of;
      fits(of == nullptr || of->kind == Shape::Kind::kString,
           "a list of pointers in memory of the library's own is one of texts");
      return field;
    }
    if (!out && field.at == nullptr) return field;
    if (!fits(field.shape != nullptr && field.shape->kind == Shape::Kind::kBytes,
              "only bytes and numbers are out, or begin at an element") ||
        !out) {
      return field;
    }
    fits(!c.pointee->is_const, "the header says that it is const");
    field.shape = shapes_.output(*c.pointee);
    return field;
  }

  void callback(FieldNote& note, const CType& c, StructField& field) {
    field.kind = StructField::Kind::kCallback;
    field.callback = note.callback;
    field.once = called_once(note.facts, field.path, reporter_);
    field.user_data = field.prefix + user_data_of(note);
    use(note.facts, "user_data");
    note.callback->in_struct = true;
    const Fact* awaited = use(note.facts, "awaited");
    if (awaited == nullptr) return;
    note.callback->awaited = true;
    if (model_.callback_of(c) != nullptr) {
      reporter_.report(Code::kContradiction, awaited->annotation->name_span,
                       {field.path, "only a callback of this field alone is awaited"});
    }
  }

  // Which field has what the application wants to be given. By habit it is named so.
  static std::string user_data_of(const FieldNote& note) {
    const Fact* said = find(note.facts, "user_data");
    const bool named = said != nullptr && !said->annotation->arguments.empty();
    return named ? said->annotation->arguments[0].text : "user_data";
  }

  // The field beside a callback, which is at `place`, that goes with it.
  void user_data(const FieldNote& note, const StructField& callback, uint64_t place,
                 const Notes& notes) {
    const std::string path = user_data_of(note);
    const auto complain = [&](Code code, const std::string& why) {
      reporter_.report(code, note.annotation->name_span, {callback.path, why});
    };
    const auto found = find_field(*notes.type->record, path);
    if (!found)
      return complain(Code::kNotCallback, "no field '" + path + "' is passed through to it");
    const CType& c = found->field->type;
    const bool noted = std::any_of(
        notes.type->notes.begin(), notes.type->notes.end(),
        [&](const FieldNote& other) { return other.annotation->arguments[0].text == path; });
    if (!c.is_pointer() || c.is_function_pointer() || noted) {
      return complain(Code::kContradiction, "'" + path + "' is a pointer of the application's, " +
                                                "of which nothing else is said");
    }
    StructField data{callback.user_data, callback.prefix};
    data.kind = StructField::Kind::kUserData;
    data.condition = callback.condition;
    const auto own = find_field(*notes.type->record, note.annotation->arguments[0].text);
    const uint64_t offset = place - own->offset + found->offset;
    for (const StructField& other : current_->fields) {
      const bool shared = other.offset == offset && other.kind == StructField::Kind::kUserData;
      if (!shared || (other.condition != nullptr && data.condition != nullptr)) continue;
      return complain(Code::kContradiction, "'" + path + "' is another callback's user data");
    }
    add(std::move(data), offset);
  }

  // A handle that the library puts there. False: what is said of it makes no sense.
  static bool returned(FieldNote& note, StructField& field) {
    const bool out = use(note.facts, "out") != nullptr;
    const bool made = use(note.facts, "allocates") != nullptr;
    if (out) field.kind = made ? StructField::Kind::kMade : StructField::Kind::kFound;
    return out ? !field.nonnull : !made;
  }

  // at(n): of buffer(m), the last m - n elements are there.
  void elements_from(FieldNote& note, StructField& field) {
    const Fact* at = use(note.facts, "at");
    if (at == nullptr) return;
    if (field.count == nullptr) {
      reporter_.report(Code::kMissingLength, note.annotation->name_span, {field.path});
      return;
    }
    field.at = &at->annotation->arguments[0];
    field.count = model_.make(
        {Expr::Kind::kBinary, at->annotation->name_span, "-", {*field.count, *field.at}});
    check_arithmetic(*field.count, signs({current_, field.prefix}), *model_.header, reporter_);
  }

  // What stands behind a pointer.
  const Shape* target(FieldNote& note, const CType& c, const std::string& path, bool counted) {
    const bool nonnull = use(note.element_facts, "nonnull") != nullptr;
    if (c.is_pointer()) {
      const Fact* handle = use(note.element_facts, "handle");
      const Type* type = handle != nullptr ? type_of(*handle, c, path) : find_handle(model_, c);
      if (!counted) reporter_.report(Code::kMissingLength, note.annotation->name_span, {path});
      if (type != nullptr) return shapes_.handles(*type, nonnull);
      if (use(note.element_facts, "string") != nullptr) {
        return shapes_.pointers(*shapes_.string(), nonnull);
      }
      if (const StructType* record = model_.struct_of(*c.pointee)) {
        return shapes_.pointers(*shapes_.of_struct(*record), nonnull);
      }
      reporter_.report(Code::kUndescribedPointer, note.annotation->name_span,
                       {path, current_->name});
      return nullptr;
    }
    if (const Fact* handle = use(note.element_facts, "handle")) {
      if (c.size == sizeof(void*)) {
        const Type* type = type_of(*handle, c, path);
        return type == nullptr ? nullptr : shapes_.handles(*type, nonnull);
      }
    }
    if (const StructType* record = model_.struct_of(c)) return shapes_.of_struct(*record);
    if (!counted) reporter_.report(Code::kMissingLength, note.annotation->name_span, {path});
    if (c.holds_pointers || (!c.complete && c.kind != CType::Kind::kVoid)) {
      reporter_.report(Code::kUndescribedPointer, note.annotation->name_span,
                       {path, current_->name});
    }
    return shapes_.bytes(c);
  }

  // Is nothing said of what is there, but only that it is?
  static bool says_nothing(const FieldNote& note) {
    return note.element_facts.empty() &&
           std::all_of(note.facts.begin(), note.facts.end(),
                       [](const Fact& fact) { return fact.annotation->name == "nonnull"; });
  }

  const Type* type_of(const Fact& handle, const CType& c, const std::string& path) {
    if (!handle.annotation->arguments.empty()) {
      return named_handle(model_, handle.annotation->arguments[0], reporter_);
    }
    const Type* type = c.is_pointer() ? find_handle(model_, c) : nullptr;
    if (type == nullptr) {
      reporter_.report(Code::kNoHandleType, handle.annotation->name_span, {path});
    }
    return type;
  }

  // Which fields may be negative, for check_arithmetic().
  static MaySign signs(const Notes& notes) {
    return [record = notes.type->record](const std::string& name) {
      const auto found = find_field(*record, name);
      return found &&
             (found->field->type.is_signed || found->field->type.kind == CType::Kind::kFloat);
    };
  }

  // Fields that share a place, as those of a union do: which of them is there, somebody must say.
  void overlaps(const StructType& type) {
    for (size_t i = 0; i < type.fields.size(); ++i) {
      for (size_t j = i + 1; j < type.fields.size(); ++j) {
        const StructField& a = type.fields[i];
        const StructField& b = type.fields[j];
        if (a.offset != b.offset) continue;
        if (a.condition != nullptr && b.condition != nullptr) continue;
        reporter_.report(Code::kContradiction, type.span,
                         {b.path, "it shares its place with '" + a.path +
                                      "': say with if which of them is there"});
      }
    }
  }

  Model& model_;
  Reporter& reporter_;
  Shapes shapes_;
  StructType* current_ = nullptr;
  std::vector<Place> said_;  // of the current struct: what its notes are about
};

}  // namespace

void describe_structs(Model& model, Reporter& reporter) { Describer(model, reporter).run(); }

}  // namespace avagen
