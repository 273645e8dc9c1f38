#!/usr/bin/python3
"""Writes the seeds of the APIs' fuzzers anew: what tests send, as recorder.cc sees it come by.

    record.py BUILD
"""
import pathlib
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "e2e"), str(HERE.parent / "fidelity")]
import apis  # noqa: E402
import generator  # noqa: E402
import harness  # noqa: E402

FUZZ = harness.BUILD / "tests" / "fuzz"
RANDOM = 6  # sequences, beside the programs that fidelity/ has
FAVORED = {"opencl": "SVM"}  # in as many more


def recording(api, modules, seed, **environment):
    """A router for `api` that writes `seed`."""
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / f"{api}.router.so").symlink_to(FUZZ / "recorder.so")
    (folder / f"{api}.server.so").symlink_to(modules / f"{api}.server.so")
    seed.parent.mkdir(parents=True, exist_ok=True)
    seed.unlink(missing_ok=True)
    options = [option for name, value in environment.items()
               for option in ("--server-env", f"{name}={value}")]
    return harness.Router("--modules", folder, *options, environment={
        "AVA_RECORD_MODULE": modules / f"{api}.router.so",
        "AVA_RECORD_DOUBLE": FUZZ / f"lib{api}_double.so", "AVA_RECORD_FILE": seed})


def record_sequence(api, modules, seed, make, **environment):
    """`make(sides)`: what the executor is to do."""
    router = recording(api, modules, seed, **environment)
    with apis.Sides(api, router=router, warms_up=False) as sides:
        sides.ava.run(make(sides))


def main():
    seeds = HERE / "seeds"
    build = harness.BUILD
    places = {"opencl": (build / "spec", {}),
              "toy": (build / "tests" / "toy" / "modules",
                      {"LD_LIBRARY_PATH": build / "tests" / "toy" / "native"})}
    for api, (modules, environment) in places.items():
        for path in sorted((HERE.parent / "fidelity" / api).glob("programs/[!_]*.py")):
            record_sequence(api, modules, seeds / f"{api}_fuzz" / path.stem,
                            lambda sides, path=path: {"program": path.stem, "threads": []},
                            **environment)
        for number in range(1, RANDOM + 1):
            for favored in {"", FAVORED.get(api, "")}:
                record_sequence(api, modules, seeds / f"{api}_fuzz" / f"random_{favored}{number}",
                                lambda sides, number=number, favored=favored: generator.Generator(
                                    sides.description, sides.hints, favored).sequence(number),
                                **environment)
    for api, program in (("libdeflate", "deflate"), ("zstd", "zstandard")):
        seed = seeds / f"{api}_fuzz" / program
        with recording(api, build / "spec", seed) as router:
            harness.run([build / "tests" / "e2e" / "compression" / program],
                        harness.application_environment(
                            LD_LIBRARY_PATH=build / "spec" / api / "dropin",
                            AVA_SOCKET=router.socket), check=False)


if __name__ == "__main__":
    main()
