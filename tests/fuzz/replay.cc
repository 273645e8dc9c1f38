// Runs a fuzz target without libFuzzer: on the inputs it is given, on pseudo-random changes of
// them, and on pseudo-random ones, the same in every run.      usage: TARGET [FILE-OR-FOLDER ...]
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

#include "tests/fuzz/fuzz.h"

namespace {

// As many inputs of each kind; some targets take a millisecond for one, under a sanitizer.
constexpr int kInputs = 1500;

using Bytes = std::vector<uint8_t>;

void run(const Bytes& bytes) { LLVMFuzzerTestOneInput(bytes.data(), bytes.size()); }

Bytes content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// In the order of their names, so that every run is the same.
std::vector<Bytes> seeds(int argc, char** argv) {
  std::vector<std::filesystem::path> paths;
  for (int i = 1; i < argc; ++i) {
    if (!std::filesystem::is_directory(argv[i])) {
      paths.emplace_back(argv[i]);
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(argv[i])) {
      paths.push_back(entry.path());
    }
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Bytes> all;
  for (const auto& path : paths) all.push_back(content(path));
  return all;
}

// A few bytes of a seed, and now and then its end, are others.
void run_changed(const std::vector<Bytes>& seeds) {
  std::mt19937 random(2);
  for (int i = 0; i < kInputs && !seeds.empty(); ++i) {
    Bytes bytes = seeds[random() % seeds.size()];
    for (unsigned left = random() % 8; left > 0 && !bytes.empty(); --left) {
      bytes[random() % bytes.size()] =
          static_cast<uint8_t>(random() % 2 == 0 ? random() % 64 : random());
    }
    if (random() % 8 == 0) bytes.resize(random() % (bytes.size() + 1));
    run(bytes);
  }
}

void run_random() {
  std::mt19937 random(1);
  for (int i = 0; i < kInputs; ++i) {
    Bytes bytes(random() % 512);
    // Small numbers are likelier to be sizes and counts that almost fit.
    const bool small = random() % 2 == 0;
    for (uint8_t& byte : bytes) {
      byte = static_cast<uint8_t>(small && random() % 4 != 0 ? random() % 9 : random());
    }
    run(bytes);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<Bytes> given = seeds(argc, argv);
  for (const Bytes& seed : given) run(seed);
  run_changed(given);
  run_random();
  return 0;
}
