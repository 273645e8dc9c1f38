#include "init.h"

#include <filesystem>
#include <iostream>

#include "commands/commands.h"
#include "commands/output.h"

namespace avagen {

int init(const InitArguments& arguments) {
  Sources sources;
  Reporter reporter(sources);
  InitResult result;
  InitOptions options = arguments.options;
  const std::filesystem::path out(arguments.out);
  options.folder = options.chapters ? out.string() : out.parent_path().string();
  const bool readable = init(options, result, reporter);
  std::cerr << reporter.format();
  if (!readable) return kErrors;
  if (arguments.out.empty()) {
    std::cout << result.files.front().text;
  } else if (options.chapters) {
    std::error_code ignored;
    std::filesystem::create_directories(out, ignored);  // write_file() says what is wrong
    for (const File& file : result.files) {
      if (!write_new_file(out / file.name, file.text)) return kUsage;
    }
  } else if (!write_new_file(out, result.files.front().text)) {
    return kUsage;
  }
  std::cerr << result.functions << " functions, " << result.parameters << " parameters, "
            << result.unresolved << " of them unresolved\n";
  return kSuccess;
}

}  // namespace avagen
