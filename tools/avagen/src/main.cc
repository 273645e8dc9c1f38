// avagen: makes an API's guest library, router module and server module from its specification, and
// helps to write one.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "annotations.h"
#include "commands/commands.h"

namespace avagen {
namespace {

constexpr const char* kDescription =
    "Makes an API's guest library, router module and server module from its specification";

// What `--help` says behind the commands.
std::string footer() {
  std::string text =
      "Exit status: 0 success, 1 the specification has errors (diff: what is old does not work;\n"
      "coverage: something is missing), 2 wrong usage or a file that cannot be read or written,\n"
      "3 nothing is wrong but something is unresolved.\n"
      "\nAnnotations:\n";
  for (const AnnotationRow& row : annotations()) {
    const std::string name(row.name);
    text += "  " + name + std::string(20 - std::min<size_t>(19, name.size()), ' ') +
            std::string(row.meaning) + "\n";
  }
  return text;
}

void add_specification(CLI::App& command, Options& options) {
  command.add_option("spec", options.spec, "the specification")->required()->option_text("SPEC");
  command
      .add_option("-I", options.include_folders,
                  "where headers and included specifications are looked for; may be repeated")
      ->option_text("FOLDER")
      ->allow_extra_args(false);
}

int run(int count, char** values) {
  CLI::App app(kDescription, "avagen");
  app.footer(footer);
  app.require_subcommand(1);

  GenerateArguments generating;
  CLI::App* generate_command = app.add_subcommand(
      "generate", "Write the package and api-report.md; nothing if there is an error");
  add_specification(*generate_command, generating.options);
  generate_command->add_option("-o", generating.out, "where to write")
      ->required()
      ->option_text("FOLDER");
  generate_command
      ->add_option("--report", generating.report, "write the report there, not beside the package")
      ->option_text("FILE");
  generate_command
      ->add_option("--depfile", generating.depfile,
                   "write there what the output depends on, for make or ninja")
      ->option_text("FILE");

  CheckArguments checking;
  CLI::App* check_command = app.add_subcommand(
      "check", "Say what is wrong, and count what is covered, refused and written by hand");
  add_specification(*check_command, checking.options);
  check_command->add_flag("--json", checking.json, "the same for programs, on stdout");

  InitArguments starting;
  InitOptions& start = starting.options;
  CLI::App* init_command =
      app.add_subcommand("init", "Write a first specification from an unmodified header");
  init_command->add_option("headers", start.headers, "files, or names as behind #include")
      ->required()
      ->option_text("HEADER...");
  init_command->add_option("-o", starting.out, "where to write; without it, stdout")
      ->option_text("FILE");
  init_command
      ->add_flag("--chapters", start.chapters,
                 "make -o a folder, with a file for each kind of object")
      ->needs("-o");
  init_command
      ->add_option("-I", start.include_folders, "where headers are looked for; may be repeated")
      ->option_text("FOLDER")
      ->allow_extra_args(false);
  init_command->add_option("-D", start.defines, "a macro that the header needs; may be repeated")
      ->option_text("NAME[=VALUE]")
      ->allow_extra_args(false);
  init_command
      ->add_option("--docs", start.docs,
                   "a reference, plain text or XML, to read what it says about parameters")
      ->option_text("FILE");
  init_command
      ->add_option("--conventions", start.conventions,
                   "a specification with convention { }: how this API names things")
      ->option_text("FILE");
  init_command->add_option("--api", start.api, "the package's name [the header's]")
      ->option_text("NAME");
  init_command->add_option("--library", start.library, "what the server loads")
      ->option_text("SONAME");

  DiffArguments differing;
  CLI::App* diff_command = app.add_subcommand(
      "diff", "Compare two versions of an API: what changed, and whether old guests still work");
  diff_command->add_option("old", differing.before, "a specification (.ava) or a header")
      ->required()
      ->option_text("OLD");
  diff_command->add_option("new", differing.after, "the same")->required()->option_text("NEW");
  diff_command
      ->add_option("-I", differing.include_folders, "where headers are looked for; may be repeated")
      ->option_text("FOLDER")
      ->allow_extra_args(false);

  CoverageArguments covering;
  CLI::App* coverage_command = app.add_subcommand(
      "coverage", "Say what programs need of an API, and how much of that is covered");
  coverage_command
      ->add_option("programs", covering.programs, "programs, libraries, folders of them")
      ->required()
      ->option_text("PROGRAM...");
  coverage_command->add_option("--spec", covering.options.spec, "the specification")
      ->required()
      ->option_text("SPEC");
  coverage_command
      ->add_option("-I", covering.options.include_folders,
                   "where headers and included specifications are looked for; may be repeated")
      ->option_text("FOLDER")
      ->allow_extra_args(false);
  coverage_command
      ->add_option("--popularity", covering.popularity, "how much programs or functions weigh")
      ->option_text("FILE");
  coverage_command->add_flag("--json", covering.json, "the same for programs, on stdout");

  std::string number;
  CLI::App* explain_command =
      app.add_subcommand("explain", "Explain a diagnostic, or list them all");
  explain_command->add_option("number", number, "such as AG0017")->option_text("NUMBER");

  try {
    app.parse(count, values);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kSuccess : kUsage;
  }
  if (generate_command->parsed()) return generate(generating);
  if (check_command->parsed()) return check(checking);
  for (std::string& define : start.defines) {
    std::replace(define.begin(), define.end(), '=', ' ');
  }
  if (init_command->parsed()) return init(starting);
  if (diff_command->parsed()) return diff(differing);
  if (coverage_command->parsed()) return coverage(covering);
  if (explain_command->parsed()) return explain(number);
  return kUsage;
}

}  // namespace
}  // namespace avagen

int main(int count, char** values) {
  try {
    return avagen::run(count, values);
  } catch (const std::exception& error) {
    std::cerr << "avagen: " << error.what() << "\n";
    return avagen::kUsage;
  }
}
