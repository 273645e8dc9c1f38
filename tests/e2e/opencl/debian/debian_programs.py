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
    """What it prints is the same, but for what `varies` (a pattern) finds, which is cut out, and so
    is how it ends."""

    def __init__(self, name, *command, varies="(?!)"):
        self.name = name
        self.command = command
        self._varies = re.compile(varies)

    def run(self, environment, folder):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            return self.run_at(environment, pathlib.Path(home))

    def run_at(self, environment, home):
        done = harness.run(self.command, at_home(environment, home), check=False,
                           patience=programs.PATIENCE)
        return f"{done.stdout}\nended with {done.returncode}"

    def compare(self, native, ava):
        return same_lines(self.name, *(self._varies.sub("", text).splitlines()
                                       for text in (native, ava)))


class Script(programs.Example):
    """A script here that takes a result file."""

    def __init__(self, name, **variables):
        super().__init__(name, "/usr/bin/python3", HERE / f"{name}.py")
        self._variables = variables

    def run(self, environment, folder):
        with tempfile.TemporaryDirectory(dir=folder) as home:
            environment = {**environment, **self._variables}
            return super().run(at_home(environment, pathlib.Path(home)), folder)


class PyopenclTests(Program):
    """A file of pyopencl's own tests: what came of each."""

    FOLDER = pathlib.Path("/usr/share/doc/python-pyopencl-doc/examples")

    def __init__(self, name, without="nothing"):
        super().__init__(f"pyopencl_{name}", "/usr/bin/python3", "-B", "-m", "pytest", "-v", "--tb=no",
                         "-p", "no:cacheprovider", "--disable-warnings", "-k", f"not {without}",
                         self.FOLDER / f"test_{name}.py", varies=r"=+| in \d+\.\d+s.*")

    def compare(self, native, ava):
        if " PASSED " not in native:
            raise programs.Different(f"{self.name} tests nothing:\n{native}")
        return super().compare(native, ava)


class Filter(Program):
    """One of ffmpeg's OpenCL filters: the checksum of each frame of a moving test picture."""

    def __init__(self, name, options="", picture="yuv420p"):
        inputs = {"overlay": 2, "xfade": 2}.get(name, 1)
        uploads = "".join(f"[{i}]format={picture},hwupload[up{i}];" for i in range(inputs))
        joined = "".join(f"[up{i}]" for i in range(inputs))
        graph = f"{uploads}{joined}{name}_opencl{options},hwdownload,format={picture}"
        source = ("-f", "lavfi", "-i", "testsrc2=size=160x120:rate=5:duration=1")
        super().__init__(f"ffmpeg_{name}", "ffmpeg", "-hide_banner", "-loglevel", "error",
                         "-nostdin", "-init_hw_device", "opencl=gpu:0.0", "-filter_hw_device",
                         "gpu", *source * inputs, "-filter_complex", graph, "-f", "framemd5", "-")

    def compare(self, native, ava):
        if len(re.findall(r"^0,", native, re.MULTILINE)) < 5:
            raise programs.Different(f"{self.name} makes no pictures:\n{native}")
        return super().compare(native, ava)


class Clpeak(Program):
    """The same device and the same measurements; each has a speed, which is its own."""

    SPEED = re.compile(r"(?<= : )([0-9]+\.[0-9]+)(?= us$|$)", re.MULTILINE)

    def __init__(self, name, *tests):
        super().__init__(name, "clpeak", *(f"--{each}" for each in tests), varies=self.SPEED)

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
        done = harness.run(command, at_home(environment, home), patience=programs.PATIENCE)
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


FILTERS = [
    Filter("avgblur"), Filter("boxblur", "=1"), Filter("colorkey", "=green", "rgba"),
    Filter("convolution"), Filter("dilation"), Filter("overlay"), Filter("pad", "=w=200:h=150"),
    Filter("sobel"), Filter("transpose"), Filter("unsharp"), Filter("xfade", "=duration=1"),
]

# MD5, SHA-1 and SHA-256 of "abc1" and "ava4".
HASHES = {
    0: ("23734cd52ad4a4fb877d8a1e26e5df5f", "166c8a9ae68ffe74a5748ce281743561"),
    100: ("9ee036287b4cfbcfa3b5bbfcf92d46eb5e75df96", "7b1ba15b5a076b65559412a54b0f01081f835b9d"),
    1400: ("dbfcfd0d87220f629339bd3adcf452d083fde3246625fb3a93e314f833e20d37", "627e2b2c1b71d0c9ce882cb2db75a3a8db97c44092bac21da518f936dad50295"),
}

# OpenCV passes over devices that are no GPUs unless it is told of them.
CPU = {"OPENCV_OPENCL_DEVICE": ":CPU:0"}

# In every run of the tests: a few minutes.
ALL = [
    Script("arrays"),
    Script("algorithms"),
    PyopenclTests("wrapper", without="fine_grain"),  # which no device claims
    PyopenclTests("arrays_in_structs"),
    PyopenclTests("enqueue_copy"),
    Script("vision", **CPU),
    Clpeak("clpeak", "transfer-bandwidth", "kernel-latency"),
    Clblast("xaxpy"),
    Hashcat(0, "?l?l?l?d", *HASHES[0]),
    *FILTERS,
]

# `./run programs` has these, too.
MORE = [
    Clpeak("clpeak_all", "all-tests"),
    Filter("nlmeans"), Filter("deshake"), Filter("erosion"), Filter("prewitt"), Filter("roberts"),
    Hashcat(100, "?l?l?l?d", *HASHES[100]),
    Hashcat(1400, "?l?l?l?d", *HASHES[1400]),
    PyopenclTests("array"), PyopenclTests("algorithm"), PyopenclTests("clmath"),
    PyopenclTests("clrandom"),
    *(Clblast(routine) for routine in
      sorted(path.name.removeprefix("clblast_test_")
             for path in pathlib.Path("/usr/bin").glob("clblast_test_*")) if routine != "xaxpy"),
]
