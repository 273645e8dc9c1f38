// One API generation's functions as the router sees them: AvA's own requests and the module's, by
// the number that a frame's tag carries. Also lays out the rows of SessionCounters.
//
// Threads: immutable once built. Lifetime: borrows the module.
#pragma once

#include <string_view>
#include <vector>

#include "router/module.h"

namespace ava::router {

class FunctionTable {
 public:
  explicit FunctionTable(const Module& module);

  // Null for a number that no function has.
  const Function* find(uint32_t number) const noexcept {
    return number < rows_.size() && rows_[number].check != nullptr ? &rows_[number] : nullptr;
  }

  uint32_t rows() const noexcept { return static_cast<uint32_t>(rows_.size()); }
  uint32_t refusal_rows() const noexcept { return first_refusal_.back(); }
  // `number` is a function's. The last row of each function counts what is no parameter's fault.
  uint32_t refusal_row(uint32_t number, uint16_t parameter) const noexcept;

  // "?" where there is none.
  std::string_view name(uint32_t number) const noexcept;
  // Empty where there is none, as for kNoParameter.
  std::string_view parameter(uint32_t number, uint16_t parameter) const noexcept;

 private:
  std::vector<Function> rows_;
  std::vector<uint32_t> first_refusal_;  // by number; one more than rows_
};

}  // namespace ava::router
