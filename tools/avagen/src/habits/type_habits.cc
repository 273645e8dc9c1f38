#include "habits/type_habits.h"

#include <algorithm>
#include <functional>
#include <map>

#include "habits/words.h"

namespace avagen {
namespace {

// The words of a constant behind those that all of the API share.
Words behind_prefix(const std::string& constant) {
  Words words = words_of(constant);
  if (words.size() > 1) words.erase(words.begin());
  return words;
}

bool has_all(const Words& words, std::initializer_list<std::string_view> wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  });
}

bool means_success(const Words& words) {
  if (has_one_of(words, {"success", "ok", "succeeded"})) return true;
  return has_all(words, {"no", "error"}) || words == Words{"noerror"} || words == Words{"none"};
}

// An outcome, and the words of constants that mean it and nothing narrower: "INVALID_VALUE" is a
// refusal in general, "INVALID_IMAGE_SIZE" is not.
struct Outcome {
  const char* word;
  std::vector<Words> names;  // the best first
};
const Outcome kOutcomes[] = {
    {"lost",
     {{"device", "lost"}, {"lost"}, {"elost"}, {"connection", "lost"}, {"session", "lost"}}},
    {"refused",
     {{"invalid", "value"},
      {"invalid", "argument"},
      {"invalid", "parameter"},
      {"bad", "argument"},
      {"bad", "value"},
      {"einval"},
      {"invalid"}}},
    {"exhausted",
     {{"out", "of", "host", "memory"},
      {"out", "of", "memory"},
      {"no", "memory"},
      {"insufficient", "memory"},
      {"enomem"},
      {"nomem"}}},
    {"unsupported",
     {{"not", "supported"},
      {"unsupported"},
      {"eunsupported"},
      {"not", "implemented"},
      {"invalid", "operation"}}},
};

std::string constant_of(const Header& header, const Outcome& outcome) {
  for (const Words& wanted : outcome.names) {
    for (const std::string& constant : header.own_constants) {
      Words words = behind_prefix(constant);
      std::erase_if(words, [](const std::string& word) {
        return is_one_of(word, {"error", "err", "e", "status"});
      });
      if (words == wanted) return constant;
    }
  }
  return "";
}

const CType* plain_status(const CType& c) {
  // "int" and "size_t" say nothing of what they mean; a typedef of the API's own does.
  if (c.kind != CType::Kind::kInteger && c.kind != CType::Kind::kEnum) return nullptr;
  if (c.size < 4) return nullptr;
  if (c.kind == CType::Kind::kInteger && c.chain.size() < 2) return nullptr;
  const std::string& name = c.chain.front();
  const bool standard =
      is_one_of(name, {"size_t", "ssize_t", "intptr_t", "uintptr_t", "ptrdiff_t"}) ||
      name.starts_with("int") || name.starts_with("uint");
  return standard ? nullptr : &c;
}

void add_handle(const CType& c, const std::function<void(const CType&)>& add) {
  if (c.is_opaque_pointer()) return add(c);
  if (c.is_pointer() && c.pointee != nullptr && !c.is_function_pointer())
    add_handle(*c.pointee, add);
  if (!c.is_function_pointer()) return;
  for (const CType& parameter : c.pointee->parameters) add_handle(parameter, add);
}

std::string handle_name(const CType& c) {
  // A pointer without a name of its own goes by that of the struct.
  const std::string& name = c.chain.front().ends_with("*") ? c.chain.back() : c.chain.front();
  return name.starts_with("const ") ? name.substr(6) : name;
}

// "VEC_INVALID_MEM_OBJECT" for vec_mem: what is invalid or bad, and then the type's own words.
std::string invalid_constant(const Header& header, const std::string& type) {
  Words own = words_of(type);
  if (own.size() > 1) own.erase(own.begin());
  while (own.size() > 1 && is_one_of(own.back(), {"t", "id", "handle", "object", "ptr"})) {
    own.pop_back();
  }
  std::string best;
  for (const std::string& constant : header.own_constants) {
    const Words words = behind_prefix(constant);
    if (words.size() <= own.size() || !is_one_of(words.front(), {"invalid", "bad"})) continue;
    if (!std::equal(own.begin(), own.end(), words.begin() + 1)) continue;
    if (best.empty() || constant.size() < best.size()) best = constant;
  }
  return best;
}

}  // namespace

std::vector<StatusType> status_types(const Header& header) {
  std::vector<const CType*> types;
  std::map<std::string, size_t> uses;
  for (const HeaderFunction& function : header.own_functions) {
    const CType* type = plain_status(function.result);
    if (type != nullptr && ++uses[type->chain.front()] == 1) types.push_back(type);
  }
  // An integer that some functions return may be a count; most results tell how the call went.
  std::stable_sort(types.begin(), types.end(), [&](const CType* a, const CType* b) {
    return uses[a->chain.front()] > uses[b->chain.front()];
  });
  std::vector<StatusType> all;
  for (const CType* type : types) {
    if (type->kind != CType::Kind::kEnum && !all.empty()) continue;
    std::string success;
    for (const std::string& constant : header.own_constants) {
      const auto value = header.constants.find(constant);
      if (value == header.constants.end() || !value->second.is_integer) continue;
      if (value->second.value != 0 || !means_success(behind_prefix(constant))) continue;
      success = constant;
      break;
    }
    if (success.empty()) continue;
    StatusType status{type->chain.front(), {{"success", success}}};
    for (const Outcome& outcome : kOutcomes) {
      status.meanings.push_back({outcome.word, constant_of(header, outcome)});
    }
    all.push_back(std::move(status));
  }
  return all;
}

std::vector<HandleType> handle_types(const Header& header) {
  std::vector<HandleType> all;
  const auto add = [&](const CType& c) {
    const std::string name = handle_name(c);
    const bool known = std::any_of(all.begin(), all.end(),
                                   [&](const HandleType& type) { return type.name == name; });
    if (!known) all.push_back({name, invalid_constant(header, name)});
  };
  for (const HeaderFunction& function : header.own_functions) {
    add_handle(function.result, add);
    for (const HeaderParameter& parameter : function.parameters) add_handle(parameter.type, add);
  }
  return all;
}

std::vector<std::string> doubtful_handles(const Header& header) {
  std::vector<std::string> all;
  const auto add = [&](const CType& c) {
    const bool doubtful =
        c.is_pointer() && c.pointee->kind == CType::Kind::kVoid && c.chain.size() > 1;
    if (doubtful && std::find(all.begin(), all.end(), c.chain.front()) == all.end()) {
      all.push_back(c.chain.front());
    }
  };
  for (const HeaderFunction& function : header.own_functions) {
    add(function.result);
    for (const HeaderParameter& parameter : function.parameters) {
      add(parameter.type);
      if (parameter.type.is_pointer()) add(*parameter.type.pointee);
    }
  }
  return all;
}

std::string error_parameter(const Header& header) {
  std::map<std::string, size_t> names;
  for (const HeaderFunction& function : header.own_functions) {
    if (!function.result.is_pointer()) continue;
    for (const HeaderParameter& parameter : function.parameters) {
      const bool number = parameter.type.is_pointer() && parameter.type.pointee->is_number() &&
                          !parameter.type.pointee->is_const;
      const Words words = words_of(parameter.name);
      if (number && has_one_of(words, {"err", "error", "errcode", "errno", "status"})) {
        ++names[parameter.name];
      }
    }
  }
  std::string best;
  for (const auto& [name, count] : names) {
    if (count > 1 && (best.empty() || count > names[best])) best = name;
  }
  return best;
}

}  // namespace avagen
