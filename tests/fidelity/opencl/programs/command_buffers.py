"""cl_khr_command_buffer: recording, enqueuing, what is refused. And cl_pocl_content_size. Left out is what
crashes PoCL: kernels and launches that it refuses to record."""
from _opencl import CL, Session, ask, ints, word

SOURCE = """
__kernel void add(__global int *a, int b) { a[get_global_id(0)] += b; }
"""


def _sizes(*values):
    return b"".join(map(word, values))


class Recorder:
    """A command buffer, and what its commands use."""

    def __init__(self, cl, session):
        self.cl, self.session = cl, session
        self.one, self.two = session.buffer(bytes(range(256))), session.buffer()
        self.kernel = session.kernel(session.program(SOURCE), "add")
        cl.clSetKernelArg(self.kernel, 0, 8, [self.one])
        cl.clSetKernelArg(self.kernel, 1, 4, ints(3))
        self.commands = self.create()

    def create(self):
        return self.cl.clCreateCommandBufferKHR(1, [self.session.queue], None, self.cl.out(4))

    def info(self, commands):
        # For queues and properties PoCL gives addresses of lists of its own.
        ask(self.cl, "clGetCommandBufferInfoKHR",
            [CL.COMMAND_BUFFER_NUM_QUEUES_KHR, CL.COMMAND_BUFFER_REFERENCE_COUNT_KHR,
             CL.COMMAND_BUFFER_STATE_KHR], commands)

    def enqueue(self, commands, queues=0, waits=()):
        event = self.cl.clEnqueueCommandBufferKHR(
            queues, [self.session.queue] if queues else None, commands, len(waits), list(waits) or None,
            self.cl.out(8))
        self.cl.clFinish(self.session.queue)
        return event[5, 0]

    def show(self):
        self.session.show(self.one)
        self.session.show(self.two)


def created(cl, session):
    error = cl.out(4)
    for properties in (None, _sizes(0), _sizes(CL.COMMAND_BUFFER_FLAGS_KHR, 0, 0),
                       _sizes(CL.COMMAND_BUFFER_FLAGS_KHR, 1, 0), _sizes(7, 7, 0)):
        commands = cl.clCreateCommandBufferKHR(1, [session.queue], properties, error)
        cl.clReleaseCommandBufferKHR(commands)
    for count, queues in ((0, None), (0, [session.queue]), (1, None)):
        cl.clCreateCommandBufferKHR(count, queues, None, error)
    cl.clCreateCommandBufferKHR(1, [session.queue], None, None)


def recorded(cl, session):
    recorder = Recorder(cl, session)
    recorder.info(recorder.commands)
    commands, point = recorder.commands, cl.out(4)
    cl.clCommandFillBufferKHR(commands, None, recorder.two, b"\x5a\x5b", 2, 16, 32, 0, None, point, None)
    cl.clCommandCopyBufferKHR(commands, None, recorder.one, recorder.two, 0, 64, 64, 1, ints(1), point,
                              None)
    cl.clCommandNDRangeKernelKHR(commands, None, None, recorder.kernel, 1, None, _sizes(8), _sizes(4), 1,
                                 ints(2), point, None)
    cl.clCommandBarrierWithWaitListKHR(commands, None, 2, ints(1, 2), point, None)
    cl.clCommandCopyBufferRectKHR(commands, None, recorder.one, recorder.two, _sizes(0, 0, 0),
                                  _sizes(4, 2, 0), _sizes(4, 4, 1), 16, 0, 32, 0, 0, None, point, None)
    recorder.enqueue(commands)  # not yet
    cl.clFinalizeCommandBufferKHR(commands)
    cl.clFinalizeCommandBufferKHR(commands)
    recorder.info(commands)
    cl.clCommandFillBufferKHR(commands, None, recorder.two, b"a", 1, 0, 1, 0, None, None, None)  # too late
    recorder.show()
    event = recorder.enqueue(commands)
    recorder.show()
    recorder.enqueue(commands, queues=1, waits=[event])
    recorder.show()
    for name in (CL.EVENT_COMMAND_TYPE, CL.EVENT_COMMAND_EXECUTION_STATUS):
        cl.clGetEventInfo(event, name, 8, cl.out(8), None)
    for change in (cl.clRetainCommandBufferKHR, cl.clReleaseCommandBufferKHR,
                   cl.clReleaseCommandBufferKHR):
        cl.clGetCommandBufferInfoKHR(commands, CL.COMMAND_BUFFER_REFERENCE_COUNT_KHR, 4, cl.out(4), None)
        change(commands)


def images(cl, session):
    recorder = Recorder(cl, session)
    commands, side = recorder.commands, _sizes(4, 4, 1)
    made = [cl.clCreateImage(session.context, CL.MEM_READ_WRITE | CL.MEM_COPY_HOST_PTR,
                             ints(CL.RGBA, CL.UNSIGNED_INT8), _sizes(CL.MEM_OBJECT_IMAGE2D, 4, 4, 0, 0, 0, 0, 0, 0), content,
                             cl.out(4)) for content in (bytes(range(64)), bytes(64))]
    corner = _sizes(0, 0, 0)
    cl.clCommandFillImageKHR(commands, None, made[1], ints(1, 2, 3, 4), corner, _sizes(2, 2, 1), 0, None,
                             None, None)
    cl.clCommandCopyImageKHR(commands, None, made[0], made[1], corner, _sizes(2, 2, 0), _sizes(2, 2, 1), 0,
                             None, None, None)
    cl.clCommandCopyImageToBufferKHR(commands, None, made[1], recorder.one, corner, side, 64, 0, None, None,
                                     None)
    cl.clCommandCopyBufferToImageKHR(commands, None, recorder.one, made[0], 128, corner, side, 0, None, None,
                                     None)
    cl.clCommandCopyImageToBufferKHR(commands, None, made[0], recorder.two, corner, side, 0, 0, None, None,
                                     None)
    cl.clFinalizeCommandBufferKHR(commands)
    recorder.enqueue(commands)
    recorder.show()
    cl.clReleaseCommandBufferKHR(commands)


def refused(cl, session):
    recorder = Recorder(cl, session)
    commands, out = recorder.commands, cl.out(8)
    one, two = recorder.one, recorder.two
    for change in (cl.clRetainCommandBufferKHR, cl.clReleaseCommandBufferKHR,
                   cl.clFinalizeCommandBufferKHR):
        change(None)
    cl.clGetCommandBufferInfoKHR(None, CL.COMMAND_BUFFER_STATE_KHR, 4, cl.out(4), None)
    cl.clCommandCopyBufferKHR(None, None, one, two, 0, 0, 4, 0, None, None, None)
    cl.clCommandCopyBufferKHR(commands, session.queue, one, two, 0, 0, 4, 0, None, None, None)
    cl.clCommandCopyBufferKHR(commands, None, None, two, 0, 0, 4, 0, None, None, None)
    cl.clCommandCopyBufferKHR(commands, None, one, two, 0, 0, 4, 0, None, None, out)
    cl.clCommandCopyBufferKHR(commands, None, one, two, 250, 0, 16, 0, None, None, None)
    cl.clCommandCopyBufferKHR(commands, None, one, one, 0, 8, 16, 0, None, None, None)
    cl.clCommandCopyBufferKHR(commands, None, one, two, 0, 0, 4, 1, None, None, None)
    cl.clCommandCopyBufferKHR(commands, None, one, two, 0, 0, 4, 0, ints(1), None, None)
    cl.clCommandCopyBufferKHR(commands, None, one, two, 0, 0, 4, 1, ints(99), None, None)
    cl.clCommandFillBufferKHR(commands, None, one, b"abc", 3, 0, 3, 0, None, None, None)
    cl.clCommandFillBufferKHR(commands, None, one, bytes(256), 256, 0, 256, 0, None, None, None)
    cl.clCommandFillBufferKHR(commands, None, one, None, 4, 0, 16, 0, None, None, None)
    cl.clCommandFillBufferKHR(commands, None, one, b"abcd", 4, 2, 16, 0, None, None, None)
    for buffer, queue, mutable in ((None, None, None), (commands, session.queue, None),
                                   (commands, None, out)):
        cl.clCommandNDRangeKernelKHR(buffer, queue, None, recorder.kernel, 1, None, _sizes(8), None, 0, None,
                                     None, mutable)
    cl.clCommandBarrierWithWaitListKHR(commands, None, 0, None, None, out)
    cl.clEnqueueCommandBufferKHR(0, None, None, 0, None, None)
    cl.clFinalizeCommandBufferKHR(commands)
    cl.clEnqueueCommandBufferKHR(0, [session.queue], commands, 0, None, None)
    cl.clEnqueueCommandBufferKHR(1, None, commands, 0, None, None)
    cl.clEnqueueCommandBufferKHR(2, [session.queue, session.queue], commands, 0, None, None)
    cl.clEnqueueCommandBufferKHR(0, None, commands, 1, None, None)
    recorder.enqueue(commands)
    recorder.show()
    cl.clReleaseCommandBufferKHR(commands)


def content_size(cl, session):
    one, two = session.buffer(), session.buffer()
    for arguments in ((one, two), (one, None), (None, two), (one, one)):
        cl.clSetContentSizeBufferPoCL(*arguments)


def run(cl):
    session = Session(cl)
    for part in (created, recorded, images, refused, content_size):
        part(cl, session)
    session.close()
