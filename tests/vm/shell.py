#!/usr/bin/python3
"""./run vm: a guest with a shell in which OpenCL programs use this host's OpenCL.

usage: shell.py BUILD-FOLDER [COMMAND]

With a command, runs that in the guest instead, and ends with its status.
"""
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import guests  # noqa: E402
import harness  # noqa: E402
import machine  # noqa: E402
import programs  # noqa: E402

WELCOME = f"""
A guest of Debian's kernel, with the module of src/guest_driver and AvA's OpenCL. For example:

  clinfo
  {programs.EXAMPLES}/saxpy
  /usr/bin/python3 {harness.SOURCE}/examples/opencl/vadd.py
  ava doctor

On the host, beside it:  {harness.AVA} --socket {{socket}} ls
The end: exit, or Ctrl-D.
"""


def main():
    with tempfile.TemporaryDirectory() as folder, guests.VmRouter("shell") as router:
        guest = guests.opencl_image(programs.EXAMPLES / "saxpy", programs.EXAMPLES / "matmul")
        guests.add_pyopencl(guest, harness.SOURCE / "examples" / "opencl" / "vadd.py")
        guest.text("/etc/motd", WELCOME.format(socket=router.socket))
        initrd = pathlib.Path(folder, "initrd")
        guest.write(initrd)
        device = router.device("shell")
        if len(sys.argv) > 2:
            with machine.Machine(initrd, *device, memory=1024) as running:
                status, output, errors = running.start(" ".join(sys.argv[2:])).wait(check=False)
            sys.stdout.buffer.write(output)
            sys.stderr.buffer.write(errors)
            return status
        return subprocess.run([*machine.command(initrd, "ava.shell", 1024),
                               *machine.accelerator(), "-smp", "2", *device, "-no-reboot",
                               # Ctrl-C is the guest's.
                               "-chardev", "stdio,id=console,signal=off",
                               "-serial", "chardev:console"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
