// The application's files, for a call whose native library reads some (a compiler, say): the server
// asks for one path after the other, and the thread that made the call answers. So a path means
// what it means to the application: its working directory, its root, its credentials.
//
// Threads: the call's. Trust: the host; what is asked for, the application has named (the server's
// guest_files.h). Nothing but folders' and regular files' existence, and regular files' bytes,
// leaves here. Errors: false once the session has ended.
#pragma once

#include <cstddef>
#include <span>

namespace ava::guest {

class Session;

// `question`: the bytes of a reply of status marshal::kAsksForFile.
bool answer_file(Session& session, std::span<const std::byte> question) noexcept;

}  // namespace ava::guest
