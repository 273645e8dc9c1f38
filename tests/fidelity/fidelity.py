#!/usr/bin/python3
"""Random sequences of an API's calls, natively and through AvA: is anything different?

usage: fidelity.py BUILD-FOLDER [--api NAME] [--sequences N] [--seed S] [--threads T] [--length L]
       [--show SEED]

Prints what became of the sequences, each difference reduced to the calls that matter; exits with 1
if there was one. --show prints the sequence of a seed and its records.
"""
import argparse
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import apis  # noqa: E402
import differential  # noqa: E402
import generator  # noqa: E402


def run(api, sequences, first_seed, threads, length, report=differential.say, enough=None):
    """Compares; returns the counts and a list of (seed, text) of differences, of which `enough` are
    looked for."""
    found = []
    with apis.Sides(api) as sides:
        comparison = differential.Comparison(sides.native, sides.ava)
        make = generator.Generator(sides.description, sides.hints)
        for seed in range(first_seed, first_seed + sequences):
            sequence = make.sequence(seed, length, threads)
            difference = comparison.differs(sequence)
            if difference is not None:
                reduced, difference = comparison.reduced(sequence, difference)
                text = (differential.program_of(reduced, sides.description) + "\n" +
                        differential.first_difference(*difference))
                found.append((seed, text))
                report(f"seed {seed}:\n{text}\n")
                if len(found) == enough:
                    break
            if (seed - first_seed + 1) % 500 == 0:
                report(f"{seed - first_seed + 1} sequences, {len(found)} differ")
    return comparison, found


def summary(api, comparison, found):
    return (f"{api}: {comparison.same} sequences the same ({comparison.calls} records), "
            f"{len(found)} differ; discarded: "
            + ", ".join(f"{count} {why}" for why, count in comparison.discarded.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--api", default="opencl")
    parser.add_argument("--sequences", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1, help="of the first sequence")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--length", type=int, default=24, help="calls of a thread")
    parser.add_argument("--show", type=int, metavar="SEED")
    arguments = parser.parse_args()
    if arguments.show is not None:
        with apis.Sides(arguments.api) as sides:
            sequence = generator.Generator(sides.description, sides.hints).sequence(
                arguments.show, arguments.length, arguments.threads)
            print(differential.program_of(sequence, sides.description))
            for name, executor in (("natively", sides.native), ("with AvA", sides.ava)):
                print(name)
                record = executor.run(sequence)
                for line in record if isinstance(record, list) else [record]:
                    print(" ", json.dumps(line))
        return 0
    comparison, found = run(arguments.api, arguments.sequences, arguments.seed, arguments.threads,
                            arguments.length)
    print(summary(arguments.api, comparison, found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
