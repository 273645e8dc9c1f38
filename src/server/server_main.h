// The whole of ava-server. It lives in libava_server.so, beside what modules call, so that there is
// one copy of everything.
#pragma once

#include "base/export.h"

namespace ava::server {

// Returns the exit code; a session that ends leaves the process from wherever it is.
AVA_EXPORT int server_main(int argc, char** argv);

}  // namespace ava::server
