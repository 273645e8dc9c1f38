#!/usr/bin/python3
"""Nothing grows: not with calls, and not with clients."""
import concurrent.futures
import os
import unittest

import semantics
import programs
import harness

MIB = 1 << 20


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def children(pid):
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
        return len(file.read().split())


class Steady(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(harness.Router())

    def router_use(self):
        """Descriptors, children and memory of the router, once no client is left."""
        harness.eventually(lambda: not self.router.state()["clients"])
        pid = self.router.state()["pid"]
        harness.eventually(lambda: children(pid) == 0)
        # The last client's descriptors are closed off the main thread, a moment after its end.
        seen = []
        harness.eventually(lambda: seen.append(open_files(pid)) or len(set(seen[-40:])) == 1
                           and len(seen) >= 40)
        return seen[-1], semantics.resident(pid)

    def test_ten_thousand_rounds_of_write_kernel_read(self):
        def memory_of(environment, ava):
            with semantics.Program(environment, "loop") as loop:
                used = []
                for word in "settled", "done":
                    loop.await_line(word)
                    client = semantics.client_of(self.router, loop.pid) if ava else None
                    used.append([semantics.resident(loop.pid)] + ([
                        semantics.resident(client["server_pid"]), client["arena_resident"]]
                        if ava else []))
                    loop.go_on()
                loop.finish()
            return [after - before for before, after in zip(*used)]

        native = memory_of(programs.native_environment(), False)
        before = self.router.calls()
        guest, server, arena = memory_of(programs.ava_environment(self.router), True)
        self.assertGreater(self.router.calls(), before + 10000 * 5)
        print(f"# bytes more after 9,700 rounds: {native[0]} natively; guest {guest}, server "
              f"{server}, arena {arena}")
        if not harness.SANITIZED:  # sanitizers keep what was freed
            self.assertLess(guest, MIB)
            self.assertLess(server, max(0, native[0]) + MIB)
        self.assertLessEqual(arena, 0)

    def test_two_hundred_clients_one_after_the_other(self):
        expected = semantics.output(programs.native_environment(), "client")
        environment = programs.ava_environment(self.router)

        def clients(count):
            for _ in range(count):
                self.assertEqual(semantics.output(environment, "client"), expected)

        clients(80)  # more than the router remembers of those that have left
        files, memory = self.router_use()
        clients(200)
        files_after, memory_after = self.router_use()
        print(f"# the router's memory: {memory_after - memory} bytes more")
        self.assertEqual(files_after, files)
        if not harness.SANITIZED:
            self.assertLess(memory_after, memory + MIB)

    def test_eight_at_once(self):
        names = ["client", "arguments", "queues", "transfers"] * 2
        native = {name: semantics.output(programs.native_environment(), name)
                  for name in set(names)}
        environment = programs.ava_environment(self.router)
        with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
            said = list(pool.map(lambda name: semantics.output(environment, name), names))
        self.assertEqual(said, [native[name] for name in names])


if __name__ == "__main__":
    harness.main()
