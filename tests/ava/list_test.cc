// How `ava ls` words what a router answers.
#include "list.h"

#include <gtest/gtest.h>

#include "admin_client.h"

namespace ava::tool {
namespace {

constexpr const char* kAnswer = R"({
  "pid": 12, "age_ms": 125000, "waiter": "io_uring", "workers": [{}, {}],
  "modules": [{"api": "toy", "wire_hash": "00000000000000ff"}],
  "guests": [{"guest": "vm-1", "sessions": 1, "sessions_ever": 3, "calls": 1000, "waits": 10,
              "refused": 2, "bytes": 1572864, "socket": "/run/1.sock"}],
  "clients": [{"session": 3, "guest": "vm-1", "program": "saxpy", "pid": 77, "api": "toy",
               "calls": 900, "waits": 9, "refused": 1, "bytes": 512, "arena_resident": 10485760,
               "age_ms": 999}],
  "ended": [{"session": 2, "guest": "vm-1", "program": "liar", "pid": 76, "api": "toy",
             "calls": 1, "age_ms": 90061000, "end_sentence": "index-jump by the client"}]
})";

TEST(List, IsATableOfGuestsOneOfClientsAndOneOfEndedSessions) {
  EXPECT_EQ(format_listing(kAnswer),
            "router 12, up 2m, waits with io_uring, 2 workers; serves toy 00000000000000ff\n"
            "\n"
            "GUEST  CLIENTS  EVER  CALLS  WAITS  REFUSED  BYTES  SOCKET\n"
            "vm-1         1     3   1000     10        2  1.5 M  /run/1.sock\n"
            "\n"
            "SESSION  GUEST  PROGRAM  PID  API  CALLS  WAITS  REFUSED  BYTES  ARENA  AGE\n"
            "      3  vm-1   saxpy     77  toy    900      9        1    512   10 M  999ms\n"
            "\n"
            "SESSION  GUEST  PROGRAM  PID  API  CALLS  LIVED  ENDED\n"
            "      2  vm-1   liar      76  toy      1    25h  index-jump by the client\n");
}

TEST(List, ARoutersComplaintIsPassedOn) {
  try {
    format_listing(R"({"error": "the router is stopping"})");
    ADD_FAILURE();
  } catch (const ToolError& error) {
    EXPECT_STREQ(error.what(), "the router is stopping");
  }
}

TEST(List, AnAnswerThatMakesNoSenseIsAnError) {
  for (const char* answer : {"", "{}", "[]", "nonsense", R"({"pid": "twelve"})"}) {
    EXPECT_THROW(format_listing(answer), ToolError) << answer;
  }
}

}  // namespace
}  // namespace ava::tool
