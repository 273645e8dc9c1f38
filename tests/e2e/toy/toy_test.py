#!/usr/bin/python3
"""The toy API through guest library, router and server: everything a program sees is as natively."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import harness  # noqa: E402
import toy  # noqa: E402

MARK = "getppid("
LAST_KILL = 40


class Toy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(toy.router())

    def assert_same_as_native(self, name):
        expected = harness.run([toy.program(name)], toy.native()).stdout
        before = self.router.calls()
        through = harness.run([toy.program(name)], toy.through(self.router), check=False)
        self.assertEqual((through.returncode, through.stdout), (0, expected))
        self.assertEqual(through.stderr, "", "the guest library is silent")
        self.assertGreater(self.router.calls(), before, "it never reached the router")

    def test_every_function_does_what_it_does_natively(self):
        self.assert_same_as_native("everything")

    def test_what_structs_lead_to_arrives_in_the_same_shape(self):
        self.assert_same_as_native("structs")

    def test_a_thread_that_blocks_holds_up_no_other(self):
        self.assert_same_as_native("threads")

    def test_asynchronous_calls_wait_for_nothing_and_make_no_system_calls(self):
        expected = harness.run([toy.program("async")], toy.native()).stdout
        with tempfile.NamedTemporaryFile() as trace:
            # A leak checker cannot work under strace.
            done = harness.run(["strace", "-o", trace.name, toy.program("async")],
                               toy.through(self.router, ASAN_OPTIONS="detect_leaks=0"),
                               check=False)
            self.assertEqual((done.returncode, done.stdout), (0, expected))
            between = pathlib.Path(trace.name).read_text(errors="replace").split(MARK)[1]
        # The first call after a pause rings the router's doorbell. It may go back to sleep where it
        # shares its core with strace, but one call in a hundred is not "each".
        self.assertLess(len(between.splitlines()) - 1, 10, between)
        functions = self.router.ended("async")["functions"]
        self.assertEqual(functions["toy_add"]["calls"], 2000)
        self.assertEqual(functions["toy_add"]["waits"], 0)
        self.assertEqual(functions["toy_sum"]["waits"], 2)

    def test_a_killed_server_never_means_success_without_data(self):
        lost = []
        for call in range(LAST_KILL + 1):
            with subprocess.Popen([toy.program("outlive"), str(call)], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True,
                                  env=toy.through(self.router)) as program:
                self.assertEqual(program.stdout.readline(), "ready\n", f"before call {call}")
                server = toy.client(self.router, program.pid)["server_pid"]
                # Before the call, and while it is under way, in turn.
                if call % 2 == 0:
                    os.kill(server, signal.SIGKILL)
                    program.stdin.write("\n")
                    program.stdin.flush()
                else:
                    program.stdin.write("\n")
                    program.stdin.flush()
                    os.kill(server, signal.SIGKILL)
                said, _ = program.communicate(timeout=harness.PATIENCE)
            self.assertEqual(program.returncode, 0, f"killed at call {call}:\n{said}")
            lost.append(said)
        self.assertTrue(all(said.startswith("lost at") for said in lost[::2]), lost)
        self.assertEqual(self.router.ended("outlive")["end"], "server-died")


if __name__ == "__main__":
    harness.main()
