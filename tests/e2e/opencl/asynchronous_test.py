#!/usr/bin/python3
"""Launches wait for nobody until the application does, and make no system calls."""
import pathlib
import tempfile
import unittest

import programs
import harness

MARK = "getppid("
LAUNCHES = harness.BUILD / "tests" / "e2e" / "opencl" / "launches"


class Asynchronous(unittest.TestCase):
    def test_a_thousand_launches_wait_once(self):
        expected = harness.run([LAUNCHES], programs.native_environment()).stdout
        with harness.Router() as router, tempfile.NamedTemporaryFile() as trace:
            done = harness.run(["strace", "-o", trace.name, LAUNCHES],
                               programs.ava_environment(router))
            self.assertEqual(done.stdout, expected)
            between = pathlib.Path(trace.name).read_text(errors="replace").split(MARK)[1]
            functions = router.ended("launches")["functions"]
        print("# system calls during 2,000 asynchronous calls:", len(between.splitlines()) - 1)
        launches, arguments = functions["clEnqueueNDRangeKernel"], functions["clSetKernelArg"]
        self.assertEqual((launches["calls"], launches["waits"]), (1001, 1))
        self.assertEqual((arguments["calls"], arguments["waits"]), (1002, 2))
        # Doorbells are rung for who sleeps: how often depends on how the kernel schedules the guest,
        # strace and the router; one for each call would be 2,000. A sanitizer slows the guest down
        # until the server waits for it.
        if not harness.SANITIZED:
            self.assertLess(len(between.splitlines()) - 1, 1000, between)


if __name__ == "__main__":
    harness.main()
