#!/usr/bin/python3
"""Memory objects: programs that print what they find, natively and through AvA."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import programs  # noqa: E402
import harness  # noqa: E402

FOLDER = harness.BUILD / "tests" / "e2e" / "opencl" / "memory"


class Memory(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.router = cls.enterClassContext(harness.Router())

    def same(self, name, router=None, **settings):
        router = router or self.router
        native = harness.run([FOLDER / name], programs.native_environment())
        before = router.calls()
        ava = harness.run([FOLDER / name], programs.ava_environment(router, **settings))
        self.assertGreater(router.calls(), before + 5)
        self.assertEqual(native.stdout, ava.stdout)

    def test_rectangles_that_do_not_fit_into_the_arena(self):
        with harness.Router("--arena-size", "1MiB") as router:
            self.same("images", router)
            self.same("rectangles", router)


for each in sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.c")):
    setattr(Memory, f"test_{each}_is_the_same", lambda self, name=each: self.same(name))
    setattr(Memory, f"test_{each}_is_the_same_when_every_call_waits",
            lambda self, name=each: self.same(name, AVA_FIDELITY="strict"))

if __name__ == "__main__":
    harness.main()
