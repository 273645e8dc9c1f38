#!/usr/bin/python3
"""pyopencl's arrays: arithmetic, slices, gathering, mathematical functions, random numbers.

usage: arrays.py [RESULT-FILE]
"""
import numpy as np
import pyopencl as cl
import pyopencl.array as cla
import pyopencl.clmath as clmath
import pyopencl.clrandom as clrandom

from results import Results, context_and_queue

COUNT = 10007  # prime: no work-group size divides it


def arithmetic(queue, results):
    host = np.random.default_rng(1)
    a = host.random(COUNT, dtype=np.float32)
    b = host.integers(1, 1000, COUNT, dtype=np.int32)
    c = (host.random(COUNT) + 1j * host.random(COUNT)).astype(np.complex64)
    on_a, on_b, on_c = (cla.to_device(queue, each) for each in (a, b, c))
    results.add("float", 2 * on_a + on_a * on_a - 1, 2 * a + a * a - 1, 1e-4)
    results.add("mixed", on_a / on_b, a / b, 1e-6)
    results.add("power", on_a ** 3, a ** 3, 1e-4)
    results.add("bits", (on_b & 0xff) ^ (on_b | 0x100), (b & 0xff) ^ (b | 0x100))
    results.add("compare", on_b >= 500, (b >= 500).astype(np.int8))
    results.add("complex", on_c * on_c.conj() + on_c.imag, c * c.conj() + c.imag, 1e-4)
    on_b += 5
    on_b *= 3
    results.add("in place", on_b, (b + 5) * 3)


def places(queue, results):
    base = np.arange(60 * 70, dtype=np.int32).reshape(60, 70)
    on_base = cla.to_device(queue, base)
    # Slices of whole rows only: others are copied as rectangles.
    results.add("rows", on_base[7:31].copy(), base[7:31])
    results.add("shape", on_base.reshape(70, 60) + 1, base.reshape(70, 60) + 1)
    flat = on_base.ravel()
    flat[100:200] = 7
    flat[300:400] = flat[500:600]
    wanted = base.ravel().copy()
    wanted[100:200] = 7
    wanted[300:400] = wanted[500:600]
    results.add("assigned", flat, wanted)
    picked = np.random.default_rng(2).permutation(wanted.size).astype(np.int32)
    on_picked = cla.to_device(queue, picked)
    results.add("take", cla.take(flat, on_picked), wanted[picked])
    turned = cla.zeros_like(flat)
    cla.multi_put([flat], on_picked, out=[turned])
    back = np.zeros_like(wanted)
    back[picked] = wanted
    results.add("put", turned, back)
    results.add("where", cla.if_positive(flat - 1000, flat, -flat),
                np.where(wanted > 1000, wanted, -wanted))
    results.add("joined", cla.concatenate((flat[:10], flat[20:30])),
                np.concatenate((wanted[:10], wanted[20:30])))
    results.add("range", cla.arange(queue, 0, COUNT, 3, dtype=np.int64),
                np.arange(0, COUNT, 3, dtype=np.int64))


def whole(queue, results):
    host = np.random.default_rng(3).random(COUNT)
    on_device = cla.to_device(queue, host)
    results.add("sum", cla.sum(on_device), host.sum(), 1e-9)
    results.add("dot", cla.dot(on_device, on_device), np.dot(host, host), 1e-9)
    results.add("least", cla.min(on_device), host.min())
    results.add("most", cla.max(on_device), host.max())
    results.add("subset", cla.subset_dot(cla.arange(queue, 100, dtype=np.int32), on_device,
                                         on_device), np.dot(host[:100], host[:100]), 1e-9)
    results.add("sine", clmath.sin(on_device), np.sin(host), 1e-9)
    results.add("root", clmath.sqrt(on_device), np.sqrt(host), 1e-9)
    exponent = clmath.frexp(on_device)[1]
    results.add("exponent", exponent, np.frexp(host)[1])


def mapped(queue, results):
    on_device = cla.arange(queue, COUNT, dtype=np.float32)
    memory = on_device.map_to_host(flags=cl.map_flags.READ | cl.map_flags.WRITE)
    memory[:5] = 100
    memory.base.release(queue)
    wanted = np.arange(COUNT, dtype=np.float32)
    wanted[:5] = 100
    results.add("mapped", on_device + 0, wanted)


def random(context, queue, results):
    for kind in (clrandom.PhiloxGenerator, clrandom.ThreefryGenerator):
        generator = kind(context, seed=15)
        results.add(kind.__name__, generator.uniform(queue, COUNT, np.float32))
        results.add(kind.__name__ + " normal", generator.normal(queue, COUNT, np.float64))


def main():
    context, queue = context_and_queue()
    with Results() as results:
        arithmetic(queue, results)
        places(queue, results)
        whole(queue, results)
        mapped(queue, results)
        random(context, queue, results)


main()
