// Stable numbers on the wire: functions in the order of the specification, handle types in the
// order in which they are declared and then met, upcalls in the order of their use.
#include <set>

#include "emit/emit.h"
#include "passes.h"

namespace avagen {

namespace {

void number_once(Callback& callback, uint32_t& upcalls) {
  if (callback.used) return;
  callback.number = upcalls++;
  callback.used = true;
}

}  // namespace

void assign_ids(Model& model, Reporter& reporter) {
  uint32_t number = 0;
  uint32_t upcalls = 0;
  for (Function& function : model.functions) {
    if (!function.on_wire()) continue;
    function.number = number++;
    for (Parameter& parameter : function.parameters) {
      if (parameter.callback != nullptr) number_once(*parameter.callback, upcalls);
    }
  }
  for (const Shape& shape : model.shapes) {
    if (shape.record == nullptr) continue;
    for (const StructField& field : shape.record->fields) {
      if (field.callback != nullptr) number_once(*field.callback, upcalls);
    }
  }
  for (const Function& function : model.functions) {
    if (!function.on_wire()) continue;
    for (const std::vector<Field>& fields : {request_fields(function), reply_fields(function)}) {
      std::set<std::string> names;
      for (const Field& field : fields) {
        if (names.insert(field.name).second) continue;
        reporter.report(Code::kUnsupportedShape, function.span,
                        {function.name, "two fields on the wire would be named " + field.name});
      }
    }
  }
  uint16_t id = 1;
  for (Type& type : model.types) {
    if (type.is_handle) type.id = id++;
  }
}

}  // namespace avagen
