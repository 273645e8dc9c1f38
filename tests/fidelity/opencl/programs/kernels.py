"""Chapter 5.9: kernels. Arguments of every kind, right and wrong; info of kernels and arguments."""
import struct

from _opencl import CL, Session, ask, floats, ints, prefixed, word

SOURCE = """
typedef struct { int a; float b; char c[8]; } Mixed;
__kernel void scalars(__global float *to, char a, short b, int c, long d, float e, double f) {
  to[0] = a; to[1] = b; to[2] = c; to[3] = d; to[4] = e; to[5] = f;
}
__kernel void vectors(__global float *to, float2 a, float4 b, int8 c, uchar16 d) {
  to[0] = a.y; to[1] = b.w; to[2] = c.s7; to[3] = d.sf;
}
__kernel void structures(__global float *to, Mixed a, __constant Mixed *b) {
  to[0] = a.a; to[1] = a.b; to[2] = a.c[7]; to[3] = b->a;
}
__kernel void locals(__global int *to, __local int *scratch, __local float4 *more) {
  scratch[get_local_id(0)] = get_local_id(0);
  more[0] = (float4)(7);
  barrier(CLK_LOCAL_MEM_FENCE);
  to[get_global_id(0)] = scratch[get_local_size(0) - 1 - get_local_id(0)];
}
__kernel void missing(__global int *to, __global const int *from, __constant int *table) {
  to[0] = from ? from[0] : -1;
  to[1] = table != 0;
}
__kernel void none() {}
__kernel __attribute__((reqd_work_group_size(4, 2, 1))) void shaped(__global int *restrict to,
                                                                    volatile __global int *other) {
  to[get_global_id(0)] = get_local_size(1);
}
__kernel __attribute__((vec_type_hint(float4))) __attribute__((work_group_size_hint(8, 1, 1)))
void hinted(const __global uint4 *from, __read_only image2d_t image, sampler_t how, ulong rest) {}
"""
NAMES = ("scalars", "vectors", "structures", "locals", "missing", "none", "shaped", "hinted")
WORK_GROUP = prefixed("CL_KERNEL_W", "ARG") + [CL.KERNEL_COMPILE_WORK_GROUP_SIZE,
                                               CL.KERNEL_LOCAL_MEM_SIZE, CL.KERNEL_PRIVATE_MEM_SIZE,
                                               CL.KERNEL_PREFERRED_WORK_GROUP_SIZE_MULTIPLE]


class Arguments:
    """Sets arguments, launches, and shows what came of it."""

    def __init__(self, cl, session, result):
        self._cl = cl
        self._session = session
        self._result = result

    def set(self, kernel, *arguments, first=0):
        """Bytes, handles in lists, or a size of local memory."""
        for index, argument in enumerate(arguments):
            if isinstance(argument, int):
                self._cl.clSetKernelArg(kernel, first + index, argument, None)
            else:
                size = 8 if isinstance(argument, list) else len(argument)
                self._cl.clSetKernelArg(kernel, first + index, size, argument)

    def launch(self, kernel, size=1, local=None):
        self._cl.clEnqueueFillBuffer(self._session.queue, self._result, ints(0), 4, 0, 256, 0, None, None)
        self._cl.clEnqueueNDRangeKernel(self._session.queue, kernel, 1, None, [size],
                                        local and [local], 0, None, None)
        self._session.show(self._result, 64)


def information(cl, session, program):
    for name in NAMES:
        kernel = session.kernel(program, name)
        ask(cl, "clGetKernelInfo", prefixed("CL_KERNEL_", "KERNEL_ARG"), kernel)
        ask(cl, "clGetKernelWorkGroupInfo", WORK_GROUP, kernel, session.device)
        for index in (0, 1, 2, 7, 0xFFFFFFFF):
            for info in prefixed("CL_KERNEL_ARG_"):
                cl.clGetKernelArgInfo(kernel, index, info, 64, cl.out(64), cl.out(8))
                cl.clGetKernelArgInfo(kernel, index, info, 1, cl.out(64), None)
        cl.clGetKernelWorkGroupInfo(kernel, None, CL.KERNEL_WORK_GROUP_SIZE, 8, cl.out(8), None)
        cl.clReleaseKernel(kernel)


def values(session, program, arguments, result):
    scalars = session.kernel(program, "scalars")
    good = ([result], b"\xff", struct.pack("<h", -300), ints(70000), struct.pack("<q", 1 << 40),
            floats(0.5), struct.pack("<d", 0.25))
    arguments.launch(scalars)  # nothing is set
    for index in range(len(good)):  # one after the other
        arguments.set(scalars, good[index], first=index)
        arguments.launch(scalars)
    for index, wrong in ((1, b""), (1, bytes(2)), (3, bytes(8)), (3, bytes(3)), (6, bytes(4)), (3, 4),
                         (3, 0), (7, ints(0)), (1 << 31, ints(0)), (0, bytes(4)), (0, bytes(16)), (0, 4)):
        arguments.set(scalars, wrong, first=index)
        if index < len(good):  # PoCL takes some for right, with what lies behind them
            arguments.set(scalars, good[index], first=index)
        arguments.launch(scalars)
    vectors = session.kernel(program, "vectors")
    arguments.set(vectors, [result], floats(1, 2), floats(3, 4, 5, 6), ints(*range(8)), bytes(range(16)))
    arguments.launch(vectors)
    arguments.set(vectors, floats(1), floats(1, 2, 3), first=1)
    structures = session.kernel(program, "structures")
    mixed = ints(7) + floats(1.5) + b"abcdefgh"
    table = session.buffer(mixed * 4)
    arguments.set(structures, [result], mixed, [table])
    arguments.launch(structures)
    arguments.set(structures, mixed[:-1], first=1)
    arguments.set(structures, mixed + b"x", first=1)


def memory(cl, session, program, arguments, result):
    local = session.kernel(program, "locals")
    arguments.set(local, [result], 64, 64)
    arguments.launch(local, 16, 8)
    arguments.set(local, 0, first=1)
    arguments.launch(local, 16, 8)
    arguments.set(local, ints(1), first=1)
    arguments.set(local, 128, 16, first=1)
    arguments.launch(local, 16, 16)
    arguments.set(local, 1 << 40, first=1)
    missing = session.kernel(program, "missing")
    source = session.buffer(ints(*range(100, 164)))
    arguments.set(missing, [result], [source], [source])
    arguments.launch(missing)
    arguments.set(missing, [0], first=1)  # a null buffer, both ways
    arguments.launch(missing)
    arguments.set(missing, 8, first=1)
    arguments.launch(missing)
    part = cl.clCreateSubBuffer(source, 0, 0x1220, [128, 64], cl.out(4))
    arguments.set(missing, [part], first=1)
    arguments.launch(missing)
    cl.clReleaseMemObject(part)
    other = Session(cl)  # memory of another context
    foreign = other.buffer()
    arguments.set(missing, [foreign], first=1)
    cl.clReleaseMemObject(foreign)
    other.close()


def clones(cl, session, program, arguments, result):
    kernel = session.kernel(program, "missing")
    source = session.buffer(ints(5, 6, 7, 8))
    other = session.buffer(ints(50, 60))
    early = cl.clCloneKernel(kernel, cl.out(4))
    arguments.set(kernel, [result], [source], [source])
    clone = cl.clCloneKernel(kernel, cl.out(4))
    cl.clRetainKernel(clone)
    cl.clGetKernelInfo(clone, CL.KERNEL_REFERENCE_COUNT, 4, cl.out(4), None)
    cl.clReleaseKernel(clone)
    cl.clGetKernelInfo(clone, CL.KERNEL_REFERENCE_COUNT, 4, cl.out(4), None)
    arguments.set(kernel, [other], first=1)
    arguments.launch(early)  # cloned before
    arguments.launch(clone)
    arguments.launch(kernel)
    cl.clReleaseKernel(kernel)
    arguments.launch(clone)
    ask(cl, "clGetKernelInfo", prefixed("CL_KERNEL_", "KERNEL_ARG", "REFERENCE_COUNT"), clone)


def run(cl):
    session = Session(cl)
    result = session.buffer()
    arguments = Arguments(cl, session, result)
    for options in ("", "-cl-kernel-arg-info", "-cl-opt-disable"):
        program = session.program(SOURCE, options)
        information(cl, session, program)
        values(session, program, arguments, result)
        memory(cl, session, program, arguments, result)
        clones(cl, session, program, arguments, result)
        none = session.kernel(program, "none")
        cl.clSetKernelArg(none, 0, 8, word(0))
        arguments.launch(none)
        cl.clReleaseProgram(program)
    session.close()
