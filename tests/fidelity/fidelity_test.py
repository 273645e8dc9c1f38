#!/usr/bin/python3
"""Random sequences of calls, and programs of calls, are the same natively and through AvA."""
import os
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
import apis  # noqa: E402
import differential  # noqa: E402
import fidelity  # noqa: E402
import harness  # noqa: E402
import modules  # noqa: E402

# What a test run does; ./run fuzz does a hundred times as much.
SEQUENCES = {("opencl", 1): 100, ("opencl", 2): 20, ("toy", 1): 150, ("toy", 3): 50}
FIRST = 1
KNOWN = " ".join(
    (HERE.parents[1] / "docs" / "known-differences.md").read_text(encoding="utf-8").split())


class Sequences(unittest.TestCase):
    def compare(self, api, threads, count):
        counts, found, _ = fidelity.compare(api, range(FIRST, FIRST + count), threads, enough=1)
        print(f"# {fidelity.summary(api, counts, found)}")
        self.assertEqual([], [f"seed {seed}:\n{text}" for seed, text in found],
                         "fidelity.py --show SEED prints the whole sequence")
        # Discarding all of them would be no comparison.
        self.assertGreater(counts["same"], count // 2)


class Programs(unittest.TestCase):
    def compare(self, api, name):
        hints = modules.load(HERE / api / "hints.py")
        with apis.Sides(api, getattr(hints, "environments", {}).get(name)) as sides:
            comparison = differential.Comparison(sides.native, sides.ava)
            difference = comparison.differs({"program": name, "threads": []})
            self.assertIsNone(difference, difference and differential.first_difference(difference))
            counts = comparison.counts
            self.assertEqual(counts["same"], 1, f"{counts}\n{sides.native.complaints()}")
            for words in comparison.known:
                self.assertIn(words, KNOWN, "it is not in docs/known-differences.md")
            print(f"# {name}: {counts['records']} records")


# These programs alone, and no sequences; empty: everything.
ONLY = os.environ.get("AVA_TEST_PROGRAMS", "").split()
for (api, threads), count in SEQUENCES.items():
    if not ONLY and api in os.environ.get("AVA_TEST_APIS", "").split():
        setattr(Sequences, f"test_{api}_{threads}_threads",
                lambda self, api=api, threads=threads, count=count:
                    self.compare(api, threads, count))
for path in sorted(HERE.glob("*/programs/*.py")):
    api = path.parent.parent.name
    if api in os.environ.get("AVA_TEST_APIS", "").split() and not path.stem.startswith("_") and (
            not ONLY or path.stem in ONLY):
        setattr(Programs, f"test_{api}_{path.stem}",
                lambda self, api=api, name=path.stem: self.compare(api, name))

if __name__ == "__main__":
    harness.main()
