#include "transport/io_uring_features.h"

namespace ava::transport {
namespace {

constexpr IoUringFeature kFeatures[] = {
    // Operations, by the helper that prepares them.
    {"io_uring_prep_nop", {5, 1}, false, "proves at creation that entering the ring is allowed"},
    {"io_uring_prep_poll_multishot", {5, 13}, false, "readiness, armed once for many events"},
    {"io_uring_prep_poll_remove", {5, 1}, false, "stops a poll and lets go of its file"},
    // How a ring is set up.
    {"IORING_SETUP_CQSIZE", {5, 5}, false, "room for an event of every client at once"},
    {"IORING_SETUP_COOP_TASKRUN", {5, 19}, false, "events do not interrupt a running thread"},
    {"IORING_SETUP_TASKRUN_FLAG", {5, 19}, false, "looking for events needs no system call"},
    // What the kernel promises.
    {"IORING_FEAT_NODROP", {5, 5}, false, "a full queue delays events, and loses none"},
    {"IORING_FEAT_EXT_ARG", {5, 11}, false, "a time-out beside the wait, not as an operation"},
    // What an event says.
    {"IORING_CQE_F_MORE", {5, 13}, false, "its absence: the poll ended and is to be armed again"},
};

}  // namespace

std::span<const IoUringFeature> io_uring_features() noexcept { return kFeatures; }

}  // namespace ava::transport
