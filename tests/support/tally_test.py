#!/usr/bin/python3
"""The tally counts what happened, also when a test crashed or never ran."""
import contextlib
import io
import json
import pathlib
import tempfile
import unittest

import tally


def entry(name="ava:unit / ring", result="OK", stdout=""):
    return json.dumps({"name": name, "result": result, "stdout": stdout})


def run_tally(*lines):
    """(exit status, the last line) for a log of these lines."""
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder, "build", "meson-logs", "testlog.json")
        log.parent.mkdir(parents=True)
        if lines:
            log.write_text("\n".join(lines) + "\n")
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            status = tally.main([str(log)])
        return status, output.getvalue().splitlines()[-1]


class Tally(unittest.TestCase):
    def test_a_test_without_cases_counts_as_one(self):
        self.assertEqual(run_tally(entry()), (0, "1 passed, 0 failed"))

    def test_gtest_cases_count_one_by_one(self):
        cases = ("[       OK ] Ring.Wraps (0 ms)\n[  FAILED  ] Ring/Hostile.Jumps/3, where "
                 "GetParam() = 4 (12 ms)\n[  FAILED  ] 1 test, listed below:\n"
                 "[  FAILED  ] Ring/Hostile.Jumps/3, where GetParam() = 4\n")
        self.assertEqual(run_tally(entry(result="FAIL", stdout=cases)), (1, "1 passed, 1 failed"))

    def test_tap_cases_count_one_by_one(self):
        cases = "1..3\nok 1 a\nok 2 b # SKIP no device\nnot ok 3 c\n"
        self.assertEqual(run_tally(entry(result="FAIL", stdout=cases)), (1, "1 passed, 1 failed"))

    def test_a_crash_is_a_failure_beside_what_passed(self):
        cases = "[       OK ] Ring.Wraps (0 ms)\n[ RUN      ] Ring.Crashes\n"
        self.assertEqual(run_tally(entry(result="FAIL", stdout=cases)), (1, "1 passed, 1 failed"))

    def test_a_skipped_test_has_not_passed(self):
        self.assertEqual(run_tally(entry(), entry(result="SKIP")), (0, "1 passed, 0 failed"))

    def test_nothing_run_is_a_failure(self):
        self.assertEqual(run_tally(), (1, "0 passed, 1 failed"))


if __name__ == "__main__":
    unittest.main()
