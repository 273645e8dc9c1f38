// Which paths are the application's, and what a library sees of its files. The test plays the
// guest.
#include "server/guest_files.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>

#include "marshal/frame.h"

namespace ava::server {
namespace {

using Folders = std::vector<std::string>;

// Each question is answered at once, as `tell` says.
class GuestDouble final : public FileAsker {
 public:
  using Tell = std::function<void(uint64_t number)>;
  explicit GuestDouble(Tell tell) : tell_(std::move(tell)) {}
  void send(std::span<const std::byte> question) override {
    wire::FileQuestion head;
    std::memcpy(&head, question.data(), sizeof head);
    const auto path = question.subspan(sizeof head);
    asked.emplace_back(reinterpret_cast<const char*>(path.data()), path.size());
    tell_(head.number());
  }
  bool ended() const noexcept override { return gone; }

  std::vector<std::string> asked;
  bool gone = false;

 private:
  Tell tell_;
};

class GuestFilesTest : public testing::Test {
 protected:
  static wire::FileAnswer file(uint64_t number, uint64_t size, uint64_t offset = 0,
                               uint64_t inode = 5) {
    return {number, size, offset, 1, inode, 1234567, S_IFREG | 0640, 0};
  }
  static wire::FileAnswer failure(uint64_t number, uint32_t error) {
    return {number, 0, 0, 0, 0, 0, 0, error};
  }
  bool answer(const wire::FileAnswer& answer, std::string_view bytes = {}) {
    return questions_.answer(answer, std::as_bytes(std::span(bytes)));
  }
  static std::string contents(int fd) {
    char bytes[256];
    const ssize_t size = ::read(fd, bytes, sizeof bytes);
    ::close(fd);
    return size < 0 ? "unreadable" : std::string(bytes, static_cast<size_t>(size));
  }

  FileQuestions questions_;
};

TEST(FoldersInOptions, StandBehindTheirWord) {
  EXPECT_EQ(folders_in("-I /a -I/b/c/ -DX -I relative -Irelative/d", {"-I"}),
            (Folders{"/a", "/b/c"}));
  EXPECT_EQ(folders_in("--folder=/x -I/y", {"-I", "--folder="}), (Folders{"/x", "/y"}));
  EXPECT_EQ(folders_in("", {"-I"}), Folders{});
  EXPECT_EQ(folders_in("-I", {"-I"}), Folders{});
}

TEST(FoldersInOptions, MayBeQuoted) {
  EXPECT_EQ(folders_in("-I \"/with space/a\" '-I/b c' -I/d\\ e", {"-I"}),
            (Folders{"/with space/a", "/b c", "/d e"}));
}

TEST(FoldersInOptions, MayBeTheValueOfAMacro) {
  EXPECT_EQ(folders_in("-D PLACE=/usr/share/app -DQUOTED=\\\"/q\\\" -D HALF=a/b", {"-I"}),
            (Folders{"/usr/share/app", "/q"}));
}

TEST(FoldersInOptions, AreNeverTheRoot) { EXPECT_EQ(folders_in("-I/ -I //", {"-I"}), Folders{}); }

TEST_F(GuestFilesTest, RelativePathsAndNamedFoldersAreTheApplications) {
  GuestDouble guest([](uint64_t) {});
  const GuestFiles files(questions_, guest, "-I/named/ -Irelative", {"-I"});
  for (const char* path : {"a.h", "./a.h", "../a.h", "/named", "/named/a.h", "/named//x/../a.h"}) {
    EXPECT_TRUE(files.names(path)) << path;
  }
  for (const char* path : {"/", "/named.h", "/other/named/a.h", "/usr/share/library/own.h", ""}) {
    EXPECT_FALSE(files.names(path)) << path;
  }
  EXPECT_FALSE(files.names(nullptr));
  EXPECT_TRUE(guest.asked.empty());
}

TEST_F(GuestFilesTest, TheViewEndsWithTheCall) {
  GuestDouble guest([](uint64_t) {});
  EXPECT_EQ(GuestFiles::current(), nullptr);
  {
    const GuestFiles files(questions_, guest, nullptr, {"-I"});
    EXPECT_EQ(GuestFiles::current(), &files);
  }
  EXPECT_EQ(GuestFiles::current(), nullptr);
}

TEST_F(GuestFilesTest, AFileArrivesInPieces) {
  GuestDouble guest([&](uint64_t number) {
    EXPECT_TRUE(answer(file(number, 10, 0), "some "));
    EXPECT_TRUE(answer(file(number, 10, 5), "bytes"));
  });
  GuestFiles files(questions_, guest, nullptr, {});
  struct stat status;
  ASSERT_EQ(files.status("a.h", status), 0);
  EXPECT_EQ(status.st_size, 10);
  EXPECT_EQ(status.st_mode, mode_t{S_IFREG | 0640});
  EXPECT_EQ(status.st_mtime, 1234567);
  EXPECT_EQ(contents(files.open("a.h", 0)), "some bytes");
  // Each opening reads from the start.
  EXPECT_EQ(contents(files.open("a.h", O_CLOEXEC)), "some bytes");
  EXPECT_EQ(guest.asked, std::vector<std::string>{"a.h"});
}

TEST_F(GuestFilesTest, TwoNamesOfOneFileAreOneFile) {
  GuestDouble guest([&](uint64_t number) { EXPECT_TRUE(answer(file(number, 1), "x")); });
  GuestFiles files(questions_, guest, nullptr, {});
  struct stat one, other;
  ASSERT_EQ(files.status("a.h", one), 0);
  ASSERT_EQ(files.status("./a.h", other), 0);
  EXPECT_EQ(one.st_ino, other.st_ino);
  EXPECT_EQ(one.st_dev, other.st_dev);
}

TEST_F(GuestFilesTest, WhatIsMissingStaysMissingForTheCall) {
  GuestDouble guest([&](uint64_t number) { EXPECT_TRUE(answer(failure(number, ENOENT))); });
  GuestFiles files(questions_, guest, nullptr, {});
  struct stat status;
  EXPECT_EQ(files.status("a.h", status), -ENOENT);
  EXPECT_EQ(files.open("a.h", 0), -ENOENT);
  EXPECT_EQ(guest.asked.size(), 1u);
}

TEST_F(GuestFilesTest, AFolderIsNoFile) {
  GuestDouble guest([&](uint64_t number) {
    EXPECT_TRUE(answer({number, 0, 0, 1, 9, 0, S_IFDIR | 0755, 0}));
  });
  GuestFiles files(questions_, guest, nullptr, {});
  struct stat status;
  ASSERT_EQ(files.status("folder", status), 0);
  EXPECT_TRUE(S_ISDIR(status.st_mode));
  EXPECT_EQ(files.open("folder", 0), -EISDIR);
}

TEST_F(GuestFilesTest, PathsThatAreTooLongAreNotAskedFor) {
  GuestDouble guest([](uint64_t) {});
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(files.open(std::string(marshal::kMaxPath + 1, 'x').c_str(), 0), -ENAMETOOLONG);
  EXPECT_TRUE(guest.asked.empty());
}

TEST_F(GuestFilesTest, TheEndOfTheSessionAnswersEverything) {
  GuestDouble guest([](uint64_t) {});
  guest.gone = true;
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(files.open("a.h", 0), -EIO);
}

TEST_F(GuestFilesTest, NoCallHasMoreFilesThanItMay) {
  GuestDouble guest(
      [&](uint64_t number) { EXPECT_TRUE(answer(file(number, 1, 0, /*inode=*/number), "x")); });
  GuestFiles files(questions_, guest, nullptr, {});
  struct stat status;
  for (size_t i = 0; i < GuestFiles::kMaxFiles; ++i) {
    ASSERT_EQ(files.status(("file" + std::to_string(i)).c_str(), status), 0);
  }
  EXPECT_EQ(files.status("one more", status), -ENFILE);
  EXPECT_EQ(files.status("file0", status), 0);
}

// --- a guest that lies ---

TEST_F(GuestFilesTest, AnswersToNoQuestionAreRefused) {
  EXPECT_FALSE(answer(file(1, 1), "x"));
  GuestDouble guest([&](uint64_t number) {
    EXPECT_FALSE(answer(file(number + 1, 1), "x"));
    EXPECT_TRUE(answer(file(number, 1), "x"));
    EXPECT_FALSE(answer(file(number, 1), "y"));  // answered already
  });
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(contents(files.open("a.h", 0)), "x");
}

TEST_F(GuestFilesTest, BytesOutOfOrderOrBeyondTheEndAreRefused) {
  GuestDouble guest([&](uint64_t number) {
    EXPECT_TRUE(answer(file(number, 4, 0), "ab"));
    EXPECT_FALSE(answer(file(number, 4, 0), "ab"));
    EXPECT_FALSE(answer(file(number, 4, 3), "d"));
    EXPECT_FALSE(answer(file(number, 5, 2), "cde"));  // another size
    EXPECT_FALSE(answer(file(number, 4, 2), "cde"));
    EXPECT_FALSE(answer(file(number, 4, 2), ""));
    EXPECT_TRUE(answer(file(number, 4, 2), "cd"));
  });
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(contents(files.open("a.h", 0)), "abcd");
}

TEST_F(GuestFilesTest, AFileBeyondTheBoundDoesNotCome) {
  GuestDouble guest([&](uint64_t number) {
    EXPECT_TRUE(answer(file(number, GuestFiles::kMaxBytes + 1), "x"));
    EXPECT_FALSE(answer(file(number, GuestFiles::kMaxBytes + 1, 1), "x"));
  });
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(files.open("a.h", 0), -EFBIG);
}

TEST_F(GuestFilesTest, WhatIsNeitherFileNorFolderIsNothing) {
  GuestDouble guest([&](uint64_t number) {
    EXPECT_TRUE(answer({number, 0, 0, 1, 9, 0, S_IFIFO | 0644, 0}));
  });
  GuestFiles files(questions_, guest, nullptr, {});
  EXPECT_EQ(files.open("pipe", 0), -ENXIO);
}

}  // namespace
}  // namespace ava::server
