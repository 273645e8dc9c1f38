// What a header says about its functions by habit: the one place that knows how C APIs name and
// arrange things. `avagen init` writes what is found here as annotations, each with its reason;
// `avagen generate` takes what is certain where a specification is silent.
//
// What is likely but not certain is a finding of its own kind (Slot::kUnresolved), and never
// anything else.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "habits/remarks.h"
#include "habits/shared_memory.h"
#include "habits/signature.h"
#include "habits/value_names.h"
#include "tree.h"

namespace avagen {

// What an annotation is about: a specification that says something about it needs no habit.
enum class Slot : uint8_t {
  kDirection,
  kLength,
  kWritten,
  kAllocates,
  kTranslation,
  kMemory,
  kReference,
  kLifetime,
  kCallback,
  kError,
  kNull,
  kSynchrony,
  kUnresolved,
};

struct Finding {
  Slot slot;
  std::string text;    // annotations, as a specification would say them: "buffer(size);"
  std::string reason;  // of kUnresolved: what is to be decided
};

struct FunctionFindings {
  std::vector<Finding> function;
  std::vector<std::vector<Finding>> parameters;
  const std::vector<Finding>& of(size_t parameter) const { return parameters[parameter]; }
};

class Habits {
 public:
  // `header`: all of the API, which says which objects are made by none; must outlive this.
  // `error_name`: the convention's name of an error parameter, if there is one.
  Habits(const Header& header, HandleTest is_handle, std::vector<NamingRule> rules,
         std::string error_name);

  // `remarks`: what prose says; empty where only names and types count.
  FunctionFindings about(const Signature& signature, const Remarks& remarks) const;
  // What the parameters of an application's function are, by the same habits.
  FunctionFindings about_callback(const CType& function) const;

 private:
  struct Reading;  // of one function
  void pointer(Reading& reading, size_t index) const;
  void output(Reading& reading, size_t index, const std::string& reason) const;
  void input(Reading& reading, size_t index) const;
  void handle(Reading& reading, size_t index) const;
  void callback(Reading& reading, size_t index) const;
  void lifetimes(Reading& reading) const;
  bool is_handle_pointer(const CType& c) const;
  bool is_listed_noun(const SignatureParameter& parameter) const;
  void results(Reading& reading, size_t index, const SignatureParameter& selector) const;
  void properties(Reading& reading, size_t index) const;
  void learn_words(const Signature& signature);
  std::string property_list(const SignatureParameter& selector, const std::string& constant) const;

  const Header& header_;
  const SharedMemory shared_memory_;
  HandleTest is_handle_;
  std::vector<NamingRule> rules_;
  std::string error_name_;
  std::set<std::string> made_;     // handle types that some function makes
  std::set<std::string> owned_;    // those that one makes or releases by its name
  ValueNames::Nouns nouns_;        // of the handle types, and of what makes one
  std::set<std::string> numbers_;  // parameters that some function takes by value
  std::set<std::string> lists_;    // types of which some function takes a list of const
  bool knows_depth_ = false;       // it is about things with three dimensions
};

}  // namespace avagen
