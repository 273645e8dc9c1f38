#!/usr/bin/python3
"""A client that writes what it likes into its region ends, with a named reason, and alone."""
import json
import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import harness  # noqa: E402
import toy  # noqa: E402

# What a host calls nonsense. (base/error.h: "The peer wrote nonsense".)
NAMED = {"index-jump", "frame-too-large", "frame-too-small", "bad-function", "bad-frame", "bad-body",
         "bad-reference", "bad-id", "bad-dependency", "bad-argument", "bad-message"}
LEFT = "client-gone"


class Hostile(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(toy.router())

    def attack(self, how):
        """Runs the hostile client beside an honest one; returns its report and the ends it met."""
        router_pid = self.router.state()["pid"]
        before = {session["session"] for session in self.router.state()["ended"]}
        with subprocess.Popen([toy.program("neighbour")], env=toy.through(self.router), text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE) as neighbour:
            self.assertEqual(neighbour.stdout.readline(), "ready\n")
            done = harness.run([toy.program("hostile"), how], toy.through(self.router))
            said, _ = neighbour.communicate(timeout=harness.PATIENCE)
        self.assertEqual(neighbour.returncode, 0, said)
        self.assertEqual(self.router.state()["pid"], router_pid)
        ends = {session["end"] for session in self.router.state()["ended"]
                if session["program"] == "hostile" and session["session"] not in before}
        return json.loads(done.stdout), ends

    def test_hostile_stores_to_every_word_of_the_region(self):
        report, ends = self.attack("words")
        self.assertEqual(report["unheard"], 0, report)
        self.assertGreater(report["ended"], 0, report)
        self.assertLessEqual(ends, NAMED | {LEFT})
        self.assertIn("index-jump", ends)

    def test_records_that_are_no_frames(self):
        report, ends = self.attack("records")
        self.assertEqual(report["unheard"], 0, report)
        self.assertGreater(report["ended"], 100, report)
        self.assertLessEqual(ends, NAMED | {LEFT})
        self.assertGreater(len(ends & NAMED), 2, ends)

    def test_garbage_at_full_speed(self):
        report, ends = self.attack("hammer")
        self.assertGreater(report["ended"], 0, report)
        self.assertLessEqual(ends, NAMED | {LEFT})


if __name__ == "__main__":
    harness.main()
