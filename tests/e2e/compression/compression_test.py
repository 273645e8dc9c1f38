#!/usr/bin/python3
"""Two libraries that are no accelerators, from a header to a running guest: programs see through AvA
what they see natively. compression_test.py BUILD_FOLDER API PROGRAM"""
import pathlib
import sys
import unittest

PROGRAM = sys.argv.pop()
API = sys.argv.pop()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import harness  # noqa: E402


class Compression(unittest.TestCase):
    def test_a_program_sees_what_it_sees_natively(self):
        program = harness.BUILD / "tests" / "e2e" / "compression" / PROGRAM
        native = harness.run([program], harness.clean_environment()).stdout
        self.assertGreater(len(native.splitlines()), 50)
        with harness.Router("--modules", harness.BUILD / "spec") as router:
            guest = harness.BUILD / "spec" / API / "dropin"
            through = harness.run([program], harness.application_environment(
                LD_LIBRARY_PATH=guest, AVA_SOCKET=router.socket), check=False)
            self.assertEqual((through.stdout, through.stderr, through.returncode), (native, "", 0))
            self.assertGreater(router.calls(), 100)


if __name__ == "__main__":
    harness.main()
