"""Callbacks at the end of memory, contexts and programs: in which order, after the end of what."""
from _opencl import CL, Session

SOURCE = """
__kernel void add(__global int *to, int value) { to[get_global_id(0)] += value; }
"""


class Told:
    """One callback for everything of a test, so that its record has the order of all of them."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session
        self._callback = cl.callback()

    def of_memory(self, memory, *numbers):
        for number in numbers:
            self._cl.clSetMemObjectDestructorCallback(memory, self._callback, number)

    def of_context(self, context, *numbers):
        for number in numbers:
            self._cl.clSetContextDestructorCallback(context, self._callback, number)

    def of_program(self, program, *numbers):
        for number in numbers:
            self._cl.clSetProgramReleaseCallback(program, self._callback, number)

    def mark(self, number):
        """A place in the order: memory that ends here."""
        memory = self._session.buffer(bytes(16))
        self.of_memory(memory, number)
        self._cl.clReleaseMemObject(memory)


def memory(cl, session):
    told = Told(cl, session)
    # The last registered comes first; the same twice comes twice; not before the last release.
    buffer = session.buffer()
    told.of_memory(buffer, 1, 2, 3, 3)
    cl.clRetainMemObject(buffer)
    cl.clReleaseMemObject(buffer)
    told.mark(100)
    cl.clReleaseMemObject(buffer)
    told.mark(101)
    # A part keeps the whole.
    buffer = session.buffer()
    part = cl.clCreateSubBuffer(buffer, 0, CL.BUFFER_CREATE_TYPE_REGION, [0, 128], cl.out(4))
    told.of_memory(buffer, 10, 11)
    told.of_memory(part, 12, 13)
    cl.clReleaseMemObject(buffer)
    told.mark(102)
    cl.clReleaseMemObject(part)
    told.mark(103)
    # Images, and memory of the application's.
    image = cl.clCreateImage(session.context, CL.MEM_READ_WRITE, bytes.fromhex("b5100000da100000"),
                             [CL.MEM_OBJECT_IMAGE2D, 4, 4, 0, 0, 0, 0, 0, 0], None, cl.out(4))
    told.of_memory(image, 20, 21)
    cl.clReleaseMemObject(image)
    own = cl.clCreateBuffer(session.context, CL.MEM_USE_HOST_PTR, 64, bytes(64), cl.out(4))
    told.of_memory(own, 22, 23)
    cl.clReleaseMemObject(own)
    told.mark(104)
    # Done with by commands, not only by the application.
    gate = cl.clCreateUserEvent(session.context, cl.out(4))
    buffer = session.buffer()
    told.of_memory(buffer, 30, 31)
    cl.clEnqueueFillBuffer(session.queue, buffer, b"\7", 1, 0, 64, 1, [gate], None)
    cl.clReleaseMemObject(buffer)
    told.mark(105)
    cl.clSetUserEventStatus(gate, 0)
    cl.clReleaseEvent(gate)
    cl.clFinish(session.queue)
    # Refused.
    buffer = session.buffer()
    cl.clSetMemObjectDestructorCallback(buffer, None, 40)
    cl.clSetMemObjectDestructorCallback(None, cl.callback(), 41)
    cl.clSetMemObjectDestructorCallback(None, None, 42)
    cl.clReleaseMemObject(buffer)


def contexts(cl, session):
    told = Told(cl, session)
    context = cl.clCreateContext(None, 1, [session.device], None, 0, cl.out(4))
    told.of_context(context, 1, 2, 3, 3)
    cl.clRetainContext(context)
    cl.clReleaseContext(context)
    told.mark(100)
    cl.clReleaseContext(context)
    told.mark(101)
    # What is made in it keeps it, and is gone before it.
    context = cl.clCreateContext(None, 1, [session.device], None, 0, cl.out(4))
    queue = cl.clCreateCommandQueue(context, session.device, 0, cl.out(4))
    buffer = cl.clCreateBuffer(context, 0, 64, None, cl.out(4))
    program = cl.clCreateProgramWithSource(context, 1, [SOURCE], None, cl.out(4))
    told.of_context(context, 10, 11)
    told.of_memory(buffer, 12, 13)
    told.of_program(program, 14)
    cl.clReleaseContext(context)
    told.mark(102)
    cl.clReleaseCommandQueue(queue)
    told.mark(103)
    cl.clReleaseProgram(program)
    told.mark(104)
    cl.clReleaseMemObject(buffer)
    told.mark(105)
    # Refused.
    context = cl.clCreateContext(None, 1, [session.device], None, 0, cl.out(4))
    cl.clSetContextDestructorCallback(context, None, 20)
    cl.clSetContextDestructorCallback(None, cl.callback(), 21)
    cl.clSetContextDestructorCallback(None, None, 22)
    cl.clReleaseContext(context)


def programs(cl, session):
    told = Told(cl, session)
    # Built or not.
    for build in (False, True):
        program = cl.clCreateProgramWithSource(session.context, 1, [SOURCE], None, cl.out(4))
        told.of_program(program, 1, 2, 3, 3)
        if build:
            cl.clBuildProgram(program, 1, [session.device], None, None, 0)
        cl.clRetainProgram(program)
        cl.clReleaseProgram(program)
        told.mark(100)
        cl.clReleaseProgram(program)
        told.mark(101)
    # Kernels keep it.
    program = session.program(SOURCE)
    told.of_program(program, 10, 11)
    kernels = [session.kernel(program, "add") for _ in range(2)]
    cl.clReleaseProgram(program)
    told.mark(102)
    cl.clReleaseKernel(kernels[1])
    told.mark(103)
    cl.clReleaseKernel(kernels[0])
    told.mark(104)
    # Refused.
    program = session.program(SOURCE)
    cl.clSetProgramReleaseCallback(program, None, 20)
    cl.clSetProgramReleaseCallback(None, cl.callback(), 21)
    cl.clSetProgramReleaseCallback(None, None, 22)
    cl.clReleaseProgram(program)


def run(cl):
    session = Session(cl)
    memory(cl, session)
    contexts(cl, session)
    programs(cl, session)
    session.close()
