#!/usr/bin/python3
"""The drop-in libOpenCL.so.1 offers what a loader offers, under the same symbol versions; what
applications use of it is covered."""
import json
import pathlib
import subprocess
import unittest

import programs
import harness


def symbols(library):
    """{(function, version)} that a library offers."""
    listing = subprocess.run(["objdump", "-T", str(library)], capture_output=True, text=True,
                             check=True).stdout
    found = set()
    for line in listing.splitlines():
        words = line.split()
        if "DF" in words and "*UND*" not in words:
            found.add((words[-1], words[-2].strip("()")))
    return found


def system_loader():
    """The loader that programs of this machine are linked with."""
    listing = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True,
                             check=True).stdout
    return next(pathlib.Path(line.split()[-1]) for line in listing.splitlines()
                if line.split()[0] == "libOpenCL.so.1")


class Symbols(unittest.TestCase):
    def test_are_the_loaders(self):
        loader = symbols(system_loader())
        self.assertEqual(symbols(programs.DROPIN / "libOpenCL.so.1"), loader)
        self.assertEqual(len(loader), 133)

    def test_what_applications_import_is_covered(self):
        listing = (harness.SOURCE / "spec" / "opencl" / "popularity.tsv").read_text()
        rows = [line.split("\t") for line in listing.splitlines() if not line.startswith("#")]
        used = {name for name, applications, _ in rows if int(applications) > 0}
        self.assertGreater(len(used), 60)
        description = json.loads((harness.BUILD / "spec" / "opencl.json").read_text())
        covered = {each["name"] for each in description["functions"] if each["covered"]}
        self.assertEqual(used - covered, set())


if __name__ == "__main__":
    harness.main()
