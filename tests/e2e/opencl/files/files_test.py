#!/usr/bin/python3
"""Programs built from several files: the application's, wherever the server is."""
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "semantics"))
import semantics  # noqa: E402
import programs  # noqa: E402
import harness  # noqa: E402

HEADERS = harness.BUILD / "tests" / "e2e" / "opencl" / "files" / "headers"


def built(environment, folder, meanwhile=lambda pid: None):
    """What the program said, with its files in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    with semantics.Program(environment, HEADERS, folder) as program:
        program.await_line("ready")
        meanwhile(program.pid)
        program.go_on()
        return semantics.TEMPORARY_FILE.sub("FILE", program.finish())


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "files")
        self.router = self.enterContext(harness.Router())

    def test_headers_are_the_applications(self):
        """Each path that the program uses is relative, or by way of a process's own folder in /proc:
        in the server, it names another file, and there is one."""
        def put_others(pid):
            server = semantics.client_of(self.router, pid)["server_pid"]
            for own in self.folder.rglob("*.h"):
                other = pathlib.Path(f"/proc/{server}/cwd", own.relative_to(self.folder))
                other.parent.mkdir(parents=True, exist_ok=True)
                other.write_text("#error the server's\n", encoding="ascii")
            changing = pathlib.Path(f"/proc/{server}/cwd/headers")
            for name in ("changing.h", "nothing.h", "absent.h"):
                (changing / name).write_text("#error the server's\n", encoding="ascii")

        native = built(programs.native_environment(), self.folder)
        ava = built(programs.ava_environment(self.router), self.folder, put_others)
        self.maxDiff = None
        self.assertMultiLineEqual(native, ava)
        self.assertIn("large: 20001\n", native)


if __name__ == "__main__":
    harness.main()
