#!/usr/bin/python3
"""What happens to machines, and between them: hostile neighbours, ends in the middle of a kernel,
boots, devices that come and go, a router that dies. Programs get errors or right results and never
hang, and nothing stays on the host."""
import os
import pathlib
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e" / "opencl" / "semantics"))
import guests  # noqa: E402
import harness  # noqa: E402
import machine  # noqa: E402
import programs  # noqa: E402
import semantics  # noqa: E402

SAXPY = programs.EXAMPLES / "saxpy"
HOSTILE = harness.BUILD / "tests" / "vm" / "hostile"


class Machines(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.initrd = pathlib.Path(folder, "initrd")
        guests.opencl_image(SAXPY, HOSTILE, semantics.FOLDER / "bereaved",
                            semantics.FOLDER / "in_flight").write(cls.initrd)
        cls.native = harness.run([SAXPY], programs.native_environment()).stdout
        cls.router = cls.enterClassContext(guests.VmRouter("one", "two"))
        # It survives all that happens to it and beside it.
        cls.one = cls.enterClassContext(cls.boot("one"))

    @classmethod
    def boot(cls, name):
        """A machine with the router's device of that name."""
        return machine.Machine(cls.initrd, *cls.router.device(name))

    def tearDown(self):
        self.assert_well()
        log = self.one.run("dmesg").decode()
        self.assertNotRegex(log, r"BUG:|WARNING:|Oops|Call Trace|INFO: task|segfault")

    def assert_well(self):
        """Programs of machine one get right results."""
        self.assertEqual(self.one.run(str(SAXPY), "alice").decode(), self.native)

    def start(self, guest, program, *arguments):
        """A program that is in the middle of something."""
        job = guest.start(f"exec {semantics.FOLDER / program} {' '.join(arguments)}", "alice",
                          interactive=True)
        job.await_output("ready")
        return job

    def ava_vm(self, command):
        """`ava vm` for machine one, which it reaches through QEMU."""
        harness.run([harness.AVA, "vm", command, "one", "--qmp", self.one.qmp_path],
                    harness.clean_environment(AVA_SOCKET=self.router.socket))

    def descriptors(self):
        """How many the router has open, for whatever it keeps."""
        return len(os.listdir(f"/proc/{self.router.pid}/fd"))

    def await_no_clients(self):
        harness.eventually(lambda: not self.router.state()["clients"], patience=30)

    def test_a_machine_killed_in_mid_kernel_leaves_nothing(self):
        self.await_no_clients()
        before = self.descriptors()
        with self.boot("two") as two:
            self.start(two, "in_flight", "busy")
            client = self.router.state()["clients"][0]
            two.kill()
        self.await_no_clients()
        harness.eventually(lambda: not pathlib.Path("/proc", str(client["server_pid"])).exists())
        # Its memory, doorbells and control sockets. Fewer: sessions from before were still ending.
        harness.eventually(lambda: self.descriptors() <= before)

    def test_a_machine_that_boots_again_works_again(self):
        self.start(self.one, "bereaved")
        self.one.start("reboot -f")  # which nothing comes back from
        self.one.wait_for_boot()
        self.await_no_clients()

    def test_a_device_that_comes_and_goes(self):
        for _ in range(3):
            bereaved = self.start(self.one, "bereaved")
            self.ava_vm("detach")
            bereaved.go_on()
            semantics.assert_all_failed(self, bereaved.wait().decode())
            self.assertNotEqual(self.one.start(str(SAXPY)).wait(check=False)[0], 0)
            self.ava_vm("attach")
            self.one.await_device()

    def test_a_router_that_is_restarted(self):
        for number in signal.SIGTERM, signal.SIGKILL:
            bereaved = self.start(self.one, "bereaved")
            self.router.kill(number)
            bereaved.go_on()
            semantics.assert_all_failed(self, bereaved.wait().decode())
            self.router.start()
            self.ava_vm("reattach")
            self.one.await_device()
            self.assert_well()

    def test_hostile_neighbours(self):
        with self.boot("two") as two:
            # As a program in this machine, and as the kernel of the other.
            process = self.one.start(f"exec {HOSTILE} /dev/ava0", "bob")
            process.await_output("ready")
            two.run("rmmod ava_ivshmem")
            kernel = two.start(f"exec {HOSTILE} $(dirname $(grep -l 0x1110 "
                               "/sys/bus/pci/devices/*/device))")
            kernel.await_output("ready")
            for _ in range(3):
                self.assert_well()
            kernel.kill()
            process.kill()
        self.await_no_clients()


if __name__ == "__main__":
    harness.main()
