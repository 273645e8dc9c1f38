#!/usr/bin/env python3
"""Counts the tests in meson's logs and ends with the line "N passed, N failed".

A test that reports its own cases (gtest, TAP) counts as those cases; any other as one. A test that
failed without naming a failed case (a crash, a time-out) is one failure beside the cases it passed.

usage: tally.py TESTLOG.JSON ...
"""
import json
import pathlib
import re
import sys

# meson's words for an outcome; anything else is a failure.
PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}

GTEST_CASE = re.compile(r"^\[ +(OK|FAILED|SKIPPED) +\] [\w/]+\.[\w/]+(?:, where .*)? \(\d+ ms\)$",
                        re.MULTILINE)
TAP_CASE = re.compile(r"^(ok|not ok)\b(.*)$", re.MULTILINE)


class Count:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def count_cases(output):
    """The cases that a test's own output names."""
    count = Count()
    for outcome in GTEST_CASE.findall(output):
        if outcome == "OK":
            count.passed += 1
        elif outcome == "FAILED":
            count.failed += 1
        else:
            count.skipped += 1
    for outcome, rest in TAP_CASE.findall(output):
        if "# skip" in rest.lower():
            count.skipped += 1
        elif outcome == "ok":
            count.passed += 1
        else:
            count.failed += 1
    return count


def count_test(entry):
    count = count_cases(entry.get("stdout") or "")
    cases = count.passed + count.failed + count.skipped
    if entry["result"] in SKIPPED:
        count.skipped += cases == 0
    elif entry["result"] in PASSED:
        count.passed += cases == 0
    else:
        count.failed += count.failed == 0
    return count


def last_words(entry, lines=40):
    """The end of each of a test's two outputs."""
    return "\n".join(line for output in (entry.get("stdout"), entry.get("stderr"))
                     for line in (output or "").splitlines()[-lines:])


def main(logs):
    total = Count()
    failed, skipped, said = [], [], []
    for log in map(pathlib.Path, logs):
        folder = log.parent.parent.name
        if not log.exists():
            failed.append(f"{folder}: no test ran")
            total.failed += 1
            continue
        suites = {}
        for line in log.read_text().splitlines():
            entry = json.loads(line)
            # "ava:unit / ring" is project, suite, test; with one suite in all, only the test.
            suite, _, name = entry["name"].rpartition(" / ")
            count = count_test(entry)
            suites.setdefault(suite.partition(":")[2] or name, Count()).add(count)
            if count.failed:
                failed.append(f"{folder}: {entry['name']} ({entry['result']})")
                said.append((failed[-1], last_words(entry)))
            if count.skipped:
                skipped.append(f"{folder}: {entry['name']}")
        print(f"\n{folder}")
        for name, count in sorted(suites.items()):
            print(f"  {name:24} {count.passed:5} passed {count.failed:3} failed"
                  + (f" {count.skipped:3} skipped" if count.skipped else ""))
            total.add(count)
    if skipped:
        print(f"\nskipped ({total.skipped}):", *skipped, sep="\n  ")
    if failed:
        # Here too, where whoever sees only the end of a long log finds it.
        for name, output in said:
            print(f"\n{name} said at its end:\n{output}")
        print("\nfailed:", *failed, sep="\n  ")
    print(f"\n{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed or total.passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
