#!/usr/bin/python3
"""c = a + b with pyopencl, once with buffers and a kernel, once with arrays.

usage: vadd.py [RESULT-FILE]
"""
import sys

import numpy as np
import pyopencl as cl
import pyopencl.array

COUNT = 1 << 16
SOURCE = """
__kernel void add(__global const float *a, __global const float *b, __global float *c) {
  size_t i = get_global_id(0);
  c[i] = a[i] + b[i];
}
"""


def main():
    platform = cl.get_platforms()[0]
    device = platform.get_devices()[0]
    context = cl.Context([device])
    queue = cl.CommandQueue(context)

    random = np.random.default_rng(5)
    a = random.random(COUNT, dtype=np.float32)
    b = random.random(COUNT, dtype=np.float32)

    flags = cl.mem_flags
    a_buffer = cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=a)
    b_buffer = cl.Buffer(context, flags.READ_ONLY | flags.COPY_HOST_PTR, hostbuf=b)
    c_buffer = cl.Buffer(context, flags.WRITE_ONLY, a.nbytes)
    program = cl.Program(context, SOURCE).build()
    program.add(queue, a.shape, None, a_buffer, b_buffer, c_buffer)
    c = np.empty_like(a)
    cl.enqueue_copy(queue, c, c_buffer)
    assert np.array_equal(c, a + b)

    a_array = cl.array.to_device(queue, a)
    b_array = cl.array.to_device(queue, b)
    d = (a_array + 2 * b_array).get()
    assert np.allclose(d, a + 2 * b)
    total = cl.array.sum(a_array).get()
    assert np.isclose(total, a.sum(), rtol=1e-4)

    print(f"vadd on {device.name}: sum {float(total):.6f}")
    if len(sys.argv) > 1:
        with open(sys.argv[1], "wb") as result:
            result.write(c.tobytes() + d.tobytes() + total.tobytes())


main()
