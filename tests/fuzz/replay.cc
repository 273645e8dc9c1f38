// Runs a fuzz target without libFuzzer: on the inputs it is given, then on some thousand
// pseudo-random ones, the same in every run.      usage: TARGET [FILE-OR-FOLDER ...]
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

void run_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
}

void run_random(int inputs) {
  std::mt19937 random(1);
  for (int i = 0; i < inputs; ++i) {
    std::vector<uint8_t> bytes(random() % 512);
    // Small numbers are likelier to be sizes and counts that almost fit.
    const bool small = random() % 2 == 0;
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(small && random() % 4 != 0 ? random() % 9 : random());
    }
    LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      run_file(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) run_file(entry.path());
  }
  run_random(20'000);
  return 0;
}
