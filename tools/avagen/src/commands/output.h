// Writing what a subcommand made.
#pragma once

#include <filesystem>
#include <string>

namespace avagen {

// Unchanged files keep their time, so that nothing is rebuilt for them. False, having said why on
// stderr, where the file cannot be written.
bool write_file(const std::filesystem::path& path, const std::string& text);

// The same, but a file that is there already, with other content, is left alone.
bool write_new_file(const std::filesystem::path& path, const std::string& text);

}  // namespace avagen
