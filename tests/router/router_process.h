// ava-routerd as a process, for tests that are its clients.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "admin_client.h"
#include "process.h"
#include "raw_client.h"

namespace ava::router {

namespace fs = std::filesystem;
using nlohmann::json;

inline bool exited_with(int status, int code) {
  return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

// An ava-routerd in a folder of its own. Ends with the object, if not before.
class RouterProcess {
 public:
  explicit RouterProcess(std::vector<std::string> options = {}, const std::string& config = "") {
    char name[] = "/tmp/ava-test-XXXXXX";
    folder = ::mkdtemp(name);
    if (!config.empty()) {
      std::ofstream(folder / "ava.toml") << config;
      options.insert(options.end(), {"--config", folder / "ava.toml"});
    }
    start(std::move(options));
  }
  ~RouterProcess() {
    if (pid > 0) {
      EXPECT_TRUE(exited_with(stop(SIGTERM), 0)) << log();
    }
    fs::remove_all(folder);
  }

  // Starts another one on the same socket. False if it ended instead of listening.
  bool start(std::vector<std::string> options = {}) {
    int ends[2];
    EXPECT_EQ(::pipe(ends), 0);
    std::vector<std::string> words = {std::getenv("AVA_TEST_ROUTERD"),
                                      "--socket",
                                      socket(),
                                      "--cache-folder",
                                      folder / "cache",
                                      "--ready-fd",
                                      "9"};
    // Sanitizers call dlopen in a module's name, and then its RUNPATH does not count.
    words.insert(words.end(), {"--server-env",
                               std::string("LD_LIBRARY_PATH=") + std::getenv("AVA_TEST_NATIVE")});
    words.insert(words.end(), options.begin(), options.end());
    pid = ::fork();
    if (pid == 0) {
      ::dup2(ends[1], 9);
      const int log =
          ::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
      ::dup2(log, STDERR_FILENO);
      std::vector<char*> arguments;
      for (std::string& word : words) arguments.push_back(word.data());
      arguments.push_back(nullptr);
      ::execv(arguments[0], arguments.data());
      ::_exit(127);
    }
    ::close(ends[1]);
    char word;
    const bool ready = ::read(ends[0], &word, 1) == 1;
    ::close(ends[0]);
    return ready;
  }

  // Its wait status.
  int stop(int signal) {
    ::kill(pid, signal);
    return wait();
  }
  int wait() {
    int status = -1;
    ::waitpid(pid, &status, 0);
    pid = -1;
    return status;
  }

  std::string socket() const { return folder / "ava.sock"; }
  std::string log() const {
    std::ostringstream text;
    text << std::ifstream(folder / "log").rdbuf();
    return text.str();
  }
  json state() const {
    return json::parse(tool::ask_router(socket() + ".admin", R"({"command": "ls"})"));
  }
  // A client that knows its session's number.
  RawClient open() const {
    RawClient client(socket());
    if (client.connected()) client.session = state().at("clients").back().at("session");
    return client;
  }
  // The server of a session, once it has one. The session's first call must be out.
  pid_t server_of(const RawClient& client) const {
    const json all = state();
    for (const json& row : all.at("clients")) {
      if (row.at("session") == client.session) return row.at("server_pid");
    }
    return 0;
  }
  // The sentence with which a session ended, after all that belongs to it is gone.
  std::string end_of(uint64_t session) const {
    std::string sentence;
    eventually([&] {
      const json all = state();
      for (const json& row : all.at("ended")) {
        if (row.at("session") == session) sentence = row.at("end_sentence");
      }
      return !sentence.empty();
    });
    return sentence;
  }

  fs::path folder;
  pid_t pid = -1;
};

}  // namespace ava::router
