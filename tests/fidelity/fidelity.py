#!/usr/bin/python3
"""Random sequences of an API's calls, natively and through AvA: is anything different?

usage: fidelity.py BUILD-FOLDER [--api NAME] [--sequences N] [--seed S] [--threads T] [--length L]
       [--jobs J] [--favor WORD] [--environment VARIABLE=VALUE] [--table] [--show SEED]

Prints what became of the sequences, each difference reduced to the calls that matter; exits with 1
if there was one. --favor has functions with WORD in their names called eight times as often;
--environment is what the native library is to see, here and in the server. --table prints how often each
function was called, and succeeded, --show the sequence of a seed and its records.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import apis  # noqa: E402
import differential  # noqa: E402
import generator  # noqa: E402

# A job's sequences; it starts a router and executors of its own.
SLICE = 200


def threads_of(seed):
    """Where nobody says how many threads: mostly one."""
    return 2 if seed % 8 == 0 else 1


def compare(api, seeds, threads=None, length=24, favored="", enough=None,
            environment=None):
    """Compares the sequences of `seeds`. Returns counts, a list of (seed, text) of differences, of which
    `enough` are looked for, and how often each function was called."""
    found = []
    with apis.Sides(api, environment) as sides:
        comparison = differential.Comparison(sides.native, sides.ava)
        make = generator.Generator(sides.description, sides.hints, favored)
        for seed in seeds:
            sequence = make.sequence(seed, length, threads or threads_of(seed))
            difference = comparison.differs(sequence)
            if difference is None:
                continue
            if difference.times == difference.runs:
                sequence, difference = comparison.reduced(sequence, difference)
            found.append((seed, _text(sequence, difference, sides.description)))
            if len(found) == enough:
                break
    return comparison.counts, found, comparison.calls


def _text(sequence, difference, description):
    runs = ("" if difference.times == difference.runs else
            f"in {difference.times} of {difference.runs} runs, so that it is not reduced:\n")
    return (runs + differential.program_of(sequence, description) + "\n" +
            differential.first_difference(difference))


def compare_in_jobs(arguments, report):
    """The same with several processes."""
    end = arguments.seed + arguments.sequences
    slices = [range(first, min(first + SLICE, end)) for first in range(arguments.seed, end, SLICE)]
    counts, calls = collections.Counter(), collections.Counter()
    found = []
    done = 0
    begin = time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(arguments.jobs) as pool:
        futures = {pool.submit(compare, arguments.api, seeds, arguments.threads,
                               arguments.length, arguments.favor, None,
                               dict(arguments.environment)): seeds for seeds in slices}
        for future in concurrent.futures.as_completed(futures):
            more, differing, called = future.result()
            for seed, text in differing:
                report(f"seed {seed}:\n{text}\n")
            counts += more
            calls += called
            found += differing
            done += len(futures[future])
            report(f"{done} done in {time.monotonic() - begin:.0f} s: "
                   f"{summary(arguments.api, counts, found)}")
    return counts, found, calls


def summary(api, counts, found):
    return (f"{api}: {counts['same']} sequences the same ({counts['records']} records), "
            f"{len(found)} differ; discarded: "
            + ", ".join(f"{counts[why]} {why}" for why in differential.DISCARDED))


def table(arguments, calls):
    """A line a function that is covered: calls, and successes."""
    with apis.Sides(arguments.api) as sides:
        names = [name for name, function in sides.description.functions.items() if function["covered"]]
    return "\n".join(f"{calls[name, True] + calls[name, False]:8}{calls[name, True]:8}  {name}"
                     for name in sorted(names, key=lambda name: calls[name, True]))


def show(arguments):
    with apis.Sides(arguments.api, dict(arguments.environment)) as sides:
        sequence = generator.Generator(sides.description, sides.hints, arguments.favor).sequence(
            arguments.show, arguments.length, arguments.threads or threads_of(arguments.show))
        print(differential.program_of(sequence, sides.description))
        for name, side in (("natively", sides.native), ("with AvA", sides.ava)):
            print(name)
            record = side.run(sequence)
            for line in record if isinstance(record, list) else [record]:
                print(" ", json.dumps(line))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--api", default="opencl")
    parser.add_argument("--sequences", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence")
    parser.add_argument("--threads", type=int, help="of each sequence; two in every eighth otherwise")
    parser.add_argument("--length", type=int, default=24, help="calls of a thread")
    parser.add_argument("--jobs", type=int, default=2 * (os.cpu_count() or 1),
                        help="processes; sequences mostly wait")
    parser.add_argument("--favor", default="", metavar="WORD",
                        help="functions with it in their names come eight times as often")
    parser.add_argument("--environment", action="append", default=[], metavar="VARIABLE=VALUE",
                        type=lambda text: text.split("=", maxsplit=1),
                        help="what the native library is to see")
    parser.add_argument("--table", action="store_true")
    parser.add_argument("--show", type=int, metavar="SEED")
    arguments = parser.parse_args()
    if arguments.show is not None:
        show(arguments)
        return 0
    counts, found, calls = compare_in_jobs(arguments, differential.say)
    if arguments.table:
        print(table(arguments, calls))
    print(summary(arguments.api, counts, found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
