#!/usr/bin/python3
"""pyopencl's algorithms: scans, reductions, elementwise kernels, sorting, lists.

usage: algorithms.py [RESULT-FILE]
"""
import numpy as np
import pyopencl as cl
import pyopencl.algorithm as algorithm
import pyopencl.array as cla
import pyopencl.bitonic_sort as bitonic_sort
import pyopencl.elementwise as elementwise
import pyopencl.reduction as reduction
import pyopencl.scan as scan
import pyopencl.tools as tools

from results import Results, context_and_queue

COUNT = 10007


def values(seed, high=1000):
    return np.random.default_rng(seed).integers(0, high, COUNT, dtype=np.int32)


def scans(context, queue, results):
    host = values(1)
    inclusive = scan.InclusiveScanKernel(context, np.int32, "a+b", neutral="0")
    results.add("inclusive", inclusive(cla.to_device(queue, host)), np.cumsum(host))
    exclusive = scan.ExclusiveScanKernel(context, np.int32, "a+b", neutral="0")
    results.add("exclusive", exclusive(cla.to_device(queue, host)),
                np.cumsum(host) - host)
    # Segments start where a flag says so; the result is written as the sum of each up to there.
    segmented = scan.GenericScanKernel(
        context, np.int32, arguments="__global int *ary, __global char *flags, __global int *out",
        input_expr="ary[i]", scan_expr="across_seg_boundary ? b : (a+b)", neutral="0",
        is_segment_start_expr="flags[i]", output_statement="out[i] = item;")
    flags = (values(2, 50) == 0).astype(np.int8)
    flags[0] = 1
    out = cla.empty(queue, COUNT, np.int32)
    segmented(cla.to_device(queue, host), cla.to_device(queue, flags), out)
    wanted = np.concatenate([np.cumsum(each) for each in np.split(host, np.flatnonzero(flags)[1:])])
    results.add("segmented", out, wanted)


def reductions(context, queue, results):
    host = values(3)
    on_device = cla.to_device(queue, host)
    product = reduction.ReductionKernel(
        context, np.int64, neutral="0", reduce_expr="a+b", map_expr="(long)x[i] * y[i]",
        arguments="__global const int *x, __global const int *y")
    results.add("product", product(on_device, on_device), np.sum(host.astype(np.int64) ** 2))
    # A struct of the application's own, as each work-item's and as the result's type.
    extremes = np.dtype([("least", np.int32), ("most", np.int32)])
    extremes, declaration = tools.match_dtype_to_c_struct(context.devices[0], "extremes", extremes)
    extremes = tools.get_or_register_dtype("extremes", extremes)
    both = reduction.ReductionKernel(
        context, extremes, neutral="neutral()", reduce_expr="join(a, b)", map_expr="one(x[i])",
        arguments="__global const int *x", preamble=declaration + """
            extremes neutral() { extremes r; r.least = INT_MAX; r.most = INT_MIN; return r; }
            extremes one(int x) { extremes r; r.least = r.most = x; return r; }
            extremes join(extremes a, extremes b) {
              a.least = min(a.least, b.least); a.most = max(a.most, b.most); return a; }""")
    found = both(on_device).get()
    results.add("extremes", found, np.array((host.min(), host.max()), dtype=extremes))


def elementwise_kernels(context, queue, results):
    host = values(4).astype(np.float32)
    on_device = cla.to_device(queue, host)
    out = cla.empty_like(on_device)
    polynomial = elementwise.ElementwiseKernel(
        context, "float a, float *x, float b, float *out", "out[i] = a * x[i] * x[i] + b * x[i]",
        "polynomial")
    polynomial(2, on_device, 3, out)
    results.add("polynomial", out, 2 * host * host + 3 * host)
    polynomial(1, on_device, 0, out, range=slice(10, 20))
    wanted = 2 * host * host + 3 * host
    wanted[10:20] = host[10:20] ** 2
    results.add("range", out, wanted)
    conjugate = elementwise.ElementwiseKernel(
        context, "cfloat_t *z", "z[i] = cfloat_mul(z[i], cfloat_conj(z[i]))", "conjugate",
        preamble="#include <pyopencl-complex.h>")
    z = (host[:100] + 1j).astype(np.complex64)
    on_z = cla.to_device(queue, z)
    conjugate(on_z)
    results.add("conjugate", on_z, z * z.conj())


def sorting(context, queue, results):
    keys, marks = values(5, 1 << 20), values(6)
    radix = algorithm.RadixSort(context, "int *keys, int *marks", key_expr="keys[i]",
                                sort_arg_names=["keys", "marks"], key_dtype=np.int32)
    (sorted_keys, sorted_marks), _ = radix(cla.to_device(queue, keys),
                                           cla.to_device(queue, marks), key_bits=20)
    order = np.argsort(keys, kind="stable")
    results.add("radix", sorted_keys, keys[order])
    results.add("with", sorted_marks, marks[order])
    bitonic = bitonic_sort.BitonicSort(context)
    short = cla.to_device(queue, keys[:4096])
    results.add("bitonic", bitonic(short)[0], np.sort(keys[:4096]))


def lists(context, queue, results):
    host = values(7)
    on_device = cla.to_device(queue, host)
    kept, count, _ = algorithm.copy_if(on_device, "ary[i] % 7 == 0")
    wanted = host[host % 7 == 0]
    results.add("kept", kept.get()[:int(count.get())], wanted)
    builder = algorithm.ListOfListsBuilder(
        context, [("multiples", np.int32)], """
            void generate(LIST_ARG_DECL USER_ARG_DECL index_type i) {
              for (int j = 0; j < i % 4; ++j) { APPEND_multiples((int)(i * 10 + j)); }
            }""", arg_decls=[])
    made, _ = builder(queue, 500)
    results.add("starts", made["multiples"].starts,
                np.concatenate(([0], np.cumsum(np.arange(500) % 4))))
    results.add("multiples", made["multiples"].lists,
                [i * 10 + j for i in range(500) for j in range(i % 4)])


def main():
    context, queue = context_and_queue()
    with Results() as results:
        scans(context, queue, results)
        reductions(context, queue, results)
        elementwise_kernels(context, queue, results)
        sorting(context, queue, results)
        lists(context, queue, results)


main()
