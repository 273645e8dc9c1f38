"""Where each API's two sides are: the native library, and the guest library with a router."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "e2e" / "opencl"),
                str(HERE.parent / "e2e" / "toy")]
import binding  # noqa: E402
import differential  # noqa: E402
import generator  # noqa: E402
import harness  # noqa: E402
import modules  # noqa: E402
import programs  # noqa: E402
import toy  # noqa: E402


class OpenCL:
    """Both through the loader, which finds one library or the other."""

    description = harness.BUILD / "spec" / "opencl.json"
    native_library = ava_library = "libOpenCL.so.1"
    router = staticmethod(harness.Router)
    native = staticmethod(programs.native_environment)
    ava = staticmethod(programs.ava_environment)


class Toy:
    """The vendor's library, or AvA's of the same name."""

    description = harness.BUILD / "tests" / "toy" / "toy.json"
    native_library = toy.TOY / "native" / "libtoy.so.1"
    ava_library = toy.TOY / "guest" / "libtoy.so.1"
    router = staticmethod(toy.router)
    native = staticmethod(toy.native)
    ava = staticmethod(toy.through)


APIS = {"opencl": OpenCL, "toy": Toy}


class Sides:
    """Executors of both sides, and what they need; a `with` block ends them."""

    def __init__(self, name, environment=None, router=None, warms_up=True):
        """`environment`: variables that the native library sees, here and there. `warms_up`: whether
        executors begin with what every sequence begins with."""
        self._api = APIS[name]
        self._warms_up = warms_up
        self._environment = environment or {}
        self._router = router or self._api.router(*(f"--server-env={variable}={value}"
                                                    for variable, value in self._environment.items()))
        self.folder = HERE / name
        self.hints = modules.load(self.folder / "hints.py")
        self.description = binding.Description(self._api.description)
        # Functions of other headers, which this library does not have.
        offered = harness.run(self._command(self._api.native_library),
                              self._api.native()).stdout.split()
        for function in set(self.description.functions) - set(offered):
            del self.description.functions[function]

    def __enter__(self):
        self._router.__enter__()
        self.native = self._executor(self._api.native_library,
                                     {**self._api.native(), **self._environment},
                                     patience=differential.NATIVE_PATIENCE)
        self.ava = self._executor(self._api.ava_library, self._api.ava(self._router))
        return self

    def _executor(self, library, environment, **more):
        first = generator.warm_up(self.hints) if self._warms_up else {"threads": []}
        return differential.Executor(self._command(library), environment, first, **more)

    def _command(self, library):
        return ["/usr/bin/python3", HERE / "executor.py", self._api.description, library, self.folder]

    def __exit__(self, kind, *rest):
        self.native.stop()
        self.ava.stop()
        self._router.__exit__(kind, *rest)
