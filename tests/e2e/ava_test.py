#!/usr/bin/python3
"""The operator's command: `ava run` and `ava ls` with real routers, and what they say when there is
none. Programs call the toy API through its guest library, which they find as `ava run` tells them."""
import json
import os
import pathlib
import select
import shutil
import signal
import subprocess
import tempfile
import unittest

import harness

TOY = harness.BUILD / "tests" / "toy"
NATIVE = f"LD_LIBRARY_PATH={TOY / 'native'}"  # where servers find the vendor's library
CALL_TOY = ["/usr/bin/python3", "-c",
            "import ctypes; raise SystemExit(ctypes.CDLL('libtoy.so.1').toy_null())"]


class AvaTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="ava-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        (self.folder / "toy.guest.env").write_text(
            "# The toy's guest library before the vendor's.\n"
            f"LD_LIBRARY_PATH+={TOY / 'guest'}\n"
            "TOY_PACKAGE=${DIR}/x\n")

    def environment(self, environment=harness.clean_environment, **more):
        # Private routers make their folders in XDG_RUNTIME_DIR.
        return environment(
            AVA_MODULE_PATH=f"{TOY / 'modules'}:{self.folder}", XDG_RUNTIME_DIR=self.folder,
            XDG_CACHE_HOME=self.folder / "cache", HOME=self.folder, **more)

    def ava(self, *words, **more):
        return harness.run([harness.AVA, *words], self.environment(**more), check=False)

    def ava_guest(self, *words, **more):
        """For a program that loads the guest library."""
        return self.ava(*words, environment=harness.application_environment, **more)

    def start(self, *words, **more):
        return subprocess.Popen([harness.AVA, *map(str, words)], env=self.environment(**more),
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def router(self, *options):
        return harness.Router(
            "--server-env", NATIVE, *options,
            environment={"AVA_MODULE_PATH": f"{TOY / 'modules'}"})

    def assert_nothing_left(self):
        self.assertEqual([path.name for path in self.folder.iterdir()
                          if path.name.startswith("ava-")], [])


class Run(AvaTest):
    def test_uses_the_router_that_runs(self):
        with self.router() as router:
            done = self.ava_guest("run", "--", *CALL_TOY, AVA_SOCKET=router.socket)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            done = self.ava_guest("run", "--socket", router.socket, "--", *CALL_TOY)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(router.calls(), 2)

    def test_starts_a_router_of_its_own_where_none_runs(self):
        script = ("import ctypes, os; status = ctypes.CDLL('libtoy.so.1').toy_null(); "
                  "print(os.environ['AVA_SOCKET']); raise SystemExit(status)")
        done = self.ava_guest("run", "--private", "--server-env", NATIVE, "/usr/bin/python3", "-c",
                              script)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertTrue(done.stdout.startswith(str(self.folder)), done.stdout)
        self.assert_nothing_left()

    def test_gives_the_programs_variables_from_the_packages(self):
        done = self.ava("run", "--private", "--", "sh", "-c",
                        "echo $TOY_PACKAGE $LD_LIBRARY_PATH", LD_LIBRARY_PATH="/before")
        self.assertEqual(done.stdout, f"{self.folder}/x {TOY / 'guest'}:/before\n")

    def test_ends_as_the_program_ends(self):
        with self.router() as router:
            for options in (["--private"], ["--socket", router.socket]):
                self.assertEqual(self.ava("run", *options, "--", "sh", "-c", "exit 7").returncode, 7)
                for name in ("KILL", "USR1"):
                    done = self.ava("run", *options, "--", "sh", "-c", f"kill -{name} $$")
                    self.assertEqual(done.returncode, -getattr(signal, f"SIG{name}"))

    def test_passes_the_programs_options_on(self):
        done = self.ava("run", "--private", "echo", "--help", "--socket", "x", "-s")
        self.assertEqual(done.stdout, "--help --socket x -s\n")

    def test_passes_signals_on(self):
        script = "trap 'echo got it; exit 5' TERM; echo ready; while :; do sleep 0.01; done"
        process = self.start("run", "--private", "--", "sh", "-c", script)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=harness.PATIENCE)
        self.assertEqual((output, process.returncode), ("got it\n", 5))
        self.assert_nothing_left()

    def test_a_program_that_a_signal_ends_ends_ava_by_it(self):
        process = self.start("run", "--private", "--", "sh", "-c", "echo ready; exec sleep 1000")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=harness.PATIENCE)
        self.assertEqual(process.returncode, -signal.SIGINT)
        self.assert_nothing_left()

    def test_a_private_router_never_outlives_ava(self):
        process = self.start("run", "--private", "--", "sh", "-c",
                             "echo $AVA_SOCKET; exec sleep 1000")
        socket = process.stdout.readline().strip()
        state = json.loads(harness.run([harness.AVA, "ls", "--json", "--socket", socket],
                                       self.environment()).stdout)
        router = os.pidfd_open(state["pid"])
        process.kill()
        process.wait(harness.PATIENCE)
        self.assertTrue(select.select([router], [], [], 5)[0], "the router still runs")
        os.close(router)


class NoConnection(AvaTest):
    """Exit status 125, and one line that says why."""

    def assert_says(self, done, *words):
        self.assertEqual(done.returncode, 125)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("ava: "), done.stderr)
        for word in words:
            self.assertIn(str(word), done.stderr)

    def test_nobody_listens_where_the_socket_was_named(self):
        socket = self.folder / "nothing.sock"
        self.assert_says(self.ava("run", "--socket", socket, "--", "true"), "no router", socket)
        self.assert_says(self.ava("run", "--", "true", AVA_SOCKET=socket), "no router", socket)

    def test_the_socket_is_something_else(self):
        file = self.folder / "file"
        file.write_text("")
        self.assert_says(self.ava("run", "--socket", file, "--", "true"), file)

    def test_no_permission(self):
        # A place that another user can reach, and a socket that is not for everybody.
        with self.router() as router:
            os.chmod(router.folder, 0o755)
            os.chmod(self.folder, 0o755)
            tool = shutil.copy(harness.AVA, self.folder / "ava")
            if os.geteuid() != 0:
                os.chmod(router.socket, 0)
            done = subprocess.run([tool, "run", "--socket", router.socket, "--", "true"],
                                  env=self.environment(), capture_output=True, text=True,
                                  user=65534 if os.geteuid() == 0 else None, check=False,
                                  timeout=harness.PATIENCE)
            self.assert_says(done, "no permission", router.socket)

    def test_no_router_program(self):
        tool = shutil.copy(harness.AVA, self.folder / "ava")
        done = harness.run([tool, "run", "--private", "--", "true"], self.environment(), False)
        self.assert_says(done, "ava-routerd")

    def test_no_such_program(self):
        done = self.ava("run", "--private", "--", "no-such-program")
        self.assertEqual(done.returncode, 127)
        self.assertIn("no-such-program", done.stderr)
        done = self.ava("run", "--private", "--", self.folder)
        self.assertEqual(done.returncode, 126)
        self.assert_nothing_left()

    def test_a_package_file_that_makes_no_sense(self):
        (self.folder / "bad.guest.env").write_text("GOOD=1\nnot a line\n")
        with self.router() as router:
            done = self.ava("run", "--socket", router.socket, "--", "true")
            self.assert_says(done, self.folder / "bad.guest.env:2: ")


class List(AvaTest):
    def test_shows_guests_clients_and_ended_sessions(self):
        with self.router() as router:
            self.assertEqual(self.ava_guest("run", "--socket", router.socket, "--", *CALL_TOY).returncode,
                             0)
            while router.state()["clients"]:
                pass  # each look is a round trip to the router
            text = self.ava("ls", "--socket", router.socket).stdout
            self.assertRegex(text, r"^router \d+, up \S+, waits with (io_uring|epoll), \d+ workers; "
                                   r"serves toy [0-9a-f]{16}\n")
            self.assertRegex(text, r"(?m)^default +0 +1 +1 +1 +0 +\d+ +" + str(router.socket) + "$")
            self.assertIn("no clients\n", text)
            self.assertRegex(text, r"(?m)^ *1 +default +python3 +\d+ +toy +1 +\S+ +the client left$")

    def test_says_why_it_cannot(self):
        done = self.ava("ls", "--socket", self.folder / "nothing")
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1))
        self.assertIn("no router", done.stderr)

    def test_help_and_version(self):
        for words in (["--help"], ["run", "--help"], ["ls", "--help"], ["--version"]):
            done = self.ava(*words)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertTrue(done.stdout)
        self.assertEqual(self.ava("frobnicate").returncode, 125)


if __name__ == "__main__":
    harness.main()
