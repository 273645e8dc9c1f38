"""Guests with AvA in them: the image with the kernel module, OpenCL's loader and programs, and a
router that serves virtual machines."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "opencl"))
import harness  # noqa: E402
import image  # noqa: E402
import module  # noqa: E402
import programs  # noqa: E402

LOADER = pathlib.Path("/usr/lib/x86_64-linux-gnu/libOpenCL.so.1")
# Of each machine: eight programs at a time. Sparse, so that only what is touched costs memory.
MEMORY = "4 GiB"
SLICES = 8


PYOPENCL_HEADERS = "/usr/lib/python3/dist-packages/pyopencl/cl"


def opencl_image(*more):
    """A guest in which unmodified OpenCL programs find AvA, and nothing else; with these programs."""
    guest = image.Image()
    guest.file(module.build(), "/ava_ivshmem.ko")
    guest.text("/etc/start", "insmod /ava_ivshmem.ko\n")
    guest.program("/usr/bin/clinfo")
    guest.program(LOADER)
    # The vendor's file names the guest library where the build has it.
    guest.file(programs.ICD, "/etc/OpenCL/vendors/ava.icd")
    guest.program(harness.AVA)
    guest.text("/usr/bin/ava", f"#!/bin/sh\nexport AVA_MODULE_PATH={programs.ICD.parent}\n"
                               f"exec {harness.AVA} \"$@\"\n", 0o755)
    for file in programs.ICD, programs.ICD.with_name("opencl.guest.env"):
        guest.file(file)
    guest.program(programs.ICD.read_text().strip())
    for program in more:
        guest.program(program)
    return guest


def add_pyopencl(guest, script):
    """What a program with pyopencl has loaded when it ends, natively."""
    with tempfile.TemporaryDirectory() as cache:  # what is not in a cache takes more modules
        told = harness.run(["/usr/bin/python3", "-c", LOADED, script],
                           programs.native_environment() | {"XDG_CACHE_HOME": cache})
    guest.program("/usr/bin/python3")
    guest.file(script)
    for path in told.stdout.splitlines():
        add = guest.program if path.endswith(".so") else guest.file
        add(path)
    guest.tree(PYOPENCL_HEADERS)


# The modules of a Python program, also in their compiled form.
LOADED = """
import os, runpy, sys
sys.argv = sys.argv[1:]
sys.stdout = open(os.devnull, "w")
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
except SystemExit:
    pass
sys.stdout = sys.__stdout__
paths = set()
for module in sys.modules.values():
    for path in getattr(module, "__file__", None), getattr(module, "__cached__", None):
        paths.add(path)
print("\\n".join(path for path in paths if path and path.startswith("/") and os.path.isfile(path)))
"""


class VmRouter(harness.Router):
    """A router that serves machines of these names, and local programs."""

    def __init__(self, *names):
        text = "[[guest]]\nname = 'local'\nsocket = '{folder}/local.sock'\n"
        for name in names:
            text += (f"[[vm]]\nname = '{name}'\nsocket = '{{folder}}/{name}.sock'\n"
                     f"memory = '{MEMORY}'\nslices = {SLICES}\n")
        super().__init__(config=text)

    def device(self, name):
        """QEMU's options for the device of the machine of that name."""
        return ["-chardev", f"socket,id=ava-{name},path={self.folder}/{name}.sock", "-device",
                f"ivshmem-doorbell,id=ava-{name},chardev=ava-{name},vectors={SLICES + 1}"]
