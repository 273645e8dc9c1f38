// How `ava vm` words what a router answers.
#include "vm.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "admin_client.h"
#include "base/unique_fd.h"

namespace ava::tool {
namespace {

constexpr const char* kAnswer =
    R"({"guests": [{"guest": "local", "sessions": 1, "socket": "/run/ava.sock"}, )"
    R"({"guest": "one", "sessions": 3, "socket": "/run/one.vm", )"
    R"("vm": {"memory": 4294967296, "slices": 8, "vectors": 9, "qemu": 4711}}, )"
    R"({"guest": "two", "sessions": 0, "socket": "/run/two.vm", )"
    R"("vm": {"memory": 1073741824, "slices": 2, "vectors": 3, "qemu": 0}}]})";

TEST(Vm, AreListedWithoutTheOtherGuests) {
  EXPECT_EQ(format_vms(kAnswer),
            "NAME  QEMU  SLICES  CLIENTS  MEMORY  SOCKET\n"
            "one   4711       8        3   4.0 G  /run/one.vm\n"
            "two   -          2        0   1.0 G  /run/two.vm\n");
  EXPECT_NE(format_vms(R"({"guests": []})").find("ava vm add"), std::string::npos);
}

TEST(Vm, SayWhatQemuLibvirtAndTheConfigurationNeed) {
  const std::string said = format_vm(kAnswer, "two");
  for (const char* line :
       {"-chardev socket,id=ava-two,path=/run/two.vm\n",
        "-device ivshmem-doorbell,id=ava-two,chardev=ava-two,vectors=3\n",
        "  <server path='/run/two.vm'/>\n", "  <msi vectors='3' ioeventfd='on'/>\n",
        "[[vm]]\nname = \"two\"\n", "memory = \"1024 MiB\"\nslices = 2\n"}) {
    EXPECT_NE(said.find(line), std::string::npos) << said;
  }
  const std::string plain =
      format_vm(R"({"guests": [{"guest": "p", "sessions": 0, "socket": "/run/p", )"
                R"("vm": {"memory": 1073741824, "slices": 2, "vectors": 0, "qemu": 0}}]})",
                "p");
  for (const char* line :
       {"-object memory-backend-file,id=ava-p-memory,share=on,mem-path=/run/p,size=1024M\n",
        "-device ivshmem-plain,id=ava-p,memdev=ava-p-memory\n", "doorbells = false\n"}) {
    EXPECT_NE(plain.find(line), std::string::npos) << plain;
  }
  EXPECT_EQ(plain.find("shmem name"), std::string::npos) << plain;
  EXPECT_THROW(format_vm(kAnswer, "local"), ToolError);
  EXPECT_THROW(format_vm(kAnswer, "three"), ToolError);
  EXPECT_THROW(format_vm(R"({"error": "no"})", "one"), ToolError);
  EXPECT_THROW(format_vms("[]"), ToolError);
}

// A QEMU's control channel, or a router's admin socket, that says what a test wrote down, line for
// line, and remembers what it was asked.
class ScriptedSocket {
 public:
  // `greeting` comes first; then each request is answered by the next of `answers`.
  ScriptedSocket(std::string greeting, std::vector<std::string> answers)
      : greeting_(std::move(greeting)), answers_(std::move(answers)) {
    char name[] = "/tmp/ava-test-XXXXXX";
    folder_ = ::mkdtemp(name);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().copy(address.sun_path, sizeof address.sun_path - 1);
    listener_.reset(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 1), 0);
    thread_ = std::thread([this] { run(); });
  }
  ~ScriptedSocket() {
    join();
    std::filesystem::remove_all(folder_);
  }
  std::string path() const { return folder_ / "socket"; }
  // What was asked, once the other side has left: commands and what they name.
  std::vector<std::string> requests() {
    join();
    return requests_;
  }

 private:
  void join() {
    ::shutdown(listener_.get(), SHUT_RDWR);  // where nobody came
    if (thread_.joinable()) thread_.join();
  }
  void run() {
    const UniqueFd peer(::accept(listener_.get(), nullptr, nullptr));
    if (!peer || !say(peer, greeting_)) return;
    std::string received;
    char bytes[4096];
    for (ssize_t size; (size = ::recv(peer.get(), bytes, sizeof bytes, 0)) > 0;) {
      received.append(bytes, static_cast<size_t>(size));
      for (size_t end; (end = received.find('\n')) != std::string::npos;) {
        requests_.push_back(received.substr(0, end));
        received.erase(0, end + 1);
        if (requests_.size() > answers_.size()) return;
        if (!say(peer, answers_[requests_.size() - 1])) return;
      }
    }
  }
  static bool say(const UniqueFd& peer, const std::string& text) {
    return text.empty() || ::send(peer.get(), text.data(), text.size(), MSG_NOSIGNAL) > 0;
  }

  const std::string greeting_;
  const std::vector<std::string> answers_;
  std::vector<std::string> requests_;
  std::filesystem::path folder_;
  UniqueFd listener_;
  std::thread thread_;
};

constexpr const char* kGreeting = "{\"QMP\": {\"version\": {}}}\n";
constexpr const char* kDone = "{\"return\": {}}\n";
constexpr const char* kRefused =
    "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no such bus\"}}\n";
constexpr const char* kDevices =
    "{\"return\": [{\"name\": \"ava-one\", \"type\": \"child<ivshmem-doorbell>\"}]}\n";
constexpr const char* kOtherDevices =
    "{\"return\": [{\"name\": \"ava-one\", \"type\": \"child<ivshmem-plain>\"},"
    " {\"name\": \"ava-two\", \"type\": \"child<ivshmem-doorbell>\"}]}\n";
constexpr const char* kKvm = "{\"return\": {\"enabled\": true, \"present\": true}}\n";
constexpr const char* kNoKvm = "{\"return\": {\"enabled\": false, \"present\": true}}\n";
// The device is behind a bridge, and has no addresses yet, only its registers have some, or all.
constexpr const char* kUnused =
    "{\"return\": [{\"bus\": 0, \"devices\": [{\"qdev_id\": \"\", \"regions\": [],"
    " \"pci_bridge\": {\"devices\": [{\"qdev_id\": \"ava-one\", \"regions\":"
    " [{\"bar\": 0, \"address\": -1}, {\"bar\": 2, \"address\": -1}]}]}}]}]}\n";
constexpr const char* kNoRoom =
    "{\"return\": [{\"bus\": 0, \"devices\": [{\"qdev_id\": \"\", \"regions\": [],"
    " \"pci_bridge\": {\"devices\": [{\"qdev_id\": \"ava-one\", \"regions\":"
    " [{\"bar\": 0, \"address\": 4096}, {\"bar\": 2, \"address\": -1}]}]}}]}]}\n";
constexpr const char* kUsed =
    "{\"return\": [{\"bus\": 0, \"devices\": [{\"qdev_id\": \"\", \"regions\": [],"
    " \"pci_bridge\": {\"devices\": [{\"qdev_id\": \"ava-one\", \"regions\":"
    " [{\"bar\": 0, \"address\": 4096}, {\"bar\": 2, \"address\": 4294967296}]}]}}]}]}\n";
constexpr const char* kDeleted =
    "{\"event\": \"DEVICE_DELETED\", \"data\": {\"device\": \"ava-one\", \"path\": \"/x\"}}\n";
constexpr const char* kOtherDeleted =
    "{\"event\": \"DEVICE_DELETED\", \"data\": {\"path\": \"/y\"}}\n";

std::string router_answer() { return std::string(kAnswer) + "\n"; }

// The names of commands, and what they are about.
std::vector<std::string> commands(const std::vector<std::string>& requests) {
  std::vector<std::string> result;
  for (const std::string& request : requests) {
    const auto parsed = nlohmann::json::parse(request);
    const auto& arguments = parsed.at("arguments");
    result.push_back(parsed.at("execute").get<std::string>());
    if (arguments.contains("id")) result.back() += " " + arguments.at("id").get<std::string>();
  }
  return result;
}

TEST(VmDevice, IsPutInByQemusControlChannel) {
  ScriptedSocket router("", {router_answer()});
  ScriptedSocket qemu(kGreeting, {kDone, kDone, kDone, kUnused, kUsed});
  attach_vm(router.path(), {"one", qemu.path(), "port1"});
  const auto requests = qemu.requests();
  EXPECT_EQ(commands(requests),
            (std::vector<std::string>{"qmp_capabilities", "chardev-add ava-one",
                                      "device_add ava-one", "query-pci", "query-pci"}));
  const auto added = nlohmann::json::parse(requests.at(2)).at("arguments");
  EXPECT_EQ(added.at("driver"), "ivshmem-doorbell");
  EXPECT_EQ(added.at("chardev"), "ava-one");
  EXPECT_EQ(added.at("vectors"), 9);
  EXPECT_EQ(added.at("bus"), "port1");
  EXPECT_NE(requests.at(1).find("/run/one.vm"), std::string::npos);
}

TEST(VmDevice, ForWhichTheMachineHasNoRoomIsReported) {
  ScriptedSocket router("", {router_answer()});
  ScriptedSocket qemu(kGreeting, {kDone, kDone, kDone, kUnused, kNoRoom});
  try {
    attach_vm(router.path(), {"one", qemu.path(), ""});
    ADD_FAILURE();
  } catch (const ToolError& error) {
    EXPECT_NE(std::string(error.what()).find("no room"), std::string::npos) << error.what();
  }
}

TEST(VmDevice, IsTakenOutBeforeItIsPutInAgain) {
  // The event may come at any time; others mean nothing. The chardev is busy for a while.
  for (const std::string& deleted : {std::string(kOtherDeleted) + kDeleted + kDone,
                                     std::string(kDone) + kOtherDeleted + kDeleted}) {
    ScriptedSocket router("", {router_answer()});
    ScriptedSocket qemu(kGreeting,
                        {kDone, kDevices, kKvm, deleted, kRefused, kDone, kDone, kDone, kUsed});
    reattach_vm(router.path(), {"one", qemu.path(), ""});
    EXPECT_EQ(
        commands(qemu.requests()),
        (std::vector<std::string>{"qmp_capabilities", "qom-list", "query-kvm", "device_del ava-one",
                                  "chardev-remove ava-one", "chardev-remove ava-one",
                                  "chardev-add ava-one", "device_add ava-one", "query-pci"}));
  }
}

TEST(VmDevice, LeavesSilentDescriptorsWhereQemuWatchesClosedOnes) {
  std::vector<std::string> answers = {kDone, kDevices, kNoKvm, "{\"return\": 3}\n"};
  const auto add = [&](size_t times) { answers.insert(answers.end(), times, kDone); };
  add(32);  // below the device's
  answers.push_back(std::string(kDone) + kDeleted);
  add(7 + 32 + 1);
  ScriptedSocket qemu(kGreeting, answers);
  detach_vm({"one", qemu.path(), ""});
  const auto requests = qemu.requests();
  std::set<std::string> held;
  size_t closed = 0;
  for (const std::string& request : requests) {
    const auto parsed = nlohmann::json::parse(request);
    const std::string name = parsed.at("arguments").value("fdname", "");
    if (parsed.at("execute") == "getfd") {
      EXPECT_TRUE(held.insert(name).second) << request;
    }
    if (parsed.at("execute") == "closefd") closed += held.erase(name);
  }
  EXPECT_EQ(closed, 32u);
  EXPECT_EQ(held.size(), 7u);
  EXPECT_EQ(commands(requests).back(), "chardev-remove ava-one");
}

TEST(VmDevice, StaysWhereQemuCanHaveNoMoreDescriptors) {
  ScriptedSocket qemu(kGreeting, {kDone, kDevices, kNoKvm, "{\"return\": 3}\n", kDone, kDone,
                                  kRefused, kDone, kDone});
  try {
    detach_vm({"one", qemu.path(), ""});
    ADD_FAILURE();
  } catch (const ToolError& error) {
    EXPECT_NE(std::string(error.what()).find("no more descriptors"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(commands(qemu.requests()),
            (std::vector<std::string>{"qmp_capabilities", "qom-list", "query-kvm", "qom-get",
                                      "getfd", "getfd", "getfd", "closefd", "closefd"}));
}

TEST(VmDevice, ThatIsNotThereIsPutInAndCannotBeTakenOut) {
  ScriptedSocket router("", {router_answer()});
  ScriptedSocket qemu(kGreeting, {kDone, kOtherDevices, kDone, kDone, kUsed});
  reattach_vm(router.path(), {"one", qemu.path(), ""});
  EXPECT_EQ(qemu.requests().size(), 5u);

  ScriptedSocket other(kGreeting, {kDone, kOtherDevices});
  EXPECT_THROW(detach_vm({"one", other.path(), ""}), ToolError);
}

TEST(VmDevice, QemusReasonIsPassedOn) {
  ScriptedSocket router("", {router_answer()});
  ScriptedSocket qemu(kGreeting, {kDone, kDone, kRefused, kDone});
  try {
    attach_vm(router.path(), {"one", qemu.path(), "nowhere"});
    ADD_FAILURE();
  } catch (const ToolError& error) {
    EXPECT_NE(std::string(error.what()).find("no such bus"), std::string::npos) << error.what();
  }
  EXPECT_EQ(commands(qemu.requests()).back(), "chardev-remove ava-one") << "left behind";

  ScriptedSocket stranger("hello\n", {});
  EXPECT_THROW(detach_vm({"one", stranger.path(), ""}), ToolError);
  EXPECT_THROW(detach_vm({"one", "/nowhere/qmp", ""}), ToolError);
}

}  // namespace
}  // namespace ava::tool
