#include "router/function_table.h"

#include <algorithm>

#include "router/runtime_checks.h"

namespace ava::router {

FunctionTable::FunctionTable(const Module& module) {
  const auto own = runtime_functions();
  rows_.assign(own.begin(), own.end());
  rows_.insert(rows_.end(), module.functions.begin(), module.functions.end());
  first_refusal_.reserve(rows_.size() + 1);
  uint32_t next = 0;
  for (const Function& row : rows_) {
    first_refusal_.push_back(next);
    if (row.check != nullptr) next += static_cast<uint32_t>(row.parameters.size()) + 1;
  }
  first_refusal_.push_back(next);
}

uint32_t FunctionTable::refusal_row(uint32_t number, uint16_t parameter) const noexcept {
  const auto parameters = static_cast<uint32_t>(rows_[number].parameters.size());
  return first_refusal_[number] + std::min<uint32_t>(parameter, parameters);
}

std::string_view FunctionTable::name(uint32_t number) const noexcept {
  const Function* function = find(number);
  return function == nullptr ? "?" : function->name;
}

std::string_view FunctionTable::parameter(uint32_t number, uint16_t parameter) const noexcept {
  const Function* function = find(number);
  if (function == nullptr || parameter >= function->parameters.size()) return {};
  return function->parameters[parameter];
}

}  // namespace ava::router
