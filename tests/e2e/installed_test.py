#!/usr/bin/python3
"""What `meson install` leaves: it works where it lies, knows nothing of the build folder, and suffices
to build an API package outside this tree.

usage: installed_test.py BUILD-FOLDER MESON PREFIX LIBDIR
"""
import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

import harness
import tutorial

MESON, PREFIX, LIBDIR = sys.argv[2:5]
EXPECTED = "0 0 -1 0 0: 300\n"


class Tree:
    """AvA installed under a DESTDIR, and an outside project built with it and installed beside it."""

    def __init__(self, folder):
        folder = pathlib.Path(folder)
        self.prefix = folder / "tree" / PREFIX.lstrip("/")
        self.libraries = self.prefix / LIBDIR
        self.modules = self.libraries / "ava" / "modules"
        self.routerd = self.prefix / "bin" / "ava-routerd"
        self.program = self.prefix / "bin" / "program"
        harness.run([MESON, "install", "-C", harness.BUILD, "--no-rebuild", "--destdir",
                     folder / "tree"], harness.clean_environment())
        self._build_outside(folder / "outside")

    def _build_outside(self, build):
        environment = harness.clean_environment(PKG_CONFIG_PATH=self.libraries / "pkgconfig",
                                                CCACHE_DISABLE="1")
        harness.run([MESON, "setup", build, harness.SOURCE / "tests" / "outside",
                     "--prefix", self.prefix, "--libdir", LIBDIR], environment)
        harness.run(["ninja", "-C", build, "-j2", "install"], environment)

    def listed(self):
        """[API, wire hash, router module] of what the installed router finds."""
        listing = harness.run([self.routerd, "--list-modules"], harness.clean_environment()).stdout
        return [line.split(maxsplit=2) for line in listing.splitlines()]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # Not below the build folder: programs there take it for what they belong to.
        cls.tree = Tree(cls.enterClassContext(tempfile.TemporaryDirectory(prefix="ava-")))

    def run_outside(self, library, **more):
        return harness.run([self.tree.program], harness.clean_environment(
            LD_LIBRARY_PATH=self.tree.libraries / library, **more)).stdout

    def test_an_outside_package_works_with_the_installed_router(self):
        self.assertEqual(self.run_outside("tally"), EXPECTED)  # the vendor's library
        with harness.Router(program=self.tree.routerd) as router:
            self.assertEqual(self.run_outside("ava/tally", AVA_SOCKET=router.socket), EXPECTED)
            functions = router.ended("program")["functions"]
        self.assertEqual(functions["tally_add"]["calls"], 1)

    def test_ava_run_finds_the_installed_packages(self):
        run = harness.run([self.tree.prefix / "bin" / "ava", "run", "--private", "--",
                           self.tree.program], harness.clean_environment())
        self.assertEqual((run.stdout, run.stderr), (EXPECTED, ""))

    def test_the_tutorial_is_true(self):
        """examples/toyaccel/README.md, with nothing but what is installed."""
        with tempfile.TemporaryDirectory(prefix="ava-") as folder:
            folder = pathlib.Path(folder) / "toyaccel"
            shutil.copytree(harness.SOURCE / "examples" / "toyaccel", folder)
            environment = harness.clean_environment(
                PATH=f"{self.tree.prefix / 'bin'}:{os.environ['PATH']}",
                PKG_CONFIG_PATH=self.tree.libraries / "pkgconfig", CCACHE_DISABLE="1")
            followed = list(tutorial.follow(folder / "README.md", folder, environment))
        self.assertGreater(len(followed), 5)
        for commands, printed, wanted in followed:
            self.assertEqual(printed, wanted, commands)

    def test_modules_lie_under_their_wire_hash(self):
        listed = self.tree.listed()
        self.assertIn("tally", [api for api, _, _ in listed])
        for api, wire_hash, module in listed:
            self.assertEqual(pathlib.Path(module),
                             self.tree.modules / api / wire_hash / f"{api}.router.so")

    def test_generations_lie_side_by_side(self):
        before = self.tree.listed()
        wire_hash, module = next((wire_hash, pathlib.Path(module))
                                 for api, wire_hash, module in before if api == "tally")
        # The same for another wire, as the next release's install step would find it.
        other = f"{int(wire_hash, 16) ^ 1:016x}"
        folder = self.tree.modules / "tally"
        (folder / "new").mkdir()
        for path in module.parent.iterdir():
            image = path.read_bytes().replace(bytes.fromhex(wire_hash)[::-1],
                                              bytes.fromhex(other)[::-1])
            (folder / "new" / path.name).write_bytes(image)
        with tempfile.NamedTemporaryFile("w", suffix="_api.h") as header:
            print(f"inline constexpr uint64_t kWireHash = 0x{other};", file=header, flush=True)
            place = next(self.tree.prefix.rglob("place-modules"))
            harness.run([place, header.name, folder], harness.clean_environment())
        self.assertEqual({path.name for path in folder.iterdir()}, {wire_hash, other})
        self.assertCountEqual(self.tree.listed(),
                              before + [["tally", other, str(folder / other / module.name)]])

    def test_an_installed_opencl_serves_with_and_without_a_loader(self):
        package = self.tree.libraries / "ava" / "opencl"
        program = harness.BUILD / "examples" / "opencl" / "saxpy"
        if not package.exists():
            self.skipTest("built without OpenCL")
        with harness.Router(program=self.tree.routerd) as router:
            for name, value in [("OCL_ICD_VENDORS", package / "libava_opencl.so"),
                                ("LD_LIBRARY_PATH", package / "dropin")]:
                before = router.calls()
                done = harness.run([program], harness.clean_environment(
                    AVA_SOCKET=router.socket, **{"OCL_ICD_VENDORS": "/nonexistent", name: value}))
                self.assertIn("saxpy checksum", done.stdout)
                self.assertGreater(router.calls(), before)
        # Loaders follow what is written there once the tree lies in its prefix.
        icd = pathlib.Path((package / "ava.icd").read_text().strip())
        self.assertEqual(self.tree.prefix / icd.relative_to(PREFIX), package / "libava_opencl.so")

    def test_each_option_has_its_line_in_a_manual(self):
        manuals = {page.stem: page.read_text() for page in self.tree.prefix.rglob("man/man*/*")}
        missing = []
        commands = [("avagen", page.split("-")[1]) for page in manuals if page.startswith("avagen-")]
        for name, *command in [("ava", "run"), ("ava", "ls"), ("ava-routerd",), ("avagen",), *commands]:
            usage = harness.run([self.tree.prefix / "bin" / name, *command, "--help"],
                                harness.clean_environment()).stdout
            self.assertIn("--help", usage)
            manual = manuals.get("-".join((name, *command)), manuals[name])
            options = set(re.findall(r"--([a-z][a-z-]+)", usage)) - {"help", "version"}
            missing += [(name, option) for option in options if f"Fl -{option}" not in manual]
        self.assertEqual(missing, [])

    def test_nothing_names_the_build_folder(self):
        build = os.fsencode(harness.BUILD)
        self.assertEqual([path for path in self.tree.prefix.rglob("*")
                          if path.is_file() and build in path.read_bytes()], [])


if __name__ == "__main__":
    harness.main()
