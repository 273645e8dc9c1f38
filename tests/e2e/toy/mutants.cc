// Sends every generated request with one bad value to the router, as a client without guest library
// would, and prints one JSON line for each: the function's and the parameter's number, and how it
// went: "refused", "ended" (the session), "passed" (it came through, which is what must not be).
#include <cstdio>
#include <optional>

#include "mutation.h"
#include "raw_client.h"
#include "toy_api.h"

namespace {

using ava::marshal::Outcome;
using ava::tests::RawClient;

const char* send(RawClient& client, const ava::tests::Mutation& mutation) {
  const uint64_t position = client.post(0, mutation.function, mutation.body);
  const auto status = client.wait(0, position);
  if (!status) return client.ended() ? "ended" : "unanswered";
  const bool refused = ava::marshal::unpack_outcome(*status) == Outcome::kRefused &&
                       ava::marshal::unpack_detail(*status) == mutation.parameter;
  return refused ? "refused" : "passed";
}

}  // namespace

int main() {
  try {
    std::optional<RawClient> client;
    for (const ava::tests::Mutation& mutation : ava::tests::mutations()) {
      if (!client || client->ended()) client.emplace(ava::toy::kApi, ava::toy::kWireHash);
      const char* how = send(*client, mutation);
      std::printf("{\"row\": %u, \"parameter\": %u, \"how\": \"%s\"}\n",
                  mutation.function - ava::marshal::kFirstApiFunction, mutation.parameter, how);
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
