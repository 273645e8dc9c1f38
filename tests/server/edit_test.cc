// Edits of answers: what is dropped is gone from the text and from its size, in every query.
#include "server/edit.h"

#include <gtest/gtest.h>

#include <cstring>
#include <string>

namespace ava::server {
namespace {

EditedValue value_of(std::string_view text) {
  EditedValue value(text.size() + 1);
  std::memcpy(value.data(), text.data(), text.size());
  return value;
}

std::string text_of(EditedValue& value) {
  return std::string(reinterpret_cast<const char*>(value.data()), value.size());
}

TEST(EditedValue, DropsWordsWithTheirSpaces) {
  for (const auto& [before, after] : {std::pair{"a bc d", "a d"},
                                      {"bc a", "a"},
                                      {"a bc", "a"},
                                      {"bc", ""},
                                      {"", ""},
                                      {"a bcd abc", "a bcd abc"},
                                      {"bc bc a  bc ", "a"}}) {
    EditedValue value = value_of(before);
    value.drop_words({"bc", "x"});
    EXPECT_EQ(text_of(value), std::string(after) + '\0') << before;
  }
}

TEST(EditedValue, TakesWordsUpToItsEndWhereTheZeroIsMissing) {
  EditedValue value(4);
  std::memcpy(value.data(), "a bc", 4);
  value.drop_words({"bc"});
  EXPECT_EQ(text_of(value), std::string("a") + '\0');
}

TEST(EditedValue, OfNoBytesIsNoText) {
  EditedValue value(0);
  value.drop_words({"bc"});
  EXPECT_EQ(text_of(value), std::string(1, '\0'));
}

TEST(EditedValue, DropsEntriesByTheirText) {
  struct Entry {
    uint32_t version;
    char name[8];
  };
  const Entry entries[] = {{1, "a"}, {2, "bc"}, {3, "d"}, {4, "bc"}};
  EditedValue value(sizeof entries);
  std::memcpy(value.data(), entries, sizeof entries);
  value.drop_entries(sizeof(Entry), offsetof(Entry, name), {"bc"});
  ASSERT_EQ(value.size(), 2 * sizeof(Entry));
  EXPECT_EQ(std::memcmp(value.data(), &entries[0], sizeof(Entry)), 0);
  EXPECT_EQ(std::memcmp(value.data() + sizeof(Entry), &entries[2], sizeof(Entry)), 0);
}

TEST(EditsInPlace, ChangeNumbersOfTheirOwnSizeOnly) {
  uint8_t bytes[] = {0xff, 0xff, 0xff, 0xff, 0xff};
  clear_bits(bytes, 4, 0x0f);
  EXPECT_EQ(bytes[0], 0xf0);
  EXPECT_EQ(bytes[1], 0xff);
  replace_value(bytes, 2, 0x1234567);
  EXPECT_EQ(bytes[0], 0x67);
  EXPECT_EQ(bytes[1], 0x45);
  EXPECT_EQ(bytes[2], 0xff);
  clear_bits(nullptr, 0, 1);
  replace_value(nullptr, 0, 1);
}

// The library's side of a size query: 0, or -1 where there is no room.
class Library {
 public:
  explicit Library(std::string text) : text_(std::move(text)) {}

  int operator()(size_t size, void* value, size_t* size_ret) {
    ++asked;
    if (fails) return -2;
    if (value != nullptr && size < text_.size() + 1) return -1;
    if (value != nullptr) std::memcpy(value, text_.c_str(), text_.size() + 1);
    if (size_ret != nullptr) *size_ret = text_.size() + 1;
    return 0;
  }
  int asked = 0;
  bool fails = false;

 private:
  std::string text_;
};

class EditedQuery : public testing::Test {
 protected:
  int query(size_t size, char* value, bool edited = true) {
    return edited_query(
        edited, size, value, size_ret_, 0,
        [&](size_t s, void* v, size_t* r) { return library_(s, v, r); },
        [](EditedValue& answer) { answer.drop_words({"images"}); });
  }
  Library library_{"fast images exact"};
  size_t size_ret_ = 0;
};

TEST_F(EditedQuery, SaysTheEditedSizeToWhoAsksForTheSizeAlone) {
  EXPECT_EQ(query(0, nullptr), 0);
  EXPECT_EQ(size_ret_, sizeof "fast exact");
}

TEST_F(EditedQuery, FillsRoomOfExactlyThatSize) {
  char value[sizeof "fast exact"];
  EXPECT_EQ(query(sizeof value, value), 0);
  EXPECT_STREQ(value, "fast exact");
  EXPECT_EQ(size_ret_, sizeof value);
}

TEST_F(EditedQuery, HasTheLibrarysOwnErrorForTooLittleRoom) {
  char value[4] = "abc";
  EXPECT_EQ(query(sizeof value, value), -1);
  EXPECT_STREQ(value, "abc");
}

TEST_F(EditedQuery, PassesTheLibrarysOtherErrorsOn) {
  library_.fails = true;
  char value[64];
  EXPECT_EQ(query(sizeof value, value), -2);
}

TEST_F(EditedQuery, IsOneCallWhereNothingIsEdited) {
  char value[64];
  EXPECT_EQ(query(sizeof value, value, false), 0);
  EXPECT_STREQ(value, "fast images exact");
  EXPECT_EQ(library_.asked, 1);
}

}  // namespace
}  // namespace ava::server
