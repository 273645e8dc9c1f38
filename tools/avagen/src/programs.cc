#include "programs.h"

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string_view>

namespace avagen {
namespace {

namespace fs = std::filesystem;

// One file, open for libelf.
class ElfFile {
 public:
  explicit ElfFile(const std::string& path) {
    elf_version(EV_CURRENT);
    descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor_ >= 0) elf_ = elf_begin(descriptor_, ELF_C_READ_MMAP, nullptr);
  }
  ~ElfFile() {
    if (elf_ != nullptr) elf_end(elf_);
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  ElfFile(const ElfFile&) = delete;
  ElfFile& operator=(const ElfFile&) = delete;

  bool is_elf() const { return elf_ != nullptr && elf_kind(elf_) == ELF_K_ELF; }
  Elf* get() const { return elf_; }

 private:
  int descriptor_ = -1;
  Elf* elf_ = nullptr;
};

void read_imports(Elf* elf, Elf_Scn* section, const GElf_Shdr& header,
                  const std::set<std::string>& names, Program& program) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || header.sh_entsize == 0) return;
  const auto count = static_cast<int>(header.sh_size / header.sh_entsize);
  for (int i = 0; i < count; ++i) {
    GElf_Sym symbol;
    if (gelf_getsym(data, i, &symbol) == nullptr) return;
    if (symbol.st_shndx != SHN_UNDEF) continue;
    const char* name = elf_strptr(elf, header.sh_link, symbol.st_name);
    if (name != nullptr && names.contains(name)) program.imported.insert(name);
  }
}

void read_strings(Elf_Scn* section, const std::set<std::string>& names, Program& program) {
  Elf_Data* data = elf_getdata(section, nullptr);
  if (data == nullptr || data->d_buf == nullptr) return;
  const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
  for (size_t at = 0; at < bytes.size();) {
    const size_t zero = std::min(bytes.find('\0', at), bytes.size());
    if (zero > at && zero - at < 256 && zero < bytes.size()) {
      const std::string text(bytes.substr(at, zero - at));
      if (names.contains(text)) program.mentioned.insert(text);
    }
    at = zero + 1;
  }
}

}  // namespace

std::optional<Program> read_program(const std::string& path, const std::set<std::string>& names) {
  const ElfFile file(path);
  if (!file.is_elf()) return std::nullopt;
  Program program;
  program.path = path;
  Elf_Scn* section = nullptr;
  while ((section = elf_nextscn(file.get(), section)) != nullptr) {
    GElf_Shdr header;
    if (gelf_getshdr(section, &header) == nullptr) continue;
    if (header.sh_type == SHT_DYNSYM) {
      read_imports(file.get(), section, header, names, program);
    } else if (header.sh_type == SHT_PROGBITS && (header.sh_flags & SHF_ALLOC) != 0 &&
               (header.sh_flags & SHF_EXECINSTR) == 0) {
      read_strings(section, names, program);
    }
  }
  return program;
}

std::vector<std::string> files_below(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    if (!fs::exists(path)) throw std::runtime_error("there is no " + path);
    if (!fs::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const auto options = fs::directory_options::skip_permission_denied;
    for (const auto& entry : fs::recursive_directory_iterator(path, options)) {
      std::error_code ignored;
      if (entry.is_regular_file(ignored)) files.push_back(entry.path().string());
    }
  }
  std::sort(files.begin(), files.end());
  files.erase(std::unique(files.begin(), files.end()), files.end());
  return files;
}

}  // namespace avagen
