#!/usr/bin/python3
"""The end-to-end tests look at what comes back: with one byte of each reply inverted (AVA_TEST_BREAK
in the application's environment) not one of their cases passes.

    corrupt_test.py BUILD TEST...    the tests to run so, each a file of cases
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

import harness

CASE = re.compile(r"^(ok|not ok) \d+ (.*)$", re.MULTILINE)


class Corrupt(unittest.TestCase):
    def test_every_case_fails(self):
        for script in map(pathlib.Path, sys.argv[2:]):
            done = subprocess.run([sys.executable, script, harness.BUILD], text=True, check=False,
                                  stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                  env=os.environ | {"AVA_TEST_BREAK": "corrupt"},
                                  timeout=harness.PATIENCE)
            cases = CASE.findall(done.stdout)
            self.assertTrue(cases, f"{script.name} ran nothing")
            passed = [name for outcome, name in cases if outcome == "ok" and " # SKIP" not in name]
            self.assertEqual(passed, [], f"cases of {script.name} that noticed nothing")
            self.assertNotEqual(done.returncode, 0)


if __name__ == "__main__":
    harness.main()
