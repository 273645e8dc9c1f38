"""Objects after their parents' release, and released while commands use them: who keeps whom."""
from _opencl import CL, Session

SOURCE = """
__kernel void add(__global int *to, int value) { to[get_global_id(0)] += value; }
"""


def count(cl, query, name, object_):
    getattr(cl, query)(object_, name, 4, cl.out(4), None)


def parents(cl, session):
    """Everything of a context, used when the application has let go of the context itself."""
    context = cl.clCreateContext(None, 1, [session.device], None, 0, cl.out(4))
    queue = cl.clCreateCommandQueue(context, session.device, 0, cl.out(4))
    buffer = cl.clCreateBuffer(context, CL.MEM_COPY_HOST_PTR, 64, bytes(range(64)), cl.out(4))
    program = cl.clCreateProgramWithSource(context, 1, [SOURCE], None, cl.out(4))
    gate = cl.clCreateUserEvent(context, cl.out(4))
    cl.clReleaseContext(context)
    # What the application has let go of it may use when a getter has given it (known-differences.md).
    cl.clGetCommandQueueInfo(queue, CL.QUEUE_CONTEXT, 8, cl.out(8), None)
    count(cl, "clGetContextInfo", CL.CONTEXT_REFERENCE_COUNT, context)
    cl.clBuildProgram(program, 0, None, None, None, 0)
    kernel = cl.clCreateKernel(program, "add", cl.out(4))
    count(cl, "clGetProgramInfo", CL.PROGRAM_REFERENCE_COUNT, program)
    cl.clReleaseProgram(program)
    cl.clGetKernelInfo(kernel, CL.KERNEL_PROGRAM, 8, cl.out(8), None)
    count(cl, "clGetProgramInfo", CL.PROGRAM_REFERENCE_COUNT, program)
    again = cl.clCreateKernel(program, "add", cl.out(4))
    cl.clReleaseKernel(again)
    cl.clSetKernelArg(kernel, 0, 8, [buffer])
    cl.clSetKernelArg(kernel, 1, 4, bytes([5, 0, 0, 0]))
    more = cl.clCreateBuffer(context, 0, 64, None, cl.out(4))
    cl.clReleaseMemObject(more)
    held = cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, [4], None, 1, [gate], cl.out(8))[8, 0]
    part = cl.clCreateSubBuffer(buffer, 0, 0x1220, [0, 32], cl.out(4))
    count(cl, "clGetMemObjectInfo", CL.MEM_REFERENCE_COUNT, part)
    cl.clSetUserEventStatus(gate, 0)
    cl.clReleaseEvent(gate)
    cl.clFinish(queue)
    cl.clReleaseKernel(kernel)
    cl.clReleaseMemObject(buffer)
    cl.clGetMemObjectInfo(part, CL.MEM_ASSOCIATED_MEMOBJECT, 8, cl.out(8), None)
    cl.clGetMemObjectInfo(part, CL.MEM_CONTEXT, 8, cl.out(8), None)
    cl.clEnqueueReadBuffer(queue, part, 1, 0, 32, cl.out(32), 0, None, None, now=True)
    cl.clReleaseMemObject(part)
    cl.clGetEventInfo(held, CL.EVENT_CONTEXT, 8, cl.out(8), None)
    cl.clGetEventInfo(held, CL.EVENT_COMMAND_QUEUE, 8, cl.out(8), None)
    cl.clReleaseCommandQueue(queue)
    cl.clGetEventInfo(held, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
    cl.clReleaseEvent(held)


def in_use(cl, session):
    """Released while commands that use them wait: they are done all the same."""
    for _ in range(2):
        gate = cl.clCreateUserEvent(session.context, cl.out(4))
        source = session.buffer(bytes(range(64)))
        target = session.buffer(bytes(64))
        program = session.program(SOURCE)
        kernel = session.kernel(program, "add")
        cl.clSetKernelArg(kernel, 0, 8, [source])
        cl.clSetKernelArg(kernel, 1, 4, bytes([1, 0, 0, 0]))
        cl.clEnqueueNDRangeKernel(session.queue, kernel, 1, None, [4], None, 1, [gate], None)
        cl.clEnqueueCopyBuffer(session.queue, source, target, 0, 0, 64, 0, None, None)
        cl.clEnqueueReadBuffer(session.queue, target, 0, 0, 64, cl.out(64), 0, None, None)
        cl.clEnqueueWriteBuffer(session.queue, target, 0, 0, 32, bytes(range(32, 64)), 0, None, None)
        cl.clEnqueueReadBuffer(session.queue, target, 0, 0, 64, cl.out(64), 0, None, None)
        cl.clReleaseKernel(kernel)
        cl.clReleaseProgram(program)
        cl.clReleaseMemObject(source)
        cl.clReleaseMemObject(target)
        cl.clSetUserEventStatus(gate, 0)  # an error would end the process in PoCL
        cl.clReleaseEvent(gate)
        cl.clFinish(session.queue)


def counted(cl, session):
    """As often as it is retained, an object is released; the last leaves nothing behind."""
    buffer = session.buffer()
    for _ in range(100):
        cl.clRetainMemObject(buffer)
    count(cl, "clGetMemObjectInfo", CL.MEM_REFERENCE_COUNT, buffer)
    for _ in range(100):
        cl.clReleaseMemObject(buffer)
    count(cl, "clGetMemObjectInfo", CL.MEM_REFERENCE_COUNT, buffer)
    session.show(buffer)
    cl.clReleaseMemObject(buffer)
    for retain in (cl.clRetainContext, cl.clRetainCommandQueue, cl.clRetainMemObject, cl.clRetainSampler,
                   cl.clRetainEvent, cl.clRetainDevice, cl.clReleaseContext, cl.clReleaseCommandQueue,
                   cl.clReleaseMemObject, cl.clReleaseSampler, cl.clReleaseEvent, cl.clReleaseDevice):
        retain(None)
    # Many at once, ended in another order.
    buffers = [session.buffer(bytes([number] * 16)) for number in range(50)]
    for number in (*range(0, 50, 2), *range(49, 0, -2)):
        session.show(buffers[number], 16)
        cl.clReleaseMemObject(buffers[number])


def run(cl):
    session = Session(cl)
    parents(cl, session)
    in_use(cl, session)
    counted(cl, session)
    session.close()
