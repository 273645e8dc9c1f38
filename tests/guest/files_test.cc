// What the guest library answers when a call's native library asks for the application's files.
#include "guest/files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>

#include "environment.h"
#include "host_double.h"
#include "marshal/wire_generated.h"
#include "test_module.h"

namespace ava::guest {
namespace {

Answer question(uint64_t number, const std::string& path) {
  const wire::FileQuestion head(number);
  Answer answer{marshal::kAsksForFile, {}, false};
  answer.bytes.resize(sizeof head + path.size());
  std::memcpy(answer.bytes.data(), &head, sizeof head);
  std::memcpy(answer.bytes.data() + sizeof head, path.data(), path.size());
  return answer;
}

// A call that is held while the host asks for files, with a folder of the application's.
class FilesTest : public testing::Test {
 protected:
  FilesTest() : host_([](const Request&) { return Answer::held(); }) {
    char folder[] = "/tmp/ava-files-XXXXXX";
    folder_ = ::mkdtemp(folder);
    caller_ = std::thread([this] {
      Call call(kCall);
      const auto* reply = call.invoke_fixed<Numbers>(Numbers{1, 2});
      result_ = reply != nullptr ? reply->a : 0;
    });
    host_.await_requests(1);
  }
  ~FilesTest() override {
    host_.answer(host_.requests()[0], Answer::fixed(Numbers{77, 0}));
    caller_.join();
    EXPECT_EQ(result_, 77u);  // the call's own reply, not what came before it
    std::string command = "rm -r " + folder_;
    EXPECT_EQ(std::system(command.c_str()), 0);
  }

  std::string write(const char* name, const std::string& text) {
    const std::string path = folder_ + "/" + name;
    std::ofstream(path) << text;
    return path;
  }
  // Asks for `path`; the requests that answer, which are `count`.
  std::vector<Request> ask(const std::string& path, size_t count = 1) {
    host_.answer(host_.requests()[0], question(++number_, path));
    auto all = host_.await_file_answers(answers_ + count);
    all.erase(all.begin(), all.begin() + static_cast<ptrdiff_t>(answers_));
    answers_ += count;
    for (const Request& each : all) {
      EXPECT_EQ(head(each).number(), number_);
      EXPECT_NE(each.channel, host_.requests()[0].channel);
      EXPECT_EQ(each.header.flags, 0);
    }
    return all;
  }
  static const wire::FileAnswer& head(const Request& request) {
    return *reinterpret_cast<const wire::FileAnswer*>(request.body.data());
  }
  static std::string bytes(const Request& request) {
    const auto* text = reinterpret_cast<const char*>(request.body.data());
    return {text + sizeof(wire::FileAnswer), text + request.body.size()};
  }

  HostDouble host_;
  std::string folder_;
  std::thread caller_;
  uint64_t result_ = 0;
  uint64_t number_ = 0;
  size_t answers_ = 0;
};

TEST_F(FilesTest, AFileIsSentWithWhatStatSaysOfIt) {
  const std::string path = write("a.h", "some text");
  const auto answers = ask(path);
  const auto& answer = head(answers[0]);
  struct stat status;
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(answer.error(), 0u);
  EXPECT_EQ(answer.size(), 9u);
  EXPECT_EQ(answer.mode(), status.st_mode);
  EXPECT_EQ(answer.inode(), status.st_ino);
  EXPECT_EQ(answer.device(), status.st_dev);
  EXPECT_EQ(answer.modified(), status.st_mtime);
  EXPECT_EQ(bytes(answers[0]), "some text");
}

TEST_F(FilesTest, ALargeFileIsSentInPieces) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i);
  const auto answers = ask(write("large.h", text), (text.size() + 32767) / 32768);
  std::string all;
  for (const Request& each : answers) {
    EXPECT_EQ(head(each).offset(), all.size());
    EXPECT_EQ(head(each).size(), text.size());
    all += bytes(each);
  }
  EXPECT_EQ(all, text);
}

TEST_F(FilesTest, AnEmptyFileIsOneAnswer) {
  const auto answers = ask(write("empty.h", ""));
  EXPECT_EQ(head(answers[0]).error(), 0u);
  EXPECT_EQ(head(answers[0]).size(), 0u);
}

TEST_F(FilesTest, AFolderIsAnsweredWithoutBytes) {
  const auto answers = ask(folder_);
  EXPECT_TRUE(S_ISDIR(head(answers[0]).mode()));
  EXPECT_EQ(head(answers[0]).size(), 0u);
}

TEST_F(FilesTest, WhatIsNotThereIsAnErrorAsForTheApplication) {
  EXPECT_EQ(head(ask(folder_ + "/missing.h")[0]).error(), uint32_t{ENOENT});
  EXPECT_EQ(head(ask(write("a.h", "") + "/below")[0]).error(), uint32_t{ENOTDIR});
}

TEST_F(FilesTest, PipesAndDevicesAreNeverOpened) {
  const std::string pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(head(ask(pipe)[0]).error(), uint32_t{ENXIO});  // a reader would wait for a writer
  EXPECT_EQ(head(ask("/dev/zero")[0]).error(), uint32_t{ENXIO});
}

TEST_F(FilesTest, AFileBeyondTheBoundIsAnError) {
  const std::string path = write("huge.h", "x");
  ASSERT_EQ(::truncate(path.c_str(), static_cast<off_t>(marshal::kMaxFile + 1)), 0);
  const auto answers = ask(path);
  EXPECT_EQ(head(answers[0]).error(), uint32_t{EFBIG});
  EXPECT_EQ(head(answers[0]).size(), 0u);
}

}  // namespace
}  // namespace ava::guest
