#include "router/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <string_view>

#include "router/config_values.h"
#include "transport/ivshmem_memory.h"
#include "transport/layout.h"

namespace ava::router {
namespace {

// Reads one table: each key is asked for once, and what nobody asked for is an error.
class Table {
 public:
  Table(const toml::table& table, std::string name, const std::string& file)
      : table_(table), name_(std::move(name)), file_(file) {}

  const toml::node* take(std::string_view key) {
    known_.emplace_back(key);
    return table_.get(key);
  }

  template <typename T>
  void integer(std::string_view key, T& target, uint64_t least, uint64_t most) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<int64_t>();
    if (!value || *value < 0 || static_cast<uint64_t>(*value) < least ||
        static_cast<uint64_t>(*value) > most) {
      complain(*node, std::string(key) + " must be a whole number from " + std::to_string(least) +
                          " to " + std::to_string(most));
    }
    target = static_cast<T>(*value);
  }

  void flag(std::string_view key, bool& target) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<bool>();
    if (!value) complain(*node, std::string(key) + " must be true or false");
    target = *value;
  }

  template <typename T>
  void text(std::string_view key, T& target) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    if (!value || value->empty()) complain(*node, std::string(key) + " must be a text");
    target = *value;
  }

  // Bytes: a whole number, or a text such as "512 MiB".
  void size(std::string_view key, uint64_t& target) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    std::optional<uint64_t> bytes;
    if (const auto number = node->value_exact<int64_t>(); number && *number >= 0) {
      bytes = static_cast<uint64_t>(*number);
    } else if (const auto words = node->value_exact<std::string>()) {
      bytes = parse_size(*words);
    }
    if (!bytes || *bytes < kMinArena || *bytes > kMaxArena) {
      complain(*node, std::string(key) + " must be a size from 1 MiB to 1 TiB, as \"512 MiB\"");
    }
    target = *bytes;
  }

  // `each` gets the elements of an array.
  template <typename Each>
  void array(std::string_view key, const char* of_what, Each&& each) {
    const toml::node* node = take(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) complain(*node, std::string(key) + " must be a list of " + of_what);
    for (const toml::node& element : *array) {
      if (!each(element)) complain(element, std::string(key) + " must be a list of " + of_what);
    }
  }

  // A table below this one; null where there is none.
  const toml::table* table(std::string_view key) {
    const toml::node* node = take(key);
    if (node == nullptr) return nullptr;
    if (node->as_table() == nullptr) complain(*node, std::string(key) + " must be a table");
    return node->as_table();
  }

  // After everything was taken.
  void finish() const {
    for (const auto& [key, node] : table_) {
      if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
      std::string names;
      for (const std::string& known : known_) names += (names.empty() ? "" : ", ") + known;
      complain(node, "unknown key '" + std::string(key.str()) + "' in " + name_ +
                         "; known are: " + names);
    }
  }

  [[noreturn]] void complain(const toml::node& node, const std::string& what) const {
    throw ConfigError(file_ + ":" + std::to_string(node.source().begin.line) + ": " + what);
  }
  const toml::table& node() const { return table_; }

 private:
  const toml::table& table_;
  std::string name_;
  const std::string& file_;
  std::vector<std::string> known_;
};

// What every kind of guest has.
GuestConfig read_guest(Table& table, GuestConfig guest) {
  table.text("name", guest.name);
  table.text("socket", guest.socket);
  table.integer("mode", guest.mode, 0, 0777);
  table.array("allowed_uids", "user ids", [&](const toml::node& element) {
    const auto uid = element.value_exact<int64_t>();
    if (!uid || *uid < 0 || *uid > std::numeric_limits<uid_t>::max()) return false;
    guest.allowed_uids.push_back(static_cast<uid_t>(*uid));
    return true;
  });
  table.integer("max_channels", guest.max_channels, 1, transport::kMaxChannels);
  if (!valid_name(guest.name)) {
    table.complain(table.node(), "a guest needs a name of letters, digits, '-', '_' and '.'");
  }
  if (guest.socket.empty()) {
    table.complain(table.node(), "guest '" + guest.name + "' needs a socket");
  }
  return guest;
}

GuestConfig read_local_guest(const toml::table& node, const GuestConfig& defaults,
                             const std::string& file) {
  Table table(node, "[[guest]]", file);
  GuestConfig guest = read_guest(table, defaults);
  table.size("arena_size", guest.arena_size);
  table.integer("max_sessions", guest.max_sessions, 1, kMaxSessions);
  table.finish();
  return guest;
}

GuestConfig read_machine(const toml::table& node, const GuestConfig& defaults,
                         const std::string& file) {
  Table table(node, "[[vm]]", file);
  GuestConfig guest = read_guest(table, defaults);
  MachineConfig machine;
  table.size("memory", machine.memory);
  table.integer("slices", machine.slices, 1, AVA_IVSHMEM_MAX_SLICES);
  table.flag("doorbells", machine.doorbells);
  table.finish();
  guest.machine = machine;
  if (const std::string wrong = complete_machine(guest); !wrong.empty()) {
    table.complain(node, "vm '" + guest.name + "' " + wrong);
  }
  return guest;
}

void read_router(Table table, Config& config, GuestConfig& defaults) {
  table.integer("threads", config.threads, 1, kMaxThreads);
  table.text("admin_socket", config.admin_socket);
  table.text("run_folder", config.run_folder);
  table.text("cache_folder", config.cache_folder);
  table.array("modules", "folders", [&](const toml::node& element) {
    const auto folder = element.value_exact<std::string>();
    if (folder) config.modules.emplace_back(*folder);
    return folder.has_value();
  });
  table.size("arena_size", defaults.arena_size);
  table.integer("max_channels", defaults.max_channels, 1, transport::kMaxChannels);
  table.integer("max_sessions", defaults.max_sessions, 1, kMaxSessions);
  std::string waiter = "auto";
  table.text("waiter", waiter);
  if (waiter == "io_uring") {
    config.waiter = transport::Waiter::Kind::kIoUring;
  } else if (waiter == "epoll") {
    config.waiter = transport::Waiter::Kind::kEpoll;
  } else if (waiter != "auto") {
    table.complain(*table.take("waiter"), "waiter must be \"auto\", \"io_uring\" or \"epoll\"");
  }
  table.finish();
}

void read_server(Table table, Config& config) {
  table.text("program", config.server_program);
  if (const toml::table* environment = table.table("environment")) {
    for (const auto& [key, value] : *environment) {
      const auto text = value.value_exact<std::string>();
      if (!text) table.complain(value, "environment values must be texts");
      config.server_environment.push_back(std::string(key.str()) + "=" + *text);
    }
  }
  table.finish();
}

Config read_tables(const toml::table& root, const std::string& file) {
  Config config;
  GuestConfig defaults;
  Table table(root, "the file", file);
  if (const toml::table* node = table.table("router")) {
    read_router(Table(*node, "[router]", file), config, defaults);
  }
  if (const toml::table* node = table.table("server")) {
    read_server(Table(*node, "[server]", file), config);
  }
  const auto add = [&](const toml::node& element, GuestConfig added) {
    for (const GuestConfig& guest : config.guests) {
      if (guest.name == added.name || guest.socket == added.socket) {
        table.complain(element,
                       "guest '" + added.name + "' has the name or the socket of an earlier one");
      }
    }
    config.guests.push_back(std::move(added));
  };
  table.array("guest", "tables, each written as [[guest]]", [&](const toml::node& element) {
    if (element.as_table() == nullptr) return false;
    add(element, read_local_guest(*element.as_table(), defaults, file));
    return true;
  });
  table.array("vm", "tables, each written as [[vm]]", [&](const toml::node& element) {
    if (element.as_table() == nullptr) return false;
    add(element, read_machine(*element.as_table(), defaults, file));
    return true;
  });
  table.finish();
  if (config.guests.empty()) {
    config.guests.push_back(defaults);
  }
  return config;
}

}  // namespace

std::string complete_machine(GuestConfig& guest) {
  const MachineConfig& machine = *guest.machine;
  if (!std::has_single_bit(machine.memory)) return "needs a memory that is a power of two";
  if (machine.slices == 0 || machine.slices > AVA_IVSHMEM_MAX_SLICES) {
    return "needs 1 to " + std::to_string(AVA_IVSHMEM_MAX_SLICES) + " slices";
  }
  // A slice is as large as the memory allows, whatever local clients get.
  guest.arena_size = transport::IvshmemMemory::arena_size({machine.memory, machine.slices});
  if (guest.arena_size < kMinArena) {
    return "needs more memory for " + std::to_string(machine.slices) + " slices: each takes " +
           std::to_string((transport::kArenaOffset >> 20) + 1) +
           " MiB of addresses, and its clients' bulk memory";
  }
  guest.max_sessions = machine.slices;
  return {};
}

Config parse_config(const std::string& text, const std::string& name) {
  try {
    return read_tables(toml::parse(text, name), name);
  } catch (const toml::parse_error& error) {
    throw ConfigError(name + ":" + std::to_string(error.source().begin.line) + ": " +
                      std::string(error.description()));
  }
}

Config read_config(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    throw ConfigError(path + ": cannot be read: " + std::strerror(errno));
  }
  return parse_config(text.str(), path);
}

}  // namespace ava::router
