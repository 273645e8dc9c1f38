#!/usr/bin/python3
"""Unmodified programs give the same results natively and through AvA."""
import tempfile
import unittest

import programs
import harness


class SameResults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.router = cls.enterClassContext(harness.Router())


def same(program):
    def test(self):
        native = program.run(programs.native_environment(), self.folder)
        before = self.router.calls()
        ava = program.run(programs.ava_environment(self.router), self.folder)
        print("#", program.compare(native, ava).replace("\n", "\n# "))
        # It really went through the router, with more than a greeting.
        self.assertGreater(self.router.calls(), before + 5)
    return test


for each in programs.ALL:
    setattr(SameResults, f"test_{each.name}_is_the_same", same(each))

if __name__ == "__main__":
    harness.main()
