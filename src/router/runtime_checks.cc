#include "router/runtime_checks.h"

#include <array>
#include <cstring>

#include "marshal/bounds.h"
#include "marshal/bulk.h"
#include "router/check.h"

namespace ava::router {
namespace {

using Body = std::span<const std::byte>;

Cost free_of_charge(Body) noexcept { return {}; }

// Requests that say nothing but their number.
template <typename T>
CheckResult check_bare(Body body, const CheckContext&) noexcept {
  const auto* request = fixed_body<T>(body);
  if (request == nullptr) return {Error::kBadBody};
  return request->reserved() == 0 ? CheckResult{} : CheckResult{Error::kBadBody, 0};
}

// The struct, then `size` bytes that continue spill number `spill`, which will have `total`.
CheckResult check_spill_write(Body body, const CheckContext&) noexcept {
  if (body.size() < sizeof(wire::SpillWrite)) return {Error::kBadBody};
  const auto* request = fixed_body<wire::SpillWrite>(body.first(sizeof(wire::SpillWrite)));
  if (request->size() != body.size() - sizeof(wire::SpillWrite)) return {Error::kBadBody, 1};
  if (request->total() > marshal::kMaxSpill) return {Error::kBadReference, 2};
  if (request->size() > request->total()) return {Error::kBadReference, 1};
  return {};
}

CheckResult check_spill_read(Body body, const CheckContext&) noexcept {
  const auto* request = fixed_body<wire::SpillRead>(body);
  if (request == nullptr) return {Error::kBadBody};
  if (!marshal::in_range(request->offset(), request->size(), marshal::kMaxSpill)) {
    return {Error::kBadReference, 1};
  }
  if (request->size() > transport::kReplyCapacity) return {Error::kBadReference, 2};
  return {};
}

CheckResult check_spill_free(Body body, const CheckContext&) noexcept {
  return {fixed_body<wire::SpillRead>(body) == nullptr ? Error::kBadBody : Error::kOk};
}

// The ticket is the server's: it knows which upcalls are out.
CheckResult check_upcall_done(Body body, const CheckContext&) noexcept {
  return {fixed_body<wire::UpcallDone>(body) == nullptr ? Error::kBadBody : Error::kOk};
}

// The struct, then bytes of a file. The number is the server's: it knows what it asked.
CheckResult check_file_answer(Body body, const CheckContext&) noexcept {
  if (body.size() < sizeof(wire::FileAnswer)) return {Error::kBadBody};
  const auto* answer = fixed_body<wire::FileAnswer>(body.first(sizeof(wire::FileAnswer)));
  const uint64_t bytes = body.size() - sizeof(wire::FileAnswer);
  if (answer->size() > marshal::kMaxFile) return {Error::kBadReference, 1};
  if (!marshal::in_range(answer->offset(), bytes, answer->size())) return {Error::kBadReference, 2};
  return {};
}

constexpr const char* kBareParameters[] = {"reserved"};
constexpr const char* kSpillWriteParameters[] = {"spill", "size", "total"};
constexpr const char* kSpillReadParameters[] = {"spill", "offset", "size"};
constexpr const char* kFileAnswerParameters[] = {"number", "size",     "offset", "device",
                                                 "inode",  "modified", "mode",   "error"};
constexpr const char* kUpcallDoneParameters[] = {"ticket", "result"};

constexpr std::array<Function, marshal::kFirstApiFunction> kFunctions = [] {
  std::array<Function, marshal::kFirstApiFunction> rows{};
  rows[marshal::kPoll] = {"ava_poll", kBareParameters, check_bare<wire::PollRequest>,
                          free_of_charge};
  rows[marshal::kSpillWrite] = {"ava_spill_write", kSpillWriteParameters, check_spill_write,
                                free_of_charge};
  rows[marshal::kSpillRead] = {"ava_spill_read", kSpillReadParameters, check_spill_read,
                               free_of_charge};
  rows[marshal::kSpillFree] = {"ava_spill_free", kSpillReadParameters, check_spill_free,
                               free_of_charge};
  rows[marshal::kUpcallDone] = {"ava_upcall_done", kUpcallDoneParameters, check_upcall_done,
                                free_of_charge};
  rows[marshal::kOutputRead] = {"ava_output_read", kBareParameters, check_bare<wire::OutputRead>,
                                free_of_charge};
  rows[marshal::kFileAnswer] = {"ava_file_answer", kFileAnswerParameters, check_file_answer,
                                free_of_charge};
  return rows;
}();

}  // namespace

std::span<const Function, marshal::kFirstApiFunction> runtime_functions() noexcept {
  return kFunctions;
}

}  // namespace ava::router
