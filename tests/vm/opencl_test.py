#!/usr/bin/python3
"""Unmodified OpenCL programs in a guest do what they do natively on the host, side by side and
whatever happens to their neighbours. One boot."""
import hashlib
import pathlib
import re
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
VADD = harness.SOURCE / "examples" / "opencl" / "vadd.py"


class OpenCl(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        guest = guests.opencl_image(
            SAXPY, programs.EXAMPLES / "matmul", programs.PROGRAMS / "printf",
            *(semantics.FOLDER / name for name in ("callbacks", "bereaved", "in_flight")))
        guests.add_pyopencl(guest, VADD)
        initrd = pathlib.Path(cls.folder, "initrd")
        guest.write(initrd)
        cls.router = cls.enterClassContext(guests.VmRouter("one"))
        cls.guest = cls.enterClassContext(
            machine.Machine(initrd, *cls.router.device("one"), memory=1024))

    def tearDown(self):
        log = self.guest.run("dmesg").decode()
        self.assertNotRegex(log, r"BUG:|WARNING:|Oops|Call Trace|INFO: task|segfault")
        # Nothing stays of programs that have ended.
        harness.eventually(lambda: not self.router.state()["clients"], patience=30)

    def assert_same(self, program, guest_run):
        """The program natively, and what `guest_run` finds it to do in the guest."""
        native = program.run(programs.native_environment(), self.folder)
        before = self.router.calls()
        ava = guest_run(native)
        print("#", program.compare(*ava).replace("\n", "\n# "))
        self.assertGreater(self.router.calls(), before + 5)

    def test_clinfo(self):
        def run(native):
            raw, human = (self.guest.run(f"clinfo {option}", "alice").decode()
                          for option in ("--raw", ""))
            return native, programs.Clinfo.report(raw, human)
        self.assert_same(programs.Clinfo(), run)

    def test_results_are_equal_bit_for_bit(self):
        for program in programs.ALL:
            if not isinstance(program, programs.Example):
                continue
            with self.subTest(program.name):
                words = " ".join(map(str, program.command))

                def run(native):
                    said = self.guest.run(f"{words} /tmp/{program.name} && "
                                          f"sha256sum </tmp/{program.name}", "alice").decode()
                    said, digest = re.fullmatch(r"(.*\n)(\w+)  -\n", said, re.DOTALL).groups()
                    return (native[0], hashlib.sha256(native[1]).hexdigest()), (said, digest)
                self.assert_same(program, run)

    def test_what_kernels_print(self):
        program = programs.Printf("full")
        self.assert_same(program, lambda native: (
            native, self.guest.run(" ".join(map(str, program.command)), "bob").decode()))

    def test_doctor(self):
        self.assertRegex(self.guest.run(f"ava doctor {SAXPY}", "alice").decode(),
                         r"(?s)^ok    device .*\nok    driver .*"
                         r"\nok    access       /dev/ava0 can be used\nok    router .*opencl.*"
                         r"\nok    libraries .*\nsaxpy checksum")
        self.guest.run("chmod 600 /dev/ava0")
        status, said, _ = self.guest.start("ava doctor", "alice").wait(check=False)
        self.guest.run("chmod 666 /dev/ava0")
        self.assertEqual(status, 1)
        self.assertIn(b"WRONG no permission: user 1000 may not open /dev/ava0", said)
        said = self.guest.start("rmmod ava_ivshmem; ava doctor").wait(check=False)[1]
        self.guest.run("insmod /ava_ivshmem.ko")
        self.assertIn(b"WRONG the kernel module is not loaded: modprobe", said)

    def test_one_program_more_than_slices(self):
        opens = " ".join(f"{number}<>/dev/ava0" for number in range(3, 7))
        holders = [self.guest.start(f"exec {opens}; echo ready; exec cat", interactive=True)
                   for _ in range(guests.SLICES // 4)]
        for holder in holders:
            holder.await_output("ready")
        status, said, _ = self.guest.start("ava doctor", "alice").wait(check=False)
        self.assertEqual(status, 1)
        self.assertIn(b"no slice: /dev/ava0 has lent all that it has", said)
        status, _, errors = self.guest.start(f"AVA_LOG=error {SAXPY}", "alice").wait(check=False)
        self.assertNotEqual(status, 0)
        self.assertIn(b"no slice: /dev/ava0 has lent all that it has", errors)
        for holder in holders:
            holder.kill()
            holder.wait(check=False)
        self.assertIn("saxpy checksum", self.guest.run(str(SAXPY), "alice").decode())

    def test_a_guest_library_of_another_version(self):
        modules = harness.run([harness.ROUTERD, "--list-modules"], harness.clean_environment())
        served = re.search(r"^opencl (\w{16}) ", modules.stdout, re.MULTILINE)[1]
        other = f"{int(served, 16) ^ 1:016x}"
        library = pathlib.Path(programs.ICD.read_text().strip())
        wire_hash = int(served, 16).to_bytes(8, "little")
        place = library.read_bytes().index(wire_hash)
        self.guest.run(f"cp {library} /tmp/other.so; echo /tmp/other.so >/tmp/other.icd; "
                       f"printf '\\x{wire_hash[0] ^ 1:02x}' | "
                       f"dd of=/tmp/other.so bs=1 seek={place} conv=notrunc")
        asked = f"OCL_ICD_VENDORS=/tmp/other.icd AVA_LOG=error {SAXPY}"
        status, _, said = self.guest.start(asked, "alice").wait(check=False)
        self.assertNotEqual(status, 0)
        sentence = (f"the wire hash of opencl differs: the guest library has {other}, installed "
                    f"here is {served}; install the package that matches")
        self.assertIn(sentence, said.decode())
        self.assertIn(sentence, self.router.log.read_text())

    def test_callbacks(self):
        native = semantics.output(programs.native_environment(), "callbacks")
        self.assertMultiLineEqual(
            self.guest.run(f"{semantics.FOLDER}/callbacks", "alice").decode(), native)

    def test_programs_of_several_users_at_once_one_is_killed(self):
        native = programs.Example("saxpy", SAXPY).run(programs.native_environment(), self.folder)
        killed = self.guest.start(f"exec {semantics.FOLDER}/in_flight busy", "alice",
                                  interactive=True)
        killed.await_output("ready")
        others = [self.guest.start(f"{SAXPY} /tmp/{user} && sha256sum </tmp/{user}", user)
                  for user in ("alice", "bob", "root")]
        killed.kill()
        self.assertEqual(killed.wait(check=False)[0], 128 + signal.SIGKILL)
        for other in others:
            self.assertEqual(other.wait().decode(),
                             native[0] + hashlib.sha256(native[1]).hexdigest() + "  -\n")


if __name__ == "__main__":
    harness.main()
