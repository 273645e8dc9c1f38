"""The programs of this folder, natively and through AvA. Imported by its test files."""
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import programs  # noqa: E402
import harness  # noqa: E402

FOLDER = harness.BUILD / "tests" / "e2e" / "opencl" / "semantics"

# What a compiler's message names is a temporary file of the library's own.
TEMPORARY_FILE = re.compile(r"\S*/tempfile_\w+\.cl")


def output(environment, name, *arguments):
    """What the program printed, once it has ended well."""
    done = harness.run([FOLDER / name, *arguments], environment)
    return TEMPORARY_FILE.sub("FILE", done.stdout)


def assert_same(test, router, name, *arguments, **variables):
    """The program prints the same natively and, through the router, with AvA."""
    native = output(programs.native_environment(), name, *arguments)
    before = router.calls()
    ava = output(programs.ava_environment(router, **variables), name, *arguments)
    test.maxDiff = None
    test.assertMultiLineEqual(native, ava)
    test.assertGreater(len(native), 0)
    test.assertGreater(router.calls(), before + 5)


# Calls that "bereaved" is inside of when it is, and those that it makes later.
IN_FLIGHT = 4
LATER = 16


def assert_all_failed(test, said):
    """What "bereaved" says when all is as it should be."""
    test.assertEqual(said.count(" in flight: an error"), IN_FLIGHT, said)
    test.assertEqual(said.count(": an error"), IN_FLIGHT + LATER, said)
    test.assertNotIn("success", said)
    test.assertIn("callbacks with an error: 2\n", said)
    test.assertEqual(said.count("nothing was read: yes"), 1, said)
    test.assertEqual(said.count("has read nothing: yes"), 1, said)


class Program:
    """A program that runs beside the test; killed, if need be, at the end of the `with` block."""

    def __init__(self, environment, name, *arguments):
        self.process = subprocess.Popen([FOLDER / name, *arguments], env=environment, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()

    @property
    def pid(self):
        return self.process.pid

    def await_line(self, line):
        said = self.process.stdout.readline()
        assert said == line + "\n", f"it said {said!r}\n{self.process.stderr.read()}"

    def go_on(self):
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def finish(self):
        """What else it says, once it has ended well."""
        said, errors = self.process.communicate(timeout=harness.PATIENCE)
        assert self.process.returncode == 0, f"ended with {self.process.returncode}\n{said}{errors}"
        return said


def client_of(router, pid):
    """What the router says of the client process `pid`; None if it knows none."""
    return next((each for each in router.state()["clients"] if each["pid"] == pid), None)


def resident(pid):
    """Bytes of private memory that the process has in use: what it shares is counted elsewhere."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    return int(re.search(r"^RssAnon:\s+(\d+) kB$", status, re.MULTILINE)[1]) * 1024
