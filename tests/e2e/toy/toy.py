"""The toy programs, natively and through AvA. Import it after putting tests/e2e on the path."""
import os

import harness
from harness import eventually  # noqa: F401  (for those who import this module)

FOLDER = harness.BUILD / "tests" / "e2e" / "toy"
TOY = harness.BUILD / "tests" / "toy"


def router(*options):
    """A router that serves the toy API, and nothing else."""
    # Sanitizers intercept dlopen, and then do not look for libtoy where the module says.
    return harness.Router("--modules", TOY / "modules", "--server-env",
                          f"LD_LIBRARY_PATH={TOY / 'native'}", *options)


def native():
    """The environment in which a program finds the vendor's library."""
    return harness.clean_environment(LD_LIBRARY_PATH=TOY / "native")


def through(serving, **more):
    """The environment in which a program finds AvA's library and the router `serving`."""
    if "AVA_TEST_BREAK" in os.environ:  # the meta test: everything must fail with it
        more["AVA_TEST_BREAK"] = os.environ["AVA_TEST_BREAK"]
    return harness.clean_environment(LD_LIBRARY_PATH=TOY / "guest", AVA_SOCKET=serving.socket,
                                     **more)


def program(name):
    return FOLDER / name


def client(serving, pid):
    """What the router says about the client process `pid`; None if it knows none."""
    for session in serving.state()["clients"]:
        if session["pid"] == pid:
            return session
    return None
