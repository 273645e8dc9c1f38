#!/usr/bin/python3
"""Where AvA cannot serve, a program finds no platform and no words of ours; who asks is told why."""
import pathlib
import shutil
import tempfile
import unittest

import programs
import harness

PROGRAM = programs.EXAMPLES / "saxpy"
NO_PLATFORM = "status -1001 from clGetPlatformIDs"  # CL_PLATFORM_NOT_FOUND_KHR, the loader's


def installed_module():
    """(wire hash, router module) of the OpenCL that was built."""
    listing = harness.run([harness.ROUTERD, "--list-modules"], harness.clean_environment()).stdout
    for line in listing.splitlines():
        api, wire_hash, module = line.split(maxsplit=2)
        if api == "opencl":
            return int(wire_hash, 16), pathlib.Path(module)
    raise AssertionError(f"no module for opencl in\n{listing}")


def other_generation(folder):
    """The installed modules, but for another wire."""
    wire_hash, module = installed_module()
    pattern = wire_hash.to_bytes(8, "little")
    image = module.read_bytes()
    if pattern not in image:
        raise AssertionError(f"{module} does not hold its own hash")
    copy = pathlib.Path(folder, module.name)
    copy.write_bytes(image.replace(pattern, (wire_hash ^ 1).to_bytes(8, "little")))
    server = module.name.replace(".router.", ".server.")
    shutil.copy(module.with_name(server), folder)
    return wire_hash


class Unreachable(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="ava-")))

    def assert_no_platform(self, socket, *reasons, ava_run_knows=True):
        """`ava_run_knows`: `ava run` finds out before it starts the program."""
        def attempt(**more):
            environment = harness.application_environment(OCL_ICD_VENDORS=programs.ICD,
                                                          AVA_SOCKET=socket, **more)
            return harness.run([PROGRAM], environment, check=False)

        silent = attempt()
        self.assertEqual(silent.returncode, 1)
        self.assertIn(NO_PLATFORM, silent.stderr)
        self.assertEqual(len(silent.stderr.splitlines()), 1, silent.stderr)

        asked = attempt(AVA_LOG="info")
        lines = [line for line in asked.stderr.splitlines() if NO_PLATFORM not in line]
        self.assertEqual(len(lines), 1, asked.stderr)
        for reason in reasons:
            self.assertIn(reason, lines[0])

        if not ava_run_knows:
            return
        run = harness.run([harness.AVA, "run", "--socket", socket, "--", PROGRAM],
                          harness.application_environment(), check=False)
        self.assertEqual(run.returncode, 125, run.stderr)
        self.assertEqual(len(run.stderr.splitlines()), 1, run.stderr)
        for reason in reasons:
            self.assertIn(reason, run.stderr)

    def test_no_router(self):
        socket = str(self.folder / "ava.sock")
        self.assert_no_platform(socket, socket)

    def test_a_socket_on_which_nobody_listens_any_more(self):
        with harness.Router() as router:
            stale = self.folder / "ava.sock"
            # What a router leaves that was killed: a socket file without a listener.
            router.socket.rename(stale)
        self.assert_no_platform(str(stale), str(stale))

    def test_the_wrong_socket(self):
        with harness.Router() as router:
            self.assert_no_platform(f"{router.socket}.admin", f"{router.socket}.admin")

    def test_no_permission(self):
        config = self.folder / "ava.toml"
        config.write_text('[[guest]]\nname = "others"\nsocket = "unused"\nallowed_uids = [4242]\n')
        with harness.Router("--config", config) as router:
            self.assert_no_platform(str(router.socket), "allowed_uids")

    def test_another_wire_hash(self):
        wire_hash = other_generation(self.folder)
        with harness.Router("--modules", self.folder) as router:
            # Both sides' versions.
            self.assert_no_platform(str(router.socket), f"{wire_hash:016x}",
                                    f"{wire_hash ^ 1:016x}", ava_run_knows=False)

    def test_an_api_that_is_not_installed(self):
        with harness.Router("--modules", self.folder) as router:
            self.assert_no_platform(str(router.socket), "no module for opencl",
                                    ava_run_knows=False)


if __name__ == "__main__":
    harness.main()
