// Where the parts of an installation lie, seen from the running executable: the same for a build
// folder and for an installed tree. The router and `ava` use the same rules.
#pragma once

#include <filesystem>
#include <vector>

namespace ava::router {

// Where modules and `*.guest.env` files are looked for: AVA_MODULE_PATH (folders, separated by
// ':'), else the build folder that the executable lies in, else the installation's module folder.
std::vector<std::filesystem::path> module_folders();

// A program of AvA's: beside the executable, in the build folder, or in the installation's libexec
// folder. Empty if it is nowhere. `build_folder` is where the build leaves it ("src/server").
std::filesystem::path find_program(const std::string& name, const std::string& build_folder);

}  // namespace ava::router
