"""Real processes for end-to-end tests and the demo: a private router, programs natively and through
AvA, and test cases that report one by one (TAP).

A test file ends with `harness.main()` and is called with the build folder as its argument.
"""
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else SOURCE / "build").resolve()
ROUTERD = BUILD / "src" / "router" / "ava-routerd"
AVA = BUILD / "tools" / "ava" / "ava"

# The runtime of a sanitizer's build, which the guest library needs in an application that was built
# without; empty otherwise.
SANITIZED = os.environ.get("AVA_TEST_PRELOAD", "")

# A hung process fails its test, long before meson gives up on the whole file.
PATIENCE = 120  # seconds


def clean_environment(**more):
    """What AvA's own programs are started with: nothing of AvA's or a loader's from the caller."""
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("AVA_", "OCL_", "OPENCL_", "LD_", "POCL_"))}
    kept.update({name: str(value) for name, value in more.items()})
    return kept


def application_environment(**more):
    """The same for applications that load a guest library. What an application does to its own
    memory is its own affair."""
    environment = clean_environment(**more)
    if SANITIZED:
        environment["LD_PRELOAD"] = SANITIZED
        suppressions = SOURCE / "tests" / "support" / "asan.supp"
        environment["ASAN_OPTIONS"] = (environment.get("ASAN_OPTIONS", "") +
                                       f":detect_leaks=0:suppressions={suppressions}")
    return environment


def run(command, environment, check=True, patience=PATIENCE):
    """Runs a program to its end; with `check`, a failure shows all that it said."""
    try:
        done = subprocess.run([str(word) for word in command], env=environment,
                              capture_output=True, text=True, errors="replace", timeout=patience,
                              check=False)
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"{command[0]} still runs after {patience} s") from error
    if check and done.returncode != 0:
        raise AssertionError(f"{command[0]} ended with {done.returncode}\n"
                             f"{done.stdout}\n{done.stderr}")
    return done


class Router:
    """An ava-routerd of one's own, in a folder of its own; ends with the `with` block. In `config`,
    the text of a configuration file, {folder} stands for that folder."""

    def __init__(self, *options, config=None, environment=None, program=ROUTERD):
        self._options = options
        self._config = config
        self._program = program
        self._environment = environment or {}

    def __enter__(self):
        # A socket's path is at most 107 bytes, wherever the build folder is.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ava-"))
        self.socket = self.folder / "ava.sock"
        self.log = self.folder / "router.log"
        self.start()
        return self

    def start(self):
        """Starts it; again, after kill()."""
        ready, ready_end = os.pipe()
        command = [self._program, "--socket", self.socket, "--cache-folder", self.folder / "cache",
                   "--ready-fd", str(ready_end), *self._options]
        if self._config:
            path = self.folder / "ava.toml"
            path.write_text(self._config.format(folder=self.folder))
            command += ["--config", path]
        with open(self.log, "ab") as log:
            self._process = subprocess.Popen([str(word) for word in command], stdout=log,
                                             stderr=log, pass_fds=[ready_end],
                                             env=clean_environment(**self._environment))
        os.close(ready_end)
        with open(ready, "rb") as pipe:
            if not pipe.read():  # it ended instead
                status = self._process.wait()
                text = self.log.read_text(errors="replace")
                shutil.rmtree(self.folder)
                raise AssertionError(f"ava-routerd ended with {status}:\n{text}")

    @property
    def pid(self):
        return self._process.pid

    def kill(self, number=signal.SIGKILL):
        """Ends it as a crash would, or with another signal."""
        self._process.send_signal(number)
        self._process.wait(PATIENCE)

    def __exit__(self, kind, *_):
        killed = self._process.poll() == -signal.SIGKILL
        self._process.terminate()
        try:
            status = self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        text = self.log.read_text(errors="replace")
        shutil.rmtree(self.folder, ignore_errors=True)
        if kind is not None:
            print(f"# the router's log:\n{text}", file=sys.stderr)
        elif status != 0 and not killed:
            raise AssertionError(f"ava-routerd ended with {status}:\n{text}")

    def state(self):
        """What `ava ls --json` says."""
        return json.loads(run([AVA, "ls", "--json"],
                              clean_environment(AVA_SOCKET=self.socket)).stdout)

    def calls(self):
        """The calls of all clients so far."""
        return sum(guest["calls"] for guest in self.state()["guests"])

    def ended(self, program):
        """The account of the latest client that ran `program`, once it has ended."""
        return eventually(lambda: next((session for session in self.state()["ended"]
                                        if session["program"] == program), None))

def eventually(look, patience=10):
    """What `look` returns once that is true; a process's end, say, takes the router a moment."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.005)
    return found


class TapResult(unittest.TestResult):
    """One TAP line for each case; what went wrong as comments."""

    def __init__(self):
        super().__init__()
        self._number = 0

    def _line(self, outcome, test, details=""):
        self._number += 1
        name = test.id().removeprefix("__main__.")
        print(f"{outcome} {self._number} {name}{details}", flush=True)

    def _failure(self, test, error):
        self._line("not ok", test)
        for line in self._exc_info_to_string(error, test).splitlines():
            print(f"# {line}", flush=True)

    def addSuccess(self, test):
        self._line("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._line("ok", test, f" # SKIP {reason}")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failure(test, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failure(test, err)


def main():
    """Runs the cases of the calling script."""
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    print(f"1..{suite.countTestCases()}", flush=True)
    result = TapResult()
    suite.run(result)
    sys.exit(0 if result.wasSuccessful() else 1)
