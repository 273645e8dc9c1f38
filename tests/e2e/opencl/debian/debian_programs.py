"""Programs that Debian ships, and pyopencl code: how each is run, and what "the same" means.

A program has a home of its own on each side, so that neither reads what the other cached.
"""
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import programs  # noqa: E402
import harness  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
# What a compiler takes on a busy machine.
PATIENCE = 600  # seconds


def at_home(environment, home):
    """`environment`, with all that a program keeps under `home`."""
    return {**environment, "HOME": str(home),
            **{f"XDG_{kind}_HOME": str(home / kind.lower()) for kind in ("CACHE", "CONFIG", "DATA")}}


def same_lines(name, native, ava):
    """Differences, line by line, or the number of lines."""
    different = [f"{number}: {left!r} natively, {right!r} through AvA"
                 for number, (left, right) in enumerate(zip(native, ava), 1) if left != right]
    if len(native) != len(ava):
        different.append(f"{len(native)} lines natively, {len(ava)} through AvA")
    if different:
        raise programs.Different(f"{name} differs:\n" + "\n".join(different))
    return f"{name}: the same {len(native)} lines"


class Program:
    """What it prints is the same, but for what `varies` (a pattern) finds, which is cut out."""

    def __init__(self, name, *command, varies="(?!)"):
        self.name = name
        self.command = command
        self._varies = re.compile(varies)

    def run(self, environment, folder):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            return self.run_at(environment, pathlib.Path(home))

    def run_at(self, environment, home):
        return harness.run(self.command, at_home(environment, home), patience=PATIENCE).stdout

    def compare(self, native, ava):
        return same_lines(self.name, *(self._varies.sub("", text).splitlines()
                                       for text in (native, ava)))


class Pyopencl(programs.Example):
    """A script here that takes a result file."""

    def __init__(self, name):
        super().__init__(name, "/usr/bin/python3", HERE / f"{name}.py")

    def run(self, environment, folder):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            return super().run(at_home(environment, pathlib.Path(home)), folder)


class Clpeak(Program):
    """The same device and the same measurements; each has a speed, which is its own."""

    SPEED = re.compile(r"(?<= : )([0-9]+\.[0-9]+)(?= us$|$)", re.MULTILINE)

    def __init__(self, *tests):
        super().__init__("clpeak", "clpeak", *(f"--{each}" for each in tests), varies=self.SPEED)

    def compare(self, native, ava):
        for text in (native, ava):
            speeds = [float(each) for each in self.SPEED.findall(text)]
            if not speeds or min(speeds) <= 0:
                raise programs.Different(f"clpeak measured nothing:\n{text}")
        return super().compare(native, ava)


class Clblast(Program):
    """A routine's test suite: each case's mark, and how many passed."""

    def __init__(self, routine):
        super().__init__(f"clblast_{routine}", f"clblast_test_{routine}")

    def compare(self, native, ava):
        if not re.search(r"[1-9][0-9]* test\(s\) passed", native):
            raise programs.Different(f"{self.name} tests nothing:\n{native}")
        return super().compare(native, ava)


class Hashcat(Program):
    """What it found, and what it says of device, hashes and outcome; not of its progress and tuning."""

    SAID = re.compile(r"(\* Device|\* [A-Z]|Hashes|Bitmaps|Minimum|Maximum|Status\.|Hash\.|Kernel\.|"
                      r"Guess\.|Recovered)")

    def __init__(self, mode, mask, *hashes):
        super().__init__(
            f"hashcat_{mode}", "hashcat", "-m", mode, "-a", 3, "-D", 1, "--force", "-O",
            "--restore-disable", "--logfile-disable")
        self._mask = mask
        self._hashes = hashes

    def run_at(self, environment, home):
        hashes, found, pot = (home / name for name in ("hashes", "found", "pot"))
        hashes.write_text("\n".join(self._hashes) + "\n", encoding="ascii")
        command = [*self.command, "--potfile-path", pot, "-o", found, hashes, self._mask]
        done = harness.run(command, at_home(environment, home), patience=PATIENCE)
        return {"found": found.read_text(encoding="ascii"), "potfile": pot.read_text("ascii"),
                "output": [line for line in done.stdout.replace(str(home), "HOME").splitlines()
                           if self.SAID.match(line)]}

    def compare(self, native, ava):
        if len(native["found"].splitlines()) != len(self._hashes):
            raise programs.Different(f"{self.name} does not find all:\n{native}")
        for each in ("found", "potfile"):
            same_lines(f"{self.name}, {each}", *(sorted(side[each].splitlines())
                                                 for side in (native, ava)))
        return same_lines(self.name, native["output"], ava["output"])


ALL = [
    Pyopencl("arrays"),
    Pyopencl("algorithms"),
    Clpeak("transfer-bandwidth", "kernel-latency"),
    Clblast("xaxpy"),
    Hashcat(0, "?l?l?l?d",
            # MD5 of "abc1" and "ava4"
            "23734cd52ad4a4fb877d8a1e26e5df5f", "166c8a9ae68ffe74a5748ce281743561"),
]
