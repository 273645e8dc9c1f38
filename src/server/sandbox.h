// What a server process gives up before it runs anything of its guest's: it counts as taken over by
// that guest (docs/security.md), so what it does not need must not be there.
//
// The router gives it an environment, a folder and a process group of its own.
#pragma once

namespace ava::server {

// No new privileges, no core dumps, no foreign descriptors, default signals, dies with its parent.
// Descriptors 0 to `descriptors` - 1 are its own. Throws std::system_error where the kernel refuses
// one of these.
void enter_sandbox(int descriptors);

}  // namespace ava::server
