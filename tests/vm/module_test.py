#!/usr/bin/python3
"""The kernel module alone, with a host that the test plays: what ivshmem_layout.h and
ivshmem_device.h promise, and what it says when something is wrong. One boot; devices come and go."""
import contextlib
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import fake_host  # noqa: E402
import harness  # noqa: E402
import image  # noqa: E402
import machine  # noqa: E402
import module  # noqa: E402
from fake_host import END_OFFSET, END_VALUE, MIB  # noqa: E402

# A word in the middle of a slice.
WORD = 65536


# The device's place on the bus, as fake_host.py says.
DEVICE = "0000:00:10.0"


class Module(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        guest = image.Image()
        guest.program(harness.BUILD / "tests" / "vm" / "device", "/bin/device")
        guest.file(module.build(), "/ava_ivshmem.ko")
        initrd = pathlib.Path(folder, "initrd")
        guest.write(initrd)
        cls.host = cls.enterClassContext(fake_host.FakeHost())
        cls.guest = cls.enterClassContext(machine.Machine(initrd, *cls.host.device))
        # Which device it finds, each test says.
        cls.guest.run("echo 0 >/sys/bus/pci/drivers_autoprobe && insmod /ava_ivshmem.ko")

    @classmethod
    def tearDownClass(cls):
        log = cls.guest.run("rmmod ava_ivshmem && dmesg").decode()
        for word in ("BUG:", "WARNING:", "Oops", "Call Trace", "INFO: task"):
            assert word not in log, log

    @contextlib.contextmanager
    def device(self, says="2 slices of 2 MiB, doorbells, interrupts", **memory):
        """The module has a device with a memory that FakeHost.prepare() makes of `memory`."""
        self.host.prepare(**memory)
        self.guest.run("dmesg -c >/dev/null")
        driver = "/sys/bus/pci/drivers/ava_ivshmem"
        self.guest.run(f"echo {DEVICE} >{driver}/bind || true")
        self.assertIn(says, self.guest.run("dmesg").decode())
        yield
        self.guest.run(f"! [ -e {driver}/{DEVICE} ] || echo {DEVICE} >{driver}/unbind")

    def device_says(self, *operations, user="alice"):
        """What each operation of one process comes to."""
        output = self.guest.run("device " + " ".join(operations), user).decode()
        return [line.rpartition(": ")[2] for line in output.splitlines()]

    def test_lends_each_open_a_slice_of_its_own(self):
        with self.device(slices=2):
            self.assertEqual(self.device_says("open", "info", "map", f"set={WORD}=7"),
                             ["ok", "slice=0,layout=1,flags=3,size=2097152", "ok", "ok"])
            self.assertEqual((self.host.lease(0), self.host.lease(1)), (2, 0))
            self.assertEqual(self.host.word(self.host.slice(0) + WORD), 7)
            # Not lent again before it is clean.
            self.assertEqual(self.device_says("open", "info", "map", f"get={WORD}")[1:],
                             ["slice=1,layout=1,flags=3,size=2097152", "ok", "0"])
            self.assertEqual(self.device_says("open=n"), ["EAGAIN"])
            waiting = self.guest.start("device open info map zero=0=2097152", "bob")
            self.host.clean(0)
            self.assertIn(b"slice=0", waiting.wait())
            self.host.clean(0)
            self.host.clean(1)
            self.assertEqual(self.device_says("open", "open", "open"), ["ok", "ok", "ENOSPC"])

    def test_maps_the_slice_and_nothing_else(self):
        with self.device():
            self.assertEqual(self.device_says("open", "map=513", "map=1@512", "map=1@511",
                                              "set=0=3"), ["ok", "EINVAL", "EINVAL", "ok", "ok"])
            self.assertEqual(self.host.word(self.host.slice(0) + 511 * 4096), 3)
            self.assertEqual(self.device_says("open", "map=private"), ["ok", "EINVAL"])

    def test_a_slice_goes_back_with_its_last_mapping_or_descriptor(self):
        with self.device("3 slices", slices=3, vectors=0):
            self.device_says("open", "close")
            self.assertEqual(self.host.lease(0), 2)
            self.assertEqual(
                self.device_says("open", "map", "unmap", "info", "map", "ring=1", "wake",
                                 "wait=0=0"),
                ["ok", "ok", "ok", "ENODEV", "ENODEV", "ENODEV", "ENODEV", "ENODEV"])
            self.assertEqual(self.host.lease(1), 2)
            # The process that mapped it is killed; its child has the descriptor only.
            holder = self.guest.start("exec device open map fork wait=0=0", "alice")
            self.guest.run("until [ $(pidof device | wc -w) = 2 ]; do usleep 1000; done")
            self.assertEqual(self.host.lease(2), 1)
            holder.kill()
            holder.wait(check=False)
            self.assertEqual(self.host.lease(2), 2)
            self.guest.run("while pidof device; do usleep 1000; done >/dev/null")

    def test_wait_looks_at_the_word_where_nothing_interrupts(self):
        with self.device("no doorbells (the host polls), no interrupts", vectors=0):
            self.assertEqual(
                self.device_says("open", "map", f"wait={WORD}=1", f"wait={WORD}=0=1000",
                                 f"wait={WORD + 1}=0", "wait=2097152=0", "wait=2097148=0=1",
                                 "ring=0", "ring=1", "ring=2"),
                ["ok", "ok", "ok", "ETIMEDOUT", "EINVAL", "EINVAL", "ETIMEDOUT", "ok", "ok",
                 "EINVAL"])
            sleeper = self.guest.start(f"device open map set={WORD}=1 wait={WORD}=1 get={WORD}")
            harness.eventually(lambda: self.host.word(self.host.slice(1) + WORD))
            self.host.word(self.host.slice(1) + WORD, 9)
            self.assertIn(f"get={WORD}: 9", sleeper.wait().decode())

    def test_doorbells_and_interrupts(self):
        with self.device():
            self.assertIn("flags=3", self.device_says("open", "info")[1])
            self.host.wait(0)  # it is closed
            self.host.clean(0)
            sleeper = self.guest.start(f"device open map set={WORD}=1 ring=1 wait={WORD}=1 "
                                       f"set={WORD}=2 ring=1 wait={WORD}=2")
            for value in (1, 2):
                self.host.wait(1)
                self.assertEqual(self.host.word(self.host.slice(0) + WORD), value)
                self.host.word(self.host.slice(0) + WORD, 0)
                self.host.ring(1)
            sleeper.wait()
            self.host.clean(0)
            # An interrupt without a change wakes nobody, WAKE does.
            self.assertEqual(
                self.device_says("open", "map", f"thread=wait={WORD}=0", "wake-join"),
                ["ok", "ok", "ok", "ok"])
            # A slice that comes back, and an open that waits for one.
            self.device_says("open", "open")
            waiting = self.guest.start("device open info")
            self.host.clean(0)
            self.host.ring(0)
            self.assertIn(b"slice=0", waiting.wait())

    def test_a_device_with_too_few_vectors_is_polled(self):
        with self.device("no 4 interrupts (MSI-X, the device has 3): sleepers poll; "
                         "`-device ivshmem-doorbell` takes vectors=4", slices=3, vectors=4):
            self.assertIn("flags=1", self.device_says("open", "info")[1])

    def test_leases_of_a_kernel_before_are_closed(self):
        with self.device(leases=[5]):
            self.host.wait(0)
            self.assertEqual(self.host.lease(0), 6)
            self.assertIn("slice=1", self.device_says("open", "info")[1])

    def test_a_device_that_is_taken_away_leaves_memory_that_says_so(self):
        with self.device():
            inside = self.guest.start(
                f"device open map set={WORD}=5 set=0=6 thread=wait={WORD}=5 join "
                f"get={WORD} get={END_OFFSET} set={WORD}=4 get={WORD} zero=1048576=65536 info map")
            harness.eventually(lambda: self.host.word(self.host.slice(0)) == 6)
            outside = self.guest.start("device open map=1 set=0=7 wait=0=7 get=0 get=4")
            harness.eventually(lambda: self.host.word(self.host.slice(1)) == 7)
            self.guest.run(f"echo {DEVICE} >/sys/bus/pci/drivers/ava_ivshmem/unbind")
            says = [line.rpartition(": ")[2] for line in inside.wait().decode().splitlines()]
            self.assertEqual(says[5:], ["ENODEV", "0", str(END_VALUE), "ok", "4", "yes",
                                        "ENODEV", "ENODEV"])
            says = [line.rpartition(": ")[2] for line in outside.wait().decode().splitlines()]
            self.assertEqual(says[3:], ["ENODEV", "0", "0"])
            self.assertEqual(self.device_says("open"), ["ENOENT"])

    def test_a_host_that_cleans_nothing_is_given_up(self):
        with self.device("1 slices", slices=1, vectors=0):
            self.device_says("open")
            self.assertEqual(self.device_says("open"), ["ETIMEDOUT"])

    def test_says_what_is_wrong_with_a_host(self):
        for changes, says, opens in (
                ({"magic": 0}, "memory is not AvA", "ENOENT"),
                ({"version": 9, "version_min": 8}, "memory layouts 8 to 9, this module 1 to 1",
                 "EPROTONOSUPPORT"),
                ({"size": 32 * MIB}, "prepared 33554432 bytes of memory, but the device has 16777216",
                 "ENOENT"),
                ({"slices": 0}, "header contradicts itself", "ENOENT"),
                ({"slices": 64}, "header contradicts itself", "ENOENT"),
                ({"slices": 8}, "header contradicts itself", "ENOENT"),
                ({"slice_size": 2**63}, "header contradicts itself", "ENOENT"),
                ({"slice_offset": 4096}, "header contradicts itself", "ENOENT"),
                ({"end_offset": 2 * MIB}, "header contradicts itself", "ENOENT"),
                ({"region_offset": 2 * MIB}, "header contradicts itself", "ENOENT"),
                ({"vectors": 2}, "header contradicts itself", "ENOENT")):
            with self.subTest(changes), self.device(says, **changes):
                self.assertEqual(self.device_says("open"), [opens])


if __name__ == "__main__":
    harness.main()
