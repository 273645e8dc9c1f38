#include "router/snapshot.h"

namespace ava::router {

void add_counts(EndedCounts& sums, const SessionCounters& counters) {
  sums.calls.resize(counters.calls.size());
  sums.refusals.resize(counters.refusals.size());
  for (size_t i = 0; i < sums.calls.size(); ++i) sums.calls[i].add(counters.calls[i]);
  for (size_t i = 0; i < sums.refusals.size(); ++i) sums.refusals[i] += counters.refusals[i].get();
}

ApiSnapshot describe_counts(const std::string& api, uint64_t wire_hash,
                            const FunctionTable& functions, const EndedCounts& counts) {
  ApiSnapshot result{api, wire_hash, {}, {}};
  for (uint32_t number = 0; number < counts.calls.size(); ++number) {
    const Function* function = functions.find(number);
    const CallTotals& totals = counts.calls[number];
    if (function == nullptr || totals.calls + totals.refused == 0) continue;
    result.totals.add(totals);
    FunctionSnapshot row{function->name, totals, {}};
    for (size_t parameter = 0; parameter <= function->parameters.size(); ++parameter) {
      const auto index = static_cast<uint16_t>(parameter);
      const uint64_t count = counts.refusals[functions.refusal_row(number, index)];
      if (count != 0)
        row.refusals.push_back({std::string(functions.parameter(number, index)), count});
    }
    result.functions.push_back(std::move(row));
  }
  return result;
}

}  // namespace ava::router
