"""The kernel module, built for the kernel that test guests run, as strictly as its tools can."""
import fcntl
import shutil
import subprocess

import harness
import image

SOURCES = harness.SOURCE / "src"


def build():
    """Builds ava_ivshmem.ko in a folder of its own, if it is not there yet; its path. The kernel's
    warnings (W=1) and sparse's are errors."""
    folder = harness.BUILD / "tests" / "vm" / "module"
    driver = folder / "guest_driver"
    driver.mkdir(parents=True, exist_ok=True)
    (folder / "transport").mkdir(exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for source in [*SOURCES.glob("guest_driver/*"), *SOURCES.glob("transport/ivshmem_[dl]*.h")]:
            copy = folder / source.parent.name / source.name
            if not copy.exists() or copy.read_bytes() != source.read_bytes():
                shutil.copyfile(source, copy)
        made = subprocess.run(
            ["make", "-C", str(driver), f"KERNEL={image.kernels()[-1]}", "W=1", "C=1",
             "CF=-Wsparse-error", "KCFLAGS=-Werror", "modules"],
            capture_output=True, text=True, check=False)
    if made.returncode != 0:
        raise AssertionError(f"the module does not build:\n{made.stdout}\n{made.stderr}")
    return driver / "ava_ivshmem.ko"
