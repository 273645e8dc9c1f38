"""The programs that run natively and through AvA, and what "the same" means for each."""
import os
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import clinfo_diff  # noqa: E402
import harness  # noqa: E402

EXAMPLES = harness.BUILD / "examples" / "opencl"
PROGRAMS = harness.BUILD / "tests" / "e2e" / "opencl"
ICD = harness.BUILD / "spec" / "opencl" / "ava.icd"
# The folder of the libOpenCL.so.1 that stands in for the loader.
DROPIN = harness.BUILD / "spec" / "opencl" / "dropin"
# The implementation that everything is compared with.
NATIVE_ICD = pathlib.Path("/etc/OpenCL/vendors/pocl.icd")


def native_environment():
    return harness.clean_environment(OCL_ICD_VENDORS=NATIVE_ICD)


def guest_environment(router, **more):
    if "AVA_TEST_BREAK" in os.environ:  # the meta test: everything must fail with it
        more["AVA_TEST_BREAK"] = os.environ["AVA_TEST_BREAK"]
    return harness.application_environment(AVA_SOCKET=router.socket, **more)


def ava_environment(router, **more):
    return guest_environment(router, OCL_ICD_VENDORS=ICD, **more)


def dropin_environment(router, **more):
    """Without a loader; one that is loaded all the same finds no library."""
    return guest_environment(router, LD_LIBRARY_PATH=DROPIN, OCL_ICD_VENDORS="/nonexistent", **more)


# Some compile a hundred kernels, on a machine that does other things besides.
PATIENCE = 300  # seconds


class Different(AssertionError):
    """A program's results through AvA are not its native ones."""


class Example:
    """A program that takes a result file: the same bytes, the same words."""

    def __init__(self, name, *command):
        self.name = name
        self.command = command

    def run(self, environment, folder):
        result = pathlib.Path(folder, self.name + ".result")
        result.unlink(missing_ok=True)
        done = harness.run([*self.command, result], environment, patience=PATIENCE)
        return done.stdout, result.read_bytes()

    def compare(self, native, ava):
        if native[0] != ava[0]:
            raise Different(f"{self.name} natively says\n{native[0]}and through AvA\n{ava[0]}")
        if native[1] != ava[1]:
            raise Different(f"{self.name}: the results differ, with equal checksums")
        return native[0].strip()


class Clinfo:
    """Unmodified clinfo: the same, but for the differences in clinfo_allowed.txt."""

    name = "clinfo"

    def run(self, environment, folder):
        del folder
        if "tsan" in harness.SANITIZED:
            raise unittest.SkipTest("clinfo crashes in ThreadSanitizer's runtime, also natively")
        return self.report(harness.run(["clinfo", "--raw"], environment).stdout,
                           harness.run(["clinfo"], environment).stdout)

    @staticmethod
    def report(raw, human):
        """What is compared of its two outputs."""
        # What the loader says of itself; the drop-in is none.
        raw = "".join(line for line in raw.splitlines(True) if "CL_ICDL_" not in line)
        # How calls without a platform behave is in the human report only.
        begin = human.find("NULL platform behavior")
        return raw + human[begin:human.find("ICD loader properties")]

    def compare(self, native, ava):
        rules = clinfo_diff.read_rules(clinfo_diff.ALLOWED)
        unexpected, stale = clinfo_diff.compare(native, ava, rules)
        if unexpected:
            raise Different("clinfo differs:\n" + "\n".join(unexpected))
        notes = [f"no longer differs, take it off the list: {line}" for line in stale]
        allowed = sum(rule.used for rule in rules.values())
        notes.append(f"clinfo: {len(clinfo_diff.parse(native))} properties, "
                     f"{allowed} differ as clinfo_allowed.txt says, no other")
        return "\n".join(notes)


class Printf:
    """What kernels print, between what the application prints."""

    def __init__(self, buffering):
        self.name = f"printf_{buffering}"
        self.command = [PROGRAMS / "printf", buffering]

    def run(self, environment, folder):
        del folder
        return harness.run(self.command, environment).stdout

    def compare(self, native, ava):
        if native != ava:
            raise Different(f"{self.name} natively prints\n{native}and through AvA\n{ava}")
        return f"{self.name}: {len(native.splitlines())} lines"


ALL = [
    Clinfo(),
    Example("saxpy", EXAMPLES / "saxpy"),
    Example("matmul", EXAMPLES / "matmul"),
    Printf("none"),
    Printf("full"),
    Example("vadd", "/usr/bin/python3", harness.SOURCE / "examples" / "opencl" / "vadd.py"),
]


class Comparison(unittest.TestCase):
    """For test files: a router, a folder, and a case for each of some programs."""

    router_options = ()
    native_environment = staticmethod(native_environment)

    @classmethod
    def setUpClass(cls):
        cls.folder = cls.enterClassContext(tempfile.TemporaryDirectory())
        cls.router = cls.enterClassContext(harness.Router(*cls.router_options))

    @classmethod
    def add(cls, program, environment):
        """`environment`: makes one in which the program goes through the router it is given."""
        def test(self):
            native = program.run(self.native_environment(), self.folder)
            before = self.router.calls()
            ava = program.run(environment(self.router), self.folder)
            print("#", program.compare(native, ava).replace("\n", "\n# "))
            # It really went through the router, with more than a greeting.
            self.assertGreater(self.router.calls(), before + 5)
        setattr(cls, f"test_{program.name}_is_the_same", test)
