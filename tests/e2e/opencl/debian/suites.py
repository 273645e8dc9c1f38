"""Test suites that Debian ships, a program a test: PoCL's own (as sources, compiled here), piglit's
OpenCL part, and clFFT's client, which checks its results itself.

A test that fails natively fails through AvA in the same way.
"""
import ast
import gzip
import pathlib
import re
import xml.etree.ElementTree

import debian_programs
import harness

HERE = pathlib.Path(__file__).resolve().parent


class Anywhere(debian_programs.Program):
    """The order of lines does not count: work-groups print when they run, and what kernels print
    natively passes the program's own buffer. Nor do addresses, names of temporary files, and what AvA
    does not claim."""

    VARIES = r"0x[0-9a-f]+|\S*/tempfile_\w+|, CL_EXEC_NATIVE_KERNEL"

    def __init__(self, name, *command, varies=VARIES):
        super().__init__(name, *command, varies=varies)

    def compare(self, native, ava):
        return super().compare(*("\n".join(sorted(" ".join(line.split()) for line in
                                                  text.splitlines())) for text in (native, ava)))


class PoclTest(Anywhere):
    """A source of package pocl-tests, compiled at its first run over poclu/, which has what PoCL's
    own build would add."""

    INSTALLED = pathlib.Path("/usr/share/pocl-tests")
    BUILT = harness.BUILD / "tests" / "e2e" / "opencl" / "debian" / "pocl-tests"
    SHIM = HERE / "poclu"
    AT_HOME = ("test_clBuildProgram.c",)
    ELSEWHERE = BUILT / "tests" / "runtime"  # where PoCL's build would start its tests

    def __init__(self, source, *arguments, also=(), varies=Anywhere.VARIES):
        folder, stem = source.split("/")[-2:]
        words = [pathlib.Path(stem).stem.removeprefix("test_"), *arguments]
        self._sources = [self.INSTALLED / name for name in (source, *also)]
        # One reads headers beside its source; another writes one where it is started.
        start = self._sources[0].parent if stem in self.AT_HOME else self.ELSEWHERE
        super().__init__(re.sub(r"\W", "_", "_".join(["pocl", folder, *words])), "/usr/bin/env",
                         "-C", start, self.BUILT / f"{folder}-{stem}", *arguments, varies=varies)

    def run(self, environment, folder):
        if not self.command[3].exists():
            self._compile(self.command[3])
        return super().run(environment, folder)

    def _compile(self, program):
        self.ELSEWHERE.mkdir(parents=True, exist_ok=True)
        folder = self._sources[0].parent
        root = self.INSTALLED if folder.name == "runtime" else folder
        harness.run(["cc" if self._sources[0].suffix == ".c" else "c++", "-O1", "-w", "-I",
                     self.SHIM, "-include", self.SHIM / "poclu.h", f"-DSRCDIR=\"{root}\"",
                     f"-DBUILDDIR=\"{self.BUILT}\"", "-o", program, *self._sources, "-lOpenCL",
                     "-lm", "-lpthread"], harness.clean_environment())

    @classmethod
    def folder(cls, name, without=()):
        """A test for each source in the suite's folder `name`."""
        return [cls(f"tests/{name}/{path.name}")
                for path in sorted((cls.INSTALLED / "tests" / name).glob("test_*.c*"))
                if path.suffix != ".cl" and path.name not in without]


class PoclKernel(PoclTest):
    """A kernel that PoCL's suite runs in a program of several kernels' own."""

    def __init__(self, kernel):
        super().__init__("tests/kernel/kernel.c", kernel)


class Piglit(Anywhere):
    """Its commands start in its folder."""

    FOLDER = pathlib.Path("/usr/lib/x86_64-linux-gnu/piglit")
    # docs/known-differences.md: it asks for a queue on the device, where PoCL ends the process.
    NOT_THE_SAME = ("api@clcreatecommandqueue",)

    def __init__(self, name, program, *arguments):
        super().__init__("piglit_" + re.sub(r"\W+", "_", name), "/usr/bin/env", "-C", self.FOLDER,
                         self.FOLDER / "bin" / program, *arguments)

    @classmethod
    def profile(cls):
        """The tests that `piglit run cl` runs; none where piglit is not installed."""
        try:
            with gzip.open(cls.FOLDER / "tests" / "cl.xml.gz") as file:
                tests = xml.etree.ElementTree.parse(file).getroot()
        except FileNotFoundError:
            return
        for test in tests:
            if test.get("name") in cls.NOT_THE_SAME:
                continue
            options = {each.get("name"): ast.literal_eval(each.get("value")) for each in test}
            command = options.get("command") or ["cl-program-tester", options["filename"]]
            yield cls(test.get("name"), *command)


def clfft(name, *options):
    """A transform that clFFT's client computes, checks and times."""
    return Anywhere(f"clfft_{name}", "clFFT-client", "-c", *options, varies=r"\d+\.\d+")


# Skipped natively, too, with one device; or about PoCL's build alone.
ELSEWHERE = ("test_buffer_migration.c", "test_buffer_ping_pong.c", "test_dlopen.c")
# docs/known-differences.md says why.
NOT_COVERED = ("test_clEnqueueNativeKernel.c",)
# Prints the size of a binary, in which names of PoCL's temporary files are.
VARYING = ("test_llvm_segfault_issue_889.c",)

# Global and local sizes, as PoCL's own build runs them.
WORKGROUPS = [PoclTest("tests/workgroup/run_kernel.c", f"{kernel}.cl", *sizes.split())
              for kernel, sizes in [
                  ("implicit_barriers", "1 2 1 1"), ("forloops", "2 2 1 1"),
                  ("loopbarriers", "1 4 1 1"), ("switch_case", "1 4 1 1"),
                  ("tricky_for", "1 2 1 1"), ("for_with_divergent_return", "1 6 1 1"),
                  ("cond_barriers_in_for", "2 4 1 1"), ("basic_barriers", "2 2 2 2"),
                  ("conditional_barriers", "1 2 1 1"), ("outerlooppar", "2 2 1 1"),
                  ("for_bug", "1 2 1 1"), ("multilatch_bloop", "1 3 1 1"),
                  ("print_all_ids", "1 1 1 4"), ("issue_548", "1 2 1 1"), ("range_md", "1 13 1 1"),
                  ("range_md", "1000 128 1 1")]]

# In every run of the tests: about a minute.
ALL = [
    *PoclTest.folder("runtime", without=ELSEWHERE + NOT_COVERED + VARYING),
    *WORKGROUPS[:4],
    *(PoclTest(f"tests/regression/test_{name}.cpp")
      for name in ("null_arg", "setargs")),
    PoclTest("tests/kernel/image_query_funcs.c"),
    PoclKernel("test_printf"),
    PoclTest("examples/example1/example1.c", also=["examples/example1/example1_exec.c"]),
    clfft("plane", "-x", 32, "-y", 16),
]

# `./run programs` has these, too.
MORE = [
    *WORKGROUPS[4:],
    *(each for each in PoclTest.folder("regression", without=VARYING)
      if each.name not in {quick.name for quick in ALL}),
    PoclTest("tests/kernel/sampler_address_clamp.c"),
    *(PoclKernel(path.stem)
      for path in sorted((PoclTest.INSTALLED / "tests" / "kernel").glob("test_*.cl"))
      if path.stem not in ("test_printf", "test_image_query_funcs", "test_sampler_address_clamp")),
    *(PoclTest("tests/kernel/test_shuffle.cc", kind)
      for kind in ("char", "short", "ushort", "half", "int", "uint", "float", "long", "ulong",
                   "double")),
    *(PoclTest(f"examples/{name}/{name}.c", also=[f"examples/{name}/{name}_exec.c"])
      for name in ("matadd", "boxadd", "vecadd", "trig")),
    PoclTest("examples/example0/example0.c", also=["examples/example0/example0_exec.c"], varies=r"\d+"),
    PoclTest("examples/scalarwave/scalarwave.c"),
    *(PoclTest(f"examples/{name}/{name}.c", *options, varies=r"\d+")  # of random numbers
      for name, *options in [("example2",), ("example2a",), ("matrix1", "64"),
                             ("matrix1", "64", "-l")]),
    clfft("line", "-x", 1024, "-b", 4), clfft("profiled", "-x", 64, "-p", 10),
    clfft("cube", "-x", 8, "-y", 8, "-z", 8, "--double"),
    clfft("real", "-x", 60, "--inLayout", 5, "--outLayout", 3, "-o"),
    *Piglit.profile(),
]
