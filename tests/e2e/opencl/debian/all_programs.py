#!/usr/bin/python3
"""./run programs: every program of debian_programs.py and suites.py natively and through AvA, compared, with the
time that each took. Programs whose native run does not end in time are passed over, and said so.

usage: all_programs.py BUILD-FOLDER [NAME ...]
"""
import sys
import tempfile
import time

import debian_programs
import harness
import programs
import suites


def timed(program, environment, folder):
    begin = time.monotonic()
    result = program.run(environment, folder)
    return result, time.monotonic() - begin


def compare(program, router, folder):
    """One of the words that main() counts."""
    try:
        native, native_s = timed(program, programs.native_environment(), folder)
    except AssertionError as failure:
        print(f"{program.name}: natively: {str(failure).splitlines()[0]}", flush=True)
        return "passed over"
    try:
        ava, ava_s = timed(program, programs.ava_environment(router), folder)
        said = program.compare(native, ava)
    except AssertionError as failure:
        print(f"{program.name}: {failure}", flush=True)
        return "different"
    print(f"{program.name}: {native_s:.1f} s natively, {ava_s:.1f} s through AvA: "
          f"{said.splitlines()[-1]}", flush=True)
    return "the same"


def main():
    chosen = [each for each in (debian_programs.ALL + suites.ALL + debian_programs.MORE +
                                 suites.MORE)
              if not sys.argv[2:] or each.name in sys.argv[2:]]
    counts = {"the same": 0, "different": 0, "passed over": 0}
    with tempfile.TemporaryDirectory() as folder, harness.Router() as router:
        for program in chosen:
            counts[compare(program, router, folder)] += 1
    print(", ".join(f"{count} {word}" for word, count in counts.items()))
    return 0 if counts["the same"] + counts["passed over"] == len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
