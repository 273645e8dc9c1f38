#include "guest/request.h"

#include "guest/files.h"
#include "guest/session.h"
#include "marshal/wire_generated.h"

namespace ava::guest {

Result<int32_t> ask(Channel& channel, uint32_t function,
                    std::span<const marshal::Dependency> dependencies,
                    std::span<const std::byte> body) noexcept {
  if (auto room = channel.await_room(body.size()); !room) return fail(room.error());
  channel.expect_reply(channel.next_position(dependencies.size(), body.size()));
  const uint64_t position = channel.write(function, marshal::kWantsReply, dependencies, body);
  channel.notify(true);
  // The calls waited for may be quiet ones of which the router has not been told.
  for (const auto& dependency : dependencies) channel.session().urge(dependency.channel);
  int32_t status = 0;
  if (!channel.await_reply(position, status)) return fail(Error::kClosed);
  while (status == marshal::kAsksForFile) {
    const auto question = channel.reply();
    // Before the answer, behind which the next reply may come at any moment.
    channel.expect_reply(position);
    if (!answer_file(channel.session(), question) || !channel.await_reply(position, status)) {
      return fail(Error::kClosed);
    }
  }
  return status;
}

Result<void> poll(Session& session) noexcept {
  const ChannelLease lease(session.channels());
  if (lease.get() == nullptr) return fail(lease.error());
  const wire::PollRequest request(0);
  if (auto status = ask(*lease.get(), marshal::kPoll, {}, body_of(request)); !status) {
    return fail(status.error());
  }
  return {};
}

Result<void> tell(Channel& channel, uint32_t function, std::span<const std::byte> body) noexcept {
  if (auto room = channel.await_room(body.size()); !room) return room;
  channel.write(function, 0, {}, body);
  channel.notify(false);
  return {};
}

}  // namespace ava::guest
