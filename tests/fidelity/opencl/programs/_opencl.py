"""What the programs share."""
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from constants import CL, constants, prefixed  # noqa: E402, F401

BUFFER_INFO = [0x1100, 0x1101, 0x1102, 0x1103, 0x1105, 0x1106, 0x1107, 0x1108, 0x1109, 0x110A, 0]


class Session:
    """A context and a queue on the first device."""

    def __init__(self, cl, queue_properties=0):
        self._cl = cl
        self.platform = cl.clGetPlatformIDs(1, cl.out(8), cl.out(4))[1, 0]
        self.device = cl.clGetDeviceIDs(self.platform, 0xFFFFFFFF, 1, cl.out(8), cl.out(4))[3, 0]
        self.context = cl.clCreateContext(None, 1, [self.device], None, 0, cl.out(4))
        self.queue = cl.clCreateCommandQueue(self.context, self.device, queue_properties, cl.out(4))

    def show(self, buffer, size=256):
        """Its content, read."""
        self._cl.clEnqueueReadBuffer(self.queue, buffer, 1, 0, size, self._cl.out(size), 0, None, None,
                                     now=True)

    def buffer(self, content=bytes(256), flags=CL.MEM_READ_WRITE):
        return self._cl.clCreateBuffer(self.context, flags | CL.MEM_COPY_HOST_PTR, len(content),
                                       content, self._cl.out(4))

    def program(self, source, options=""):
        program = self._cl.clCreateProgramWithSource(self.context, 1, [source], None, self._cl.out(4))
        self._cl.clBuildProgram(program, 1, [self.device], options, None, 0)
        return program

    def kernel(self, program, name):
        return self._cl.clCreateKernel(program, name, self._cl.out(4))

    def launch(self, kernel, size=1):
        self._cl.clEnqueueNDRangeKernel(self.queue, kernel, 1, None, [size], None, 0, None, None)

    def show_kernel(self, program, name):
        """What a kernel of it writes to the buffer that is its first argument."""
        kernel = self.kernel(program, name)
        buffer = self.buffer(bytes(64))
        self._cl.clSetKernelArg(kernel, 0, 8, [buffer])
        self.launch(kernel, 4)
        self.show(buffer, 64)
        self._cl.clReleaseKernel(kernel)
        self._cl.clReleaseMemObject(buffer)

    def close(self):
        self._cl.clFinish(self.queue)
        self._cl.clReleaseCommandQueue(self.queue)
        self._cl.clReleaseContext(self.context)


def ask(cl, query, names, *of):
    """A query for each name: with room enough, for the size alone, with too little room, for nothing."""
    function = getattr(cl, query)
    for name in names:
        function(*of, name, 4096, cl.out(4096), cl.out(8))
        function(*of, name, 0, None, cl.out(8))
        function(*of, name, 1, cl.out(64), cl.out(8))
        function(*of, name, 4096, cl.out(4096), None)
    function(*of, names[0], 0, None, None)
    for name in (0, 0x7FFF, 0xFFFFFFFF):
        function(*of, name, 64, cl.out(64), cl.out(8))


def word(value):
    return struct.pack("<Q", value % (1 << 64))


def ints(*values):
    return struct.pack(f"<{len(values)}i", *values)


def floats(*values):
    return struct.pack(f"<{len(values)}f", *values)
