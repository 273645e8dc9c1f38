"""What the programs share."""

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
        self._cl.clEnqueueReadBuffer(self.queue, buffer, 1, 0, size, self._cl.out(size), 0, None, None)

    def program(self, source, options=""):
        program = self._cl.clCreateProgramWithSource(self.context, 1, [source], None, self._cl.out(4))
        self._cl.clBuildProgram(program, 1, [self.device], options, None, 0)
        return program

    def close(self):
        self._cl.clFinish(self.queue)
        self._cl.clReleaseCommandQueue(self.queue)
        self._cl.clReleaseContext(self.context)
