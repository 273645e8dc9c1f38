// What `ava doctor` says of a machine's first steps, which lie in sysfs; tests/vm has the whole
// way.
#include "doctor.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace ava::tool {
namespace {

namespace fs = std::filesystem;

class Doctor : public testing::Test {
 protected:
  Doctor() {
    std::string name = (fs::temp_directory_path() / "ava-doctor-XXXXXX").string();
    sysfs_ = ::mkdtemp(name.data());
    ::unsetenv("AVA_SOCKET");
    ::unsetenv("AVA_TRANSPORT");
    ::setenv("AVA_DEVICE", (sysfs_ / "no device").c_str(), 1);
  }
  ~Doctor() override {
    ::unsetenv("AVA_DEVICE");
    fs::remove_all(sysfs_);
  }

  fs::path add_device(const std::string& vendor, const std::string& device) {
    const fs::path folder = sysfs_ / "bus/pci/devices/0000:00:02.0";
    fs::create_directories(folder);
    std::ofstream(folder / "vendor") << vendor << "\n";
    std::ofstream(folder / "device") << device << "\n";
    return folder;
  }
  fs::path add_driver(const fs::path& device, const std::string& name) {
    const fs::path driver = sysfs_ / "bus/pci/drivers" / name;
    fs::create_directories(driver);
    fs::create_directory_symlink(driver, device / "driver");
    return driver;
  }

  // What it says; it must find something wrong.
  std::string examine_all() {
    char* text = nullptr;
    size_t size = 0;
    std::FILE* const out = ::open_memstream(&text, &size);
    const std::string socket = (sysfs_ / "no.sock").string();
    DoctorOptions options;
    if (!machine_) options.socket = socket;
    options.admin_socket = socket;
    options.sysfs = sysfs_;
    EXPECT_EQ(examine(options, out), 1);
    std::fclose(out);
    const std::string said(text, size);
    std::free(text);
    return said;
  }

  fs::path sysfs_;
  bool machine_ = true;
};

TEST_F(Doctor, AHostWithoutARouterHearsHowToStartOne) {
  machine_ = false;
  add_device("0x1af4", "0x1041");  // virtio is no ivshmem
  EXPECT_NE(examine_all().find("no router"), std::string::npos);
}

TEST_F(Doctor, AMachineWithoutTheModuleHearsHowToGetIt) {
  add_device("0x1af4", "0x1110");
  const std::string said = examine_all();
  EXPECT_NE(said.find("ok    device       an ivshmem device, 0000:00:02.0\n"), std::string::npos);
  EXPECT_NE(said.find("WRONG the kernel module is not loaded: modprobe ava_ivshmem"),
            std::string::npos);
}

TEST_F(Doctor, AModuleThatDidNotTakeTheDeviceHasSaidWhy) {
  const fs::path device = add_device("0x1af4", "0x1110");
  fs::create_directories(sysfs_ / "module/ava_ivshmem");
  EXPECT_NE(examine_all().find("did not take the device; the kernel's log says why"),
            std::string::npos);
  add_driver(device, "uio_pci_generic");
  EXPECT_NE(examine_all().find("the driver uio_pci_generic has the device; bind it to ava_ivshmem"),
            std::string::npos);
}

TEST_F(Doctor, ADeviceOfVfiosNeedsAWordMore) {
  add_driver(add_device("0x1af4", "0x1110"), "vfio-pci");
  EXPECT_NE(examine_all().find("programs need AVA_TRANSPORT=vfio"), std::string::npos);
}

TEST_F(Doctor, ADriverWithoutAFileIsTheNextStep) {
  add_driver(add_device("0x1af4", "0x1110"), "ava_ivshmem");
  fs::create_directories(sysfs_ / "module/ava_ivshmem");
  ::setenv("AVA_TRANSPORT", "ivshmem", 1);
  const std::string said = examine_all();
  ::unsetenv("AVA_TRANSPORT");
  EXPECT_NE(said.find("ok    driver"), std::string::npos);
  EXPECT_NE(said.find("WRONG no device: there is no " + (sysfs_ / "no device").string()),
            std::string::npos);
}

}  // namespace
}  // namespace ava::tool
