#include "explain.h"

#include <algorithm>
#include <iostream>

#include "commands/commands.h"
#include "diagnostics.h"

namespace avagen {
namespace {

// "ag17" and "17" mean AG0017, too.
std::string spelled_out(std::string number) {
  number.erase(0, number.find_first_not_of("AGag"));
  if (number.empty() || number.find_first_not_of("0123456789") != std::string::npos) return "";
  number.erase(0, std::min(number.find_first_not_of('0'), number.size()));
  return "AG" + std::string(4 - std::min<size_t>(4, number.size()), '0') + number;
}

}  // namespace

int explain(const std::string& number) {
  if (number.empty()) {
    for (const Row& row : diagnostics_table()) {
      std::cout << number_of(row.code)
                << (row.severity == Severity::kError ? " error    " : " warning  ")
                << with_arguments(row.message, {}) << "\n";
    }
    return kSuccess;
  }
  const std::string wanted = spelled_out(number);
  for (const ExplanationPage& page : explanation_pages()) {
    if (page.number != wanted) continue;
    std::cout << page.text;
    return kSuccess;
  }
  std::cerr << "avagen: there is no diagnostic '" << number << "'; 'avagen explain' lists them\n";
  return kUsage;
}

}  // namespace avagen
