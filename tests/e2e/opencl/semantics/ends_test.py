#!/usr/bin/python3
"""Whoever ends, however it ends: everybody else hears of it at once, and nobody is told a lie."""
import os
import select
import signal
import time
import unittest

import semantics
import programs
import harness

# Promised is a second; a machine that does much else gets ten times that.
PROMISED = 1
DEADLINE = 10 * PROMISED


def await_end(pidfd, began, what):
    """Waits for a process's end; prints how long it took."""
    assert select.select([pidfd], [], [], DEADLINE)[0], f"{what} is still there"
    print(f"# {what} was gone after {(time.monotonic() - began) * 1000:.1f} ms")
    os.close(pidfd)


class Ends(unittest.TestCase):
    def setUp(self):
        self.router = self.enterContext(harness.Router())

    def server_of(self, program):
        """A pidfd of the program's server."""
        return os.pidfd_open(semantics.client_of(self.router, program.pid)["server_pid"])

    def assert_neighbour_is_well(self):
        native = semantics.output(programs.native_environment(), "client")
        self.assertEqual(semantics.output(programs.ava_environment(self.router), "client"), native)

    def test_every_way_of_leaving(self):
        ava = programs.ava_environment(self.router)
        for way in ("return", "exit", "_exit", "quick_exit", "abort", "atexit", "at_quick_exit",
                    "destructor", "thread"):
            for more in [], ["in flight"]:
                command = [semantics.FOLDER / "leaving", way, *more]
                native = harness.run(command, programs.native_environment(), check=False)
                began = time.monotonic()
                done = harness.run(command, ava, check=False)
                self.assertEqual((done.returncode, done.stdout),
                                 (native.returncode, native.stdout), command)
                self.assertLess(time.monotonic() - began, DEADLINE)
        self.assert_neighbour_is_well()

    def test_exit_with_work_in_flight(self):
        for way in "gated", "busy":
            with semantics.Program(programs.ava_environment(self.router), "in_flight", way) as left:
                left.await_line("ready")
                server = self.server_of(left)
                began = time.monotonic()
                left.go_on()
                left.finish()
                took = time.monotonic() - began
                print(f"# it left within {took * 1000:.1f} ms ({way})")
                self.assertLess(took, DEADLINE)
                await_end(server, began, "its server")
        self.assert_neighbour_is_well()

    def test_a_client_killed_in_mid_call(self):
        environment = programs.ava_environment(self.router)
        with semantics.Program(environment, "caller") as neighbour, \
                semantics.Program(environment, "caller") as victim:
            neighbour.await_line("ready")
            victim.await_line("ready")
            server = self.server_of(victim)
            before = semantics.client_of(self.router, neighbour.pid)["calls"]
            began = time.monotonic()
            victim.process.kill()
            await_end(server, began, "the killed client's server")
            harness.eventually(
                lambda: semantics.client_of(self.router, victim.pid) is None, DEADLINE)
            # The neighbour goes on reading and is as before.
            harness.eventually(
                lambda: semantics.client_of(self.router, neighbour.pid)["calls"] > before + 100)
            self.assertIsNone(neighbour.process.poll())
        self.assert_neighbour_is_well()

    def test_a_server_killed_in_mid_call(self):
        with semantics.Program(programs.ava_environment(self.router), "bereaved") as bereaved:
            bereaved.await_line("ready")
            pid = semantics.client_of(self.router, bereaved.pid)["server_pid"]
            began = time.monotonic()
            os.kill(pid, signal.SIGKILL)
            bereaved.go_on()
            said = bereaved.finish()
            took = time.monotonic() - began
            print(f"# every call had failed after {took * 1000:.1f} ms")
            semantics.assert_all_failed(self, said)
            self.assertLess(took, DEADLINE)
        self.assert_neighbour_is_well()

    def test_a_router_killed_in_mid_call(self):
        with semantics.Program(programs.ava_environment(self.router), "bereaved") as bereaved:
            bereaved.await_line("ready")
            server = self.server_of(bereaved)
            began = time.monotonic()
            self.router.kill()
            await_end(server, began, "the killed router's server")
            bereaved.go_on()
            semantics.assert_all_failed(self, bereaved.finish())
            took = time.monotonic() - began
            print(f"# every call had failed after {took * 1000:.1f} ms")
            self.assertLess(took, DEADLINE)


if __name__ == "__main__":
    harness.main()
