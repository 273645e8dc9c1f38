#!/usr/bin/python3
"""What an application can see of the API is the same natively and through AvA."""
import unittest

import semantics
import programs
import harness

# Larger transfers than this do not fit into the arena.
SMALL_ARENA = ["--arena-size", "4MiB"]


class SameSemantics(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(harness.Router())

    def test_a_forked_child_gets_answers(self):
        said = semantics.output(programs.ava_environment(self.router), "forked", "use")
        self.assertEqual(said.count("child: "), 15, said)
        self.assertEqual(said.count(": an answer"), 15, said)
        self.assertEqual(said.count("the child ended with 0"), 4, said)
        self.assertEqual(said.count("parent: right"), 5, said)
        self.assertEqual(said.count("landed: yes"), 3, said)

    def test_what_natively_crashes_is_refused(self):
        said = semantics.output(programs.ava_environment(self.router), "errors", "fatal")
        self.assertEqual([int(line.split()[0]) for line in said.splitlines()],
                         [-48, -48, -57, -57, 0, 0, 0, 0, 0], said)


    def test_nulls_that_natively_crash(self):
        said = semantics.output(programs.ava_environment(self.router), "nulls", "fatal")
        self.assertEqual([int(line.split()[0]) for line in said.splitlines()],
                         [-59, -30, -30, -33, -30, -30, -30, -44, -30, -30, -58, -30, 0, -44, -44, 0],
                         said)

    def test_counts_that_natively_crash(self):
        said = semantics.output(programs.ava_environment(self.router), "sizes", "fatal")
        self.assertEqual([int(line.split()[0]) for line in said.splitlines()], [-30, 0, 2] * 5)


def same(name):
    def test(self):
        semantics.assert_same(self, self.router, name)
    return test


for each in ["transfers", "large", "arguments", "handles", "queues", "builds", "errors", "threads",
             "forked", "signals", "callbacks", "sizes", "signatures", "nulls", "devices",
             "destroyed", "lifetimes", "sharing"]:
    setattr(SameSemantics, f"test_{each}", same(each))


class SmallArena(unittest.TestCase):
    def test_transfers_that_do_not_fit(self):
        with harness.Router(*SMALL_ARENA) as router:
            semantics.assert_same(self, router, "large")
            semantics.assert_same(self, router, "transfers")


if __name__ == "__main__":
    harness.main()
