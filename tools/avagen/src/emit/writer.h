// Text in the style of this repository: indented, wrapped at 100 columns, always the same bytes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace avagen {

class Writer {
 public:
  static constexpr size_t kColumns = 100;

  explicit Writer(size_t indent = 0) : indent_(indent) {}

  // One logical line; wrapped where it is too long.
  void line(std::string_view text = {});
  // A line that opens a block ("if (x) {"), and the one that closes it; empty: none does.
  void open(std::string_view text);
  void close(std::string_view text = "}");
  // A list in braces: "x[] = {", its rows, "};".
  void open_list(std::string_view head);
  void close_list();
  // if (condition) statement: on one line where it fits, as a block otherwise.
  void guarded(std::string_view condition, std::string_view statement);
  // head = { a, b, c, }; with as many items on each line as fit.
  void table(std::string_view head, const std::vector<std::string>& items);
  // Text that is not ours to change.
  void verbatim(std::string_view text) { text_ += text; }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
  size_t indent_;
};

// "a, b, c"
std::string joined(const std::vector<std::string>& items, std::string_view separator = ", ");

}  // namespace avagen
