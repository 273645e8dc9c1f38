"""Chapter 5.4: pipes. Where devices have none, everything is refused, and in which order."""
from _opencl import BUFFER_INFO, CL, Session, ask, prefixed

PIPE_INFO = [CL.PIPE_PACKET_SIZE, CL.PIPE_MAX_PACKETS, CL.PIPE_PROPERTIES]
SOURCE = """
__kernel void write(__write_only pipe int to) { int value = 5; write_pipe(to, &value); }
__kernel void read(__read_only pipe int from, __global int *to) { read_pipe(from, to); }
"""


def run(cl):
    session = Session(cl)
    error = cl.out(4)
    ask(cl, "clGetDeviceInfo", [*prefixed("CL_DEVICE_PIPE"), CL.DEVICE_MAX_PIPE_ARGS],
        session.device)
    buffer = session.buffer()
    ask(cl, "clGetPipeInfo", PIPE_INFO, buffer)
    ask(cl, "clGetPipeInfo", PIPE_INFO, None)

    flags = (0, CL.MEM_READ_WRITE, CL.MEM_HOST_NO_ACCESS, CL.MEM_READ_WRITE | CL.MEM_HOST_NO_ACCESS,
             CL.MEM_READ_ONLY, CL.MEM_COPY_HOST_PTR, 1 << 40)
    for each in flags:
        pipe = cl.clCreatePipe(session.context, each, 4, 16, None, error)
        ask(cl, "clGetPipeInfo", PIPE_INFO, pipe)
        ask(cl, "clGetMemObjectInfo", BUFFER_INFO, pipe)
        cl.clReleaseMemObject(pipe)
    for size, count in ((0, 16), (4, 0), (0, 0), (3, 5), (1 << 31, 1 << 31),
                        (0xFFFFFFFF, 0xFFFFFFFF)):
        cl.clCreatePipe(session.context, 0, size, count, None, error)
        cl.clCreatePipe(session.context, 0, size, count, None, None)
    for properties in ([0], [0x7777, 1, 0]):
        cl.clCreatePipe(session.context, 0, 4, 16, properties, error)
    cl.clCreatePipe(None, 0, 4, 16, None, error)
    cl.clCreatePipe(None, 0, 4, 16, None, None)

    # A source that uses them is none for these devices.
    for options in ("", "-cl-std=CL2.0", "-cl-std=CL3.0"):
        program = session.program(SOURCE, options)
        cl.clGetProgramBuildInfo(program, session.device, CL.PROGRAM_BUILD_STATUS, 4, cl.out(4),
                                 None)
        session.kernel(program, "write")
        cl.clReleaseProgram(program)
    cl.clReleaseMemObject(buffer)
    session.close()
