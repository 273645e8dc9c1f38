// The page of each diagnostic: what is meant, an example, the remedy. They are written as text in
// pages/, one file for each number, and compiled into the program.
#pragma once

#include <span>
#include <string_view>

namespace avagen {

struct ExplanationPage {
  std::string_view number;  // "AG0017"
  std::string_view text;    // Markdown
};

std::span<const ExplanationPage> explanation_pages();

}  // namespace avagen
