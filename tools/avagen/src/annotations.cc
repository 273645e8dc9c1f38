#include "annotations.h"

#include <algorithm>
#include <iterator>

namespace avagen {
namespace {

constexpr uint16_t kValues = kInType | kInReturns;
using enum Argument;

constexpr AnnotationRow kRows[] = {
    // what a type or a function returns
    {"success", kValues, kExpression, 1, 1, false, "the value that means success"},
    {"lost", kValues | kInParameter, kExpression, 1, 1, false,
     "returned once the session is lost; of a callback: given to it then"},
    {"unsupported", kValues | kInFunction, kExpression, 0, 1, false,
     "type: returned by functions that are not covered; function: not covered, and why"},
    {"refused", kValues, kExpression, 1, 1, false, "returned where the router refuses a call"},
    {"exhausted", kValues, kExpression, 1, 1, false, "returned where a quota is used up"},
    {"invalid", kValues | kInParameter, kExpression, 1, 1, false,
     "returned where a handle of this type, or here, names no live object"},
    // handle types
    {"handle", kInType | kInParameter | kInElement | kInList | kInField, kType, 0, 1, false,
     "type: opaque handles; elsewhere: the value is a handle of that type"},
    {"dispatch", kInType, kWord, 0, 0, false, "the object's first word is the dispatch table"},
    {"reference_count", kInType, kExpression, 1, 1, false, "the native count of `object`"},
    {"completion", kInType, kExpression, 1, 1, false,
     "1: not yet, 0: done, negative: failed; of `object`"},
    {"retain", kInType, kExpression, 1, 1, false, "takes one native reference to `object`"},
    {"release", kInType, kExpression, 1, 1, false, "drops one native reference to `object`"},
    // synchrony
    {"sync", kInFunction, kWord, 0, 0, false, "the application waits for the reply"},
    {"async", kInFunction, kWord, 0, 0, false, "success is foreseen; nobody waits"},
    {"quiet", kInFunction, kWord, 0, 0, false, "the call wakes nobody: it only sets state"},
    {"learn", kInFunction, kExpression, 1, kAnyNumber, false,
     "asynchronous only after a like call succeeded"},
    // functions
    {"consumes", kInFunction, kExpression, 2, 2, false,
     "estimated use of device_time (ns), bandwidth or memory (bytes)"},
    {"allocates", kInFunction | kInElement | kInParameter | kInField, kWord, 0, 0, false,
     "the handle is a new object with one reference"},
    {"returns", kInFunction, kWord, 0, 0, true, "values for this function alone"},
    {"replaced", kInFunction, kString, 1, 1, false, "written by hand on that side; the reason"},
    {"answers", kInFunction, kExpression, 1, 1, true,
     "server: the value that is answered in place of the library's"},
    {"native", kInFunction, kString, 1, 1, false, "the native library's name for this function"},
    {"looked_up", kInFunction, kName, 1, 1, false,
     "a function of a server block that finds this one by name, where the library does not export "
     "it"},
    {"function_table", kInFunction, kWord, 0, 0, false,
     "the result is a struct of functions: the application is given one of stubs"},
    {"entry", kInFunction, kName, 2, 2, false,
     "the library offers this function only in what another returns, in a field of that"},
    {"parameter", kInFunction | kInCallback | kInParameter | kInField, kName, 1, 1, true,
     "what is said about a parameter"},
    {"implicit", kInFunction, kString, 3, 3, false,
     "a value that the guest computes at the call, and sends as if it were a parameter"},
    // direction and size
    {"in", kInParameter, kWord, 0, 0, false, "read by the function"},
    {"out", kInParameter | kInField, kWord, 0, 0, false, "written by the function"},
    {"inout", kInParameter, kWord, 0, 0, false, "read and written"},
    {"buffer", kInParameter | kInElement | kInField, kExpression, 1, 1, false,
     "number of elements (bytes for void)"},
    {"element", kInParameter | kInField, kWord, 0, 0, true, "what is said about each element"},
    {"string", kInParameter | kInElement | kInField | kInFunction, kName, 0, 1, false,
     "zero-terminated, or as long as the given list says; of a function: its result is a text of "
     "the "
     "library's own"},
    {"list", kInParameter | kInElement, kWord, 0, 0, true,
     "zero-terminated pairs of key and value, with the type of each value"},
    {"append", kInParameter, kString, 3, 3, false,
     "the library is given the first text behind the string, unless that contains the second; the "
     "third for a null pointer"},
    {"parsed", kInParameter, kWord, 0, 0, false, "the native library interprets these bytes"},
    {"names_files", kInParameter, kString, 1, kAnyNumber, false,
     "the library reads the application's files: relative ones, and those in folders that stand "
     "behind one of these words"},
    {"written", kInParameter | kInField, kExpression, 1, 1, false,
     "how many elements (bytes for void) the function wrote: *parameter, or return; of a field: up "
     "to which"},
    {"also_on", kInParameter, kExpression, 1, kAnyNumber, false,
     "written, too, where the function returns one of these"},
    {"until", kInParameter | kInMaps, kName, 1, 1, false, "used until that object completes"},
    {"keeps", kInParameter, kName, 1, 1, false, "read until that object is destroyed"},
    {"registers", kInParameter, kWord, 0, 0, false,
     "the library is lent this memory until it is given back: what is in goes with this call, what "
     "is "
     "out comes with that one"},
    {"unregisters", kInParameter, kWord, 0, 0, false,
     "memory that the library was lent is given back"},
    // structs
    {"field", kInType | kInParameter, kName, 1, 1, true,
     "what is said about a field of the struct"},
    {"own", kInField, kWord, 0, 0, false,
     "what is out is the address of memory of the library's own"},
    {"unused", kInField, kWord, 0, 0, false, "the library is given null in this field"},
    // mapped memory, and memory of the application's that backs an object
    {"mirrors", kInFunction, kName, 2, 2, false,
     "the result is new memory of that size, at the same address in the application; that function "
     "frees it"},
    {"mirrored", kInParameter | kInElement, kExpression, 0, 1, false,
     "an address in such memory, from which on so many bytes are meant; with in or out: it may be"},
    {"unmirrors", kInParameter | kInElement, kWord, 0, 0, false, "such memory ends"},
    {"maps", kInFunction, kName, 1, 1, true,
     "the result is memory of that object, mapped; or mirrored memory in that parameter is"},
    {"box", kInParameter | kInMaps, kExpression, 4, 5, false,
     "a rectangle: region, bytes of an element, row pitch, slice pitch, origin"},
    {"pitches", kInMaps, kName, 2, 2, false, "the outputs that say how the mapped memory lies"},
    {"bytes", kInMaps, kExpression, 1, 1, false, "how many bytes are mapped"},
    {"at", kInMaps | kInField, kExpression, 1, 1, false,
     "the place of the first of them in the object; of a field: the first element that is touched"},
    {"reads", kInMaps, kExpression, 1, 1, false,
     "whether the object's bytes are to be there once the mapping is complete"},
    {"writes", kInMaps, kExpression, 1, 1, false, "whether they go back when the mapping ends"},
    {"unmaps", kInParameter, kName, 1, 1, false, "the mapping of that object at this address ends"},
    {"backs", kInParameter, kExpression, 0, 1, false,
     "this memory, or from that offset on what backs this object, backs the new object"},
    {"backing", kInParameter, kName, 1, 1, false,
     "the result is the application's memory that backs that object, or null"},
    {"backed_bits", kInParameter, kExpression, 3, 3, false,
     "where an object is backed by the application's memory, the result's second bits are clear "
     "and its third ones set"},
    {"send", kInParameter, kExpression, 1, 1, false, "the library is given this value instead"},
    {"unresolved", kInType | kInFunction | kInParameter, kString, 0, 1, false,
     "still for a person to decide; the text says what"},
    // read, and without effect yet
    {"record", kInFunction, kWord, 0, 0, false, "a move to another server executes it again"},
    {"depends_on", kInFunction, kName, 1, kAnyNumber, false,
     "what the function makes needs these objects"},
    {"state", kInType, kName, 2, 2, false, "the functions that read and write an object's state"},
    {"zero_copy", kInParameter, kWord, 0, 0, false, "the bytes need not be copied"},
    {"cacheable", kInFunction, kWord, 0, 0, false,
     "the result never changes for the same arguments"},
    // checks
    {"check", kInParameter | kInFunction, kExpression, 1, 1, false,
     "the router refuses the call where this is false"},
    {"nonnull", kInParameter | kInElement | kInType | kInField, kWord, 0, 0, false,
     "a null pointer, or one in a list, is refused; type: a null handle is as invalid as any other "
     "that is none"},
    {"error", kInParameter, kWord, 0, 0, false, "the function reports its error here"},
    // handles as arguments
    {"optional", kInParameter, kWord, 0, 0, false, "the handle may be null"},
    {"retains", kInParameter, kWord, 0, 0, false, "the object gains one reference"},
    {"deallocates", kInParameter, kWord, 0, 0, false, "the object loses one reference"},
    {"maybe_handle", kInParameter, kType, 1, kAnyNumber, true,
     "the bytes may be one handle of these types"},
    {"when", kInMaybe, kExpression, 1, 1, false, "server: whether the bytes are a handle"},
    // callbacks
    {"notify", kInCallback | kInParameter | kInField, kWord, 0, 0, false,
     "callback: the library does not wait for it; parameter, field: it is called once at most"},
    {"awaited", kInParameter | kInField, kWord, 0, 0, false,
     "the library waits until the application's function has returned"},
    {"registered", kInParameter | kInField, kWord, 0, 0, false, "called any number of times"},
    {"destroyed", kInParameter, kName, 1, 1, false,
     "called when the object in that parameter is destroyed, with the application's handle"},
    {"user_data", kInParameter | kInField, kName, 0, 1, false,
     "callback: which parameter is passed through; parameter: this one; field: which other field"},
    // edits
    {"clear_bits", kInParameter, kExpression, 1, 1, false, "clears these bits of the result"},
    {"drop_words", kInParameter, kString, 1, kAnyNumber, false,
     "drops these words of a space-separated result"},
    {"drop_entries", kInParameter, kExpression, 3, kAnyNumber, false,
     "drops elements of a type whose field is one of these strings"},
    {"drop_suffix", kInParameter, kString, 1, 1, false, "drops this from the end of a text"},
    {"replace", kInParameter, kExpression, 1, 1, false, "the result is this number instead"},
    {"replace_string", kInParameter, kExpression, 1, 1, false, "the result is this string instead"},
};

}  // namespace

bool may_depend_on_condition(std::string_view annotation) {
  static constexpr std::string_view kNames[] = {
      "written",        "sync",        "async",      "quiet",        "consumes",
      "check",          "buffer",      "handle",     "list",         "replace",
      "replace_string", "clear_bits",  "drop_words", "drop_entries", "element",
      "parameter",      "drop_suffix", "box",        "send",         "backs",
      "backing",        "backed_bits", "field",      "mirrored",     "unmirrors",
  };
  return std::find(std::begin(kNames), std::end(kNames), annotation) != std::end(kNames);
}

bool has_effect(std::string_view annotation) {
  static constexpr std::string_view kNames[] = {"record", "depends_on", "state", "zero_copy",
                                                "cacheable"};
  return std::find(std::begin(kNames), std::end(kNames), annotation) == std::end(kNames);
}

std::span<const AnnotationRow> annotations() { return kRows; }

const AnnotationRow* find_annotation(std::string_view name) {
  for (const AnnotationRow& row : kRows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

}  // namespace avagen
