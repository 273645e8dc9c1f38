#!/usr/bin/python3
"""Handles that are none get the API's own answer; nothing crashes. bad_handles.c makes the calls."""
import unittest

import programs
import harness

PROGRAM = harness.BUILD / "tests" / "e2e" / "opencl" / "bad_handles"
# Null here ends a native program; what AvA answers instead.
CRASHES_NATIVELY = {"LinkProgram": "-44", "EnqueueNDRangeKernel_kernel": "-48",
                    "BuildProgram_device": "-33"}


def answers_to_null(environment, *left_out):
    output = harness.run([PROGRAM, "null", *left_out], environment).stdout
    return dict(line.split(": ") for line in output.splitlines())


class BadHandles(unittest.TestCase):
    def setUp(self):
        self.router = self.enterContext(harness.Router())

    def tearDown(self):
        # The program ended; its server did not crash before.
        self.assertEqual(self.router.ended("bad_handles")["end"], "client-gone")

    def assert_null_is_answered(self, environment):
        native = answers_to_null(programs.native_environment(), *CRASHES_NATIVELY)
        self.assertGreater(len(native), 50)
        self.assertEqual(answers_to_null(environment), {**native, **CRASHES_NATIVELY})

    def test_null_through_the_loader(self):
        self.assert_null_is_answered(programs.ava_environment(self.router))

    def test_null_through_the_dropin(self):
        self.assert_null_is_answered(programs.dropin_environment(self.router))

    def test_wild_released_and_wrong_ones_through_the_dropin(self):
        done = harness.run([PROGRAM], programs.dropin_environment(self.router), check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)


if __name__ == "__main__":
    harness.main()
