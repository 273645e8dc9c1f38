"""Chapter 5.8.6 and 5.8.7: compiling with embedded headers, linking, libraries, binaries."""
from _opencl import CL, Session, word

HEADER = "#define VALUE 7\nint helped(int a);\n"
HELPER = '#include "helper.h"\nint helped(int a) { return a + VALUE; }\n'
MAIN = """
#include "helper.h"
__kernel void main_kernel(__global int *to) { to[get_global_id(0)] = helped(1) + VALUE; }
"""


class Parts:
    """Programs compiled and linked in one session."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session

    def source(self, text):
        return self._cl.clCreateProgramWithSource(self._session.context, 1, [text], None,
                                                  self._cl.out(4))

    def compile(self, program, headers=None, names=None, options=None, notify=None):
        self._cl.clCompileProgram(program, 1, [self._session.device], options, len(headers or []),
                                  headers, names, notify, 42 if notify else 0)
        self.about(program)

    def link(self, programs, options=None, notify=None):
        linked = self._cl.clLinkProgram(self._session.context, 1, [self._session.device], options,
                                        len(programs or []), programs, notify, 42 if notify else 0,
                                        self._cl.out(4))
        self.about(linked)
        return linked

    def about(self, program):
        for name in (CL.PROGRAM_BUILD_STATUS, CL.PROGRAM_BUILD_OPTIONS, CL.PROGRAM_BINARY_TYPE):
            self._cl.clGetProgramBuildInfo(program, self._session.device, name, 256, self._cl.out(256),
                                           self._cl.out(8))
        for name in (CL.PROGRAM_NUM_KERNELS, CL.PROGRAM_SOURCE):
            self._cl.clGetProgramInfo(program, name, 256, self._cl.out(256), self._cl.out(8))


def run(cl):
    session = Session(cl)
    parts = Parts(cl, session)
    header, helper, main = parts.source(HEADER), parts.source(HELPER), parts.source(MAIN)
    parts.compile(helper)  # its header is missing
    parts.compile(helper, [header], ["helper.h"])
    parts.compile(main, [header], ["helper.h"], "-DUNUSED=1", cl.callback())
    session.kernel(main, "main_kernel")  # compiled, not linked
    linked = parts.link([main, helper])
    session.show_kernel(linked, "main_kernel")
    session.show_kernel(parts.link([main, helper], notify=cl.callback()), "main_kernel")
    parts.link([main])  # something is missing
    session.show_kernel(parts.link([helper, main], ""), "main_kernel")
    for options in ("-cl-fast-relaxed-math", "-cl-denorms-are-zero", "-cl-kernel-arg-info", "-DX=1"):
        parts.link([helper, main], options)
    library = parts.link([helper], "-create-library")
    session.show_kernel(parts.link([main, library]), "main_kernel")
    parts.link([linked])
    parts.link([parts.source(HELPER), main])  # not compiled
    parts.link([])
    cl.clLinkProgram(session.context, 1, [session.device], None, 0, [main], None, 0, cl.out(4))
    cl.clLinkProgram(session.context, 0, None, None, 2, [main, helper], None, 0, cl.out(4))
    cl.clLinkProgram(session.context, 0, [session.device], None, 1, [main], None, 0, cl.out(4))
    cl.clLinkProgram(session.context, 1, None, None, 1, [main], None, 0, cl.out(4))
    cl.clLinkProgram(session.context, 1, [session.device], None, 1, None, None, 0, cl.out(4))
    cl.clLinkProgram(session.context, 1, [session.device], "-no-such-option", 1, [main], None, 0,
                     cl.out(4))
    # Headers under other names, changed ones, ones that include others.
    deep = parts.source('#include "sub/inner.h"\n')
    again = parts.source(MAIN)
    parts.compile(again, [deep, header], ["helper.h", "sub/inner.h"])
    parts.compile(again, [header], ["other.h"])
    cl.clCompileProgram(again, 1, [session.device], None, 0, [header], None, None, 0)
    cl.clCompileProgram(again, 1, [session.device], None, 0, None, None, None, 42)
    cl.clCompileProgram(again, 1, None, None, 0, None, None, None, 0)

    # How many binaries, and that what is made of them works.
    for name in (CL.PROGRAM_BINARY_SIZES, CL.PROGRAM_BINARIES):
        cl.clGetProgramInfo(linked, name, 0, None, cl.out(8))
        cl.clGetProgramInfo(linked, name, 4, cl.out(8), cl.out(8))
    for binary, size in ((b"no binary at all" * 4, 64), (bytes(64), 64), (bytes(64), 0)):
        cl.clCreateProgramWithBinary(session.context, 1, [session.device], word(size), [binary],
                                     cl.out(4), cl.out(4))
    cl.clCreateProgramWithBinary(session.context, 0, [session.device], word(4), [b"none"], cl.out(4),
                                 cl.out(4))
    cl.clCreateProgramWithBinary(session.context, 1, [session.device], None, [b"none"], cl.out(4),
                                 cl.out(4))
    cl.clCreateProgramWithBinary(session.context, 1, [session.device], word(4), [0], cl.out(4), None)
    for program in (header, helper, main, linked, library):
        cl.clReleaseProgram(program)
    session.close()
