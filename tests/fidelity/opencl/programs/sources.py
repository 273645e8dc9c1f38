"""Chapter 5.8: programs from source. Strings and lengths, options, errors, info, kernels' names."""
from _opencl import CL, Session, ask, prefixed, word

SOURCE = """
#ifndef VALUE
#define VALUE 1
#endif
__kernel void first(__global int *to) { to[get_global_id(0)] = VALUE; }
__kernel void second(__global int *to, int add) { to[get_global_id(0)] += add; }
"""
OPTIONS = (None, "", " ", "-DVALUE=2", "-D VALUE=3", "-DVALUE=4 -DVALUE=5", "-cl-kernel-arg-info",
           "-cl-fast-relaxed-math -cl-mad-enable", "-cl-std=CL1.2", "-cl-std=CL3.0", "-cl-opt-disable",
           "-w", "-Werror", "-cl-finite-math-only -cl-unsafe-math-optimizations", "-cl-no-such-option",
           "-cl-std=CL9.9", "-DVALUE='7'", "\t-DVALUE=8 ")
# Logs name temporary files; binaries are large, and their bytes differ between two builds.
PROGRAM_INFO = prefixed("CL_PROGRAM_", "BUILD", "BINAR", "KERNEL_NAMES")


class Programs:
    """What there is to do with a program."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session

    def source(self, strings, lengths=None, count=None):
        return self._cl.clCreateProgramWithSource(self._session.context,
                                                  len(strings) if count is None else count, strings,
                                                  lengths, self._cl.out(4))

    def build(self, program, options=None, notify=None):
        self._cl.clBuildProgram(program, 1, [self._session.device], options, notify, 42 if notify else 0)

    def about(self, program):
        ask(self._cl, "clGetProgramInfo", PROGRAM_INFO, program)
        for name in (CL.PROGRAM_BUILD_STATUS, CL.PROGRAM_BUILD_OPTIONS, CL.PROGRAM_BINARY_TYPE,
                     CL.PROGRAM_BUILD_GLOBAL_VARIABLE_TOTAL_SIZE, 0, 0x7777):
            self._cl.clGetProgramBuildInfo(program, self._session.device, name, 256, self._cl.out(256),
                                           self._cl.out(8))
            self._cl.clGetProgramBuildInfo(program, self._session.device, name, 0, None, self._cl.out(8))
            self._cl.clGetProgramBuildInfo(program, self._session.device, name, 1, self._cl.out(8), None)


def strings(programs):
    """The same text in many ways."""
    cut = SOURCE.index("__kernel")
    for parts, lengths in (
            ([SOURCE], None), ([SOURCE], word(len(SOURCE))), ([SOURCE], word(cut)), ([SOURCE], word(0)),
            ([SOURCE[:cut], SOURCE[cut:]], None),
            ([SOURCE + "junk"], word(len(SOURCE))),
            ([SOURCE[:cut] + "junk", SOURCE[cut:] + "junk"], word(cut) + word(len(SOURCE) - cut)),
            (SOURCE.splitlines(keepends=True), None), (list(SOURCE), None),
            (["", SOURCE, ""], None), ([""], None), ([" "], None), (["\n\n"], None)):
        program = programs.source(parts, lengths)
        programs.build(program)
        programs.about(program)
    programs.source([SOURCE], None, 0)
    programs.source([0], None)
    programs.source([0], word(5))


def options(cl, programs, session):
    program = programs.source([SOURCE])
    programs.about(program)
    session.kernel(program, "first")  # not built
    for each in OPTIONS:
        programs.build(program, each)
        programs.about(program)
    for each in OPTIONS[:8]:
        fresh = programs.source([SOURCE])
        programs.build(fresh, each)
        session.show_kernel(fresh, "first")
        cl.clReleaseProgram(fresh)


def builds(cl, programs, session):
    for text in ("__kernel void first(", "this is no program", "__kernel void first() { none(); }",
                 '#error "no"', '#include "missing.h"', "int helper(int a) { return a; }"):
        program = programs.source([text])
        programs.build(program)
        programs.about(program)
        session.kernel(program, "first")
        cl.clCreateKernelsInProgram(program, 0, None, cl.out(4))
        programs.build(program, notify=cl.callback())
    program = programs.source([SOURCE])
    cl.clBuildProgram(program, 0, None, None, None, 0)  # for every device
    cl.clBuildProgram(program, 0, [session.device], None, None, 0)
    cl.clBuildProgram(program, 1, None, None, None, 0)
    cl.clBuildProgram(program, 0, None, None, None, 42)  # user data for nobody
    programs.build(program, "-DVALUE=6", cl.callback())
    session.show_kernel(program, "first")
    kernel = session.kernel(program, "first")
    programs.build(program)  # while it has kernels
    cl.clReleaseKernel(kernel)
    programs.build(program, "-DVALUE=9")
    session.show_kernel(program, "first")
    cl.clGetProgramBuildInfo(program, 0, CL.PROGRAM_BUILD_STATUS, 4, cl.out(4), None)


def kernels(cl, programs, session):
    program = programs.source([SOURCE])
    programs.build(program)
    for name in ("CL_PROGRAM_KERNEL_NAMES", "CL_PROGRAM_NUM_KERNELS"):
        number = prefixed(name)[0]
        cl.clGetProgramInfo(program, number, 0, None, cl.out(8))
        cl.clGetProgramInfo(program, number, 64, cl.out(64), cl.out(8))
    for name in ("first", "second", "third", "", "FIRST", "first "):
        session.kernel(program, name)
    cl.clCreateKernel(program, None, cl.out(4))
    cl.clCreateKernelsInProgram(program, 0, None, cl.out(4))
    cl.clCreateKernelsInProgram(program, 1, cl.out(16), cl.out(4))  # too few
    both = cl.clCreateKernelsInProgram(program, 2, cl.out(16), cl.out(4))
    for i in range(2):
        cl.clGetKernelInfo(both[2, i], CL.KERNEL_FUNCTION_NAME, 64, cl.out(64), None)
    cl.clCreateKernelsInProgram(program, 2, cl.out(16), None)
    cl.clGetProgramInfo(program, CL.PROGRAM_REFERENCE_COUNT, 4, cl.out(4), None)
    cl.clRetainProgram(program)
    cl.clGetProgramInfo(program, CL.PROGRAM_REFERENCE_COUNT, 4, cl.out(4), None)
    cl.clReleaseProgram(program)
    cl.clGetProgramInfo(program, CL.PROGRAM_REFERENCE_COUNT, 4, cl.out(4), None)


def run(cl):
    session = Session(cl)
    programs = Programs(cl, session)
    strings(programs)
    options(cl, programs, session)
    builds(cl, programs, session)
    kernels(cl, programs, session)
    cl.clCreateProgramWithBuiltInKernels(session.context, 1, [session.device], "none", cl.out(4))
    cl.clCreateProgramWithBuiltInKernels(session.context, 1, [session.device], "", cl.out(4))
    cl.clUnloadPlatformCompiler(session.platform)
    programs.build(programs.source([SOURCE]))
    session.close()
