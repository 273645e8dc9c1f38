#!/usr/bin/python3
"""./run demo: OpenCL programs natively and through AvA, compared, then what a call costs in each.

usage: demo.py BUILD-FOLDER
"""
import statistics
import sys
import tempfile

import programs
import harness


def say(text):
    print(f"\n== {text}", flush=True)


def compare_all(router, folder):
    """True if every program did the same."""
    same = True
    for program in programs.ALL:
        say(f"{program.name}: natively, then through AvA")
        try:
            native = program.run(programs.native_environment(), folder)
            ava = program.run(programs.ava_environment(router), folder)
            print(program.compare(native, ava))
            print("the same")
        except AssertionError as failure:
            print(failure)
            same = False
    return same


def latencies(environment):
    """{name of the call: median in microseconds}"""
    output = harness.run([programs.EXAMPLES / "latency"], environment).stdout
    return {name: float(median) for name, median in
            (line.split("\t") for line in output.splitlines())}


def print_latencies(router):
    say("what a call takes: medians in microseconds")
    # In turns, so that a busy minute of the machine meets both.
    runs = [(latencies(programs.native_environment()), latencies(programs.ava_environment(router)))
            for _ in range(3)]
    print(f"{'':34}{'native':>10}{'AvA':>10}{'difference':>12}")
    for name in runs[0][0]:
        native, ava = (statistics.median(run[side][name] for run in runs) for side in (0, 1))
        print(f"{name:34}{native:10.2f}{ava:10.2f}{ava - native:12.2f}")


def print_clients(router):
    say("calls per client, as `ava ls --json` counts them")
    state = router.state()
    print(f"{'client':16}{'calls':>10}{'waits':>10}{'refused':>10}")
    for client in sorted([*state["ended"], *state["clients"]], key=lambda each: each["session"]):
        print(f"{client['program']:16}{client['calls']:10}{client['waits']:10}"
              f"{client['refused']:10}")


def main():
    with tempfile.TemporaryDirectory() as folder, harness.Router() as router:
        same = compare_all(router, folder)
        if same:
            print_latencies(router)
        print_clients(router)
    print(f"\nall programs did the same natively and through AvA: {'yes' if same else 'NO'}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
