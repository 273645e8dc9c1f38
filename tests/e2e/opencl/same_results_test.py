#!/usr/bin/python3
"""Unmodified programs give the same results natively and through AvA; and a broken AvA shows."""
import tempfile
import unittest

import programs
import harness


class SameResults(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.router = cls.enterClassContext(harness.Router())
        cls.native = {}

    def native_run(self, program):
        if program.name not in self.native:
            self.native[program.name] = program.run(programs.native_environment(), self.folder)
        return self.native[program.name]


def same(program):
    def test(self):
        native = self.native_run(program)
        before = self.router.calls()
        ava = program.run(programs.ava_environment(self.router), self.folder)
        print("#", program.compare(native, ava).replace("\n", "\n# "))
        # It really went through the router, with more than a greeting.
        self.assertGreater(self.router.calls(), before + 5)
    return test


def broken(program):
    def test(self):
        native = self.native_run(program)
        environment = programs.ava_environment(self.router, AVA_TEST_BREAK="corrupt")
        with self.assertRaises(AssertionError):
            program.compare(native, program.run(environment, self.folder))
    return test


for each in programs.ALL:
    setattr(SameResults, f"test_{each.name}_is_the_same", same(each))
    setattr(SameResults, f"test_{each.name}_with_corrupt_replies_is_not", broken(each))

if __name__ == "__main__":
    harness.main()
