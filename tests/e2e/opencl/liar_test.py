#!/usr/bin/python3
"""A client that has fewer bytes than it says, where only the server can know, is refused; what it is
told is what an honest one is told otherwise."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import programs  # noqa: E402
import harness  # noqa: E402

INVALID_VALUE = "-30"


class Liar(unittest.TestCase):
    def test_every_lie_is_refused(self):
        with harness.Router() as router:
            done = harness.run([programs.PROGRAMS / "liar"], programs.ava_environment(router))
        said = dict(line.split(": ") for line in done.stdout.splitlines())
        honest = [what for what in said if what.startswith("honest")]
        self.assertEqual(len(honest), 8)
        for what, how in said.items():
            if what in honest:
                self.assertEqual(how, "0", what)
            elif what in ("no region", "a rectangle far away"):  # none at all, for the library
                self.assertEqual(how, INVALID_VALUE)
            else:
                self.assertEqual(how, "refused", what)


if __name__ == "__main__":
    harness.main()
