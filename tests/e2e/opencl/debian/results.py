"""What the pyopencl programs here have in common: a queue, and results by name.

Each result is compared with numpy's at once, which says that the program does what it means to, and
goes into the result file, which says that it does the same everywhere.
"""
import sys
import zlib

import numpy as np
import pyopencl as cl


def context_and_queue():
    context = cl.Context([cl.get_platforms()[0].get_devices()[0]])
    return context, cl.CommandQueue(context)


class Results:
    """A `with` block writes the file that the program's argument names."""

    def __init__(self):
        self._bytes = []

    def add(self, name, value, expected=None, tolerance=0.0):
        if hasattr(value, "get"):
            value = value.get()
        value = np.ascontiguousarray(value)
        if expected is not None:
            expected = np.broadcast_to(expected, value.shape)
            if tolerance:
                assert np.allclose(value, expected, rtol=tolerance), (name, value, expected)
            else:
                assert np.array_equal(value, expected), (name, value, expected)
        self._bytes.append(value.tobytes())
        print(f"{name}: {value.dtype} {value.shape} {zlib.crc32(self._bytes[-1]):08x}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind is None and len(sys.argv) > 1:
            with open(sys.argv[1], "wb") as result:
                result.write(b"".join(self._bytes))
