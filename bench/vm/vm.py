#!/usr/bin/python3
"""AvA's calls out of a virtual machine beside the raw floor of the same device: `./run bench vm`.

One guest with three devices: two routers', one of which never yields, and the floor's. The last
processor is for what answers the guest, the others are the guest's: where more parties yield than
there are processors, that is all that one would measure. Each figure is a ratio of medians within one
round of one run; without KVM the times say little, the ratios do.
"""
import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

BENCH = pathlib.Path(__file__).resolve().parents[1]
ROUNDS = 9
ASYNC_CALLS = 64 * 200


def arguments():
    parser = argparse.ArgumentParser(prog="vm", description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path, help="keep the report here")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return parser.parse_args()


def imports(build):
    """The harness of the tests, for this build folder."""
    sys.argv[1:] = [str(build)]
    for folder in ("tests/e2e", "tests/vm"):
        sys.path.insert(0, str(BENCH.parent / folder))
    import harness
    import image
    import machine
    import module
    return harness, image, machine, module


def main():
    options = arguments()
    build = options.build.resolve()
    harness, image, machine, module = imports(build)
    toy = build / "tests" / "toy"
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        guest = image.Image()
        guest.file(module.build(), "/ava_ivshmem.ko")
        guest.text("/etc/start", "insmod /ava_ivshmem.ko\n")
        guest.program(build / "bench" / "vm_guest", "/bin/guest")
        guest.file(toy / "guest" / "libtoy.so.1", "/usr/lib/libtoy.so.1")
        guest.write(folder / "initrd")
        devices = []
        for number, device in enumerate(("hot", "blocking", "floor")):
            devices += ["-chardev", f"socket,id={device},path={folder}/{device}", "-device",
                        f"ivshmem-doorbell,chardev={device},vectors=2,addr=0x{16 + number:x}"]
        processors = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, processors[-1:])  # those that are started inherit it
        with Router(harness, folder, "hot", toy) as hot, \
             Router(harness, folder, "blocking", toy, AVA_SPIN_US=0), \
             subprocess.Popen([build / "bench" / "vm_floor_host", folder / "floor"],
                              stdout=subprocess.PIPE) as floor:
            floor.stdout.readline()
            os.sched_setaffinity(0, processors[:-1] or processors)
            try:
                with machine.Machine(folder / "initrd", *devices) as booted:
                    report = measure(booted, hot, options.rounds)
            finally:
                floor.kill()
    report["machine"] = f"{os.uname().release}, {len(processors)} processors"
    report["guest"] = " ".join(machine.accelerator())
    report["build"] = str(build)
    print_report(report)
    if options.json:
        options.json.write_text(json.dumps(report, indent=2) + "\n")


class Router:
    """A router for one machine, on FOLDER/NAME."""

    def __init__(self, harness, folder, name, toy, **environment):
        config = folder / f"{name}.toml"
        config.write_text(f"""
[[guest]]
name = 'local'
socket = '{folder}/{name}.local'
[[vm]]
name = '{name}'
socket = '{folder}/{name}'
memory = '1 GiB'
slices = 1
[server]
environment = {{ LD_LIBRARY_PATH = '{toy}/native' }}
""")
        self._command = [harness.ROUTERD, "--config", config, "--ready-fd", "1"]
        self._environment = harness.clean_environment(AVA_MODULE_PATH=toy / "modules", AVA_LOG="warn",
                                                      **environment)
        self._ask = [harness.AVA, "ls", "--json", "--socket", f"{folder}/{name}.local"]

    def __enter__(self):
        self._process = subprocess.Popen(self._command, env=self._environment,
                                         stdout=subprocess.PIPE)
        self._process.stdout.readline()
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait()

    def last_session(self):
        """What the router counted of the session that ended last."""
        while True:
            state = json.loads(subprocess.run(self._ask, check=True, capture_output=True).stdout)
            if not state["clients"]:
                return state["ended"][0]


def measure(guest, hot, rounds):
    """The devices are numbered by their places: /dev/ava0 hot, ava1 blocking, ava2 the floor."""
    report = {"rounds": rounds}
    for name, environment in (("hot", "AVA_DEVICE=/dev/ava0"),
                              ("blocking", "AVA_DEVICE=/dev/ava1 AVA_SPIN_US=0"),
                              ("bulk", "AVA_DEVICE=/dev/ava0")):
        # The first round warms up: pages, connection, server.
        lines = guest.run(f"{environment} guest {name} {rounds + 1}").decode().splitlines()[1:]
        pairs = [[float(word) for word in line.split()[1:]] for line in lines]
        report[name] = {"floor": statistics.median(raw for raw, _ in pairs),
                        "ava": statistics.median(ava for _, ava in pairs),
                        "ratio": statistics.median(ava / raw for raw, ava in pairs)}
    hot.last_session()
    guest.run(f"AVA_DEVICE=/dev/ava0 guest async {ASYNC_CALLS}")
    counted = hot.last_session()
    report["async"] = {"calls": counted["calls"],
                       "doorbells_per_call": counted["doorbells"] / counted["calls"]}
    return report


def print_report(report):
    print(f"{report['machine']}; guest with {report['guest']}; {report['build']}; "
          f"{report['rounds']} rounds")
    print(f"{'':34}{'floor':>10}{'AvA':>10}{'ratio':>8}   goal")
    for name, title, goal in (("hot", "null call, yielding (us)", "<= 2"),
                              ("blocking", "null call, blocking (us)", "<= 1.5"),
                              ("bulk", "1 MiB arguments (MB/s)", ">= 0.8")):
        row = report[name]
        scale = 1e6 if name == "bulk" else 1
        print(f"{title:34}{row['floor'] / scale:10.1f}{row['ava'] / scale:10.1f}"
              f"{row['ratio']:8.2f}   {goal}")
    per_call = report["async"]["doorbells_per_call"]
    print(f"{'doorbells per call, 64 in flight':34}{'':20}{per_call:8.3f}   <= 0.1")


if __name__ == "__main__":
    main()
