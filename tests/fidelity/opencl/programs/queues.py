"""Chapter 5.1: command queues. Properties in both styles, info, flushing, order, what is refused."""
from _opencl import CL, Session, ask, prefixed

OUT_OF_ORDER = CL.QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE
PROFILING = CL.QUEUE_PROFILING_ENABLE


def run(cl):
    session = Session(cl)
    context, device = session.context, session.device
    error = cl.out(4)
    # A queue on the device ends the process in PoCL.
    bits = (0, OUT_OF_ORDER, PROFILING, OUT_OF_ORDER | PROFILING, 1 << 4, 1 << 20, 1 << 62)
    for properties in bits:
        queue = cl.clCreateCommandQueue(context, device, properties, error)
        ask(cl, "clGetCommandQueueInfo", prefixed("CL_QUEUE_"), queue)
        cl.clReleaseCommandQueue(queue)
    lists = [[CL.QUEUE_PROPERTIES, each, 0] for each in bits]
    lists += [None, [0], [CL.QUEUE_PROPERTIES, 0, CL.QUEUE_PROPERTIES, 0, 0], [CL.QUEUE_SIZE, 64, 0],
              [0x7777, 1, 0], [CL.QUEUE_PROPERTIES, PROFILING, 0x7777, 1, 0],
              [CL.QUEUE_PRIORITY_KHR, 1 << 2, 0],
              [CL.QUEUE_THROTTLE_KHR, 1 << 2, 0]]
    for properties in lists:
        queue = cl.clCreateCommandQueueWithProperties(context, device, properties, error)
        ask(cl, "clGetCommandQueueInfo", prefixed("CL_QUEUE_"), queue)
        cl.clReleaseCommandQueue(queue)
    cl.clCreateCommandQueue(None, device, 0, error)
    cl.clCreateCommandQueue(context, None, 0, error)
    cl.clCreateCommandQueueWithProperties(None, device, None, error)
    cl.clCreateCommandQueueWithProperties(context, None, None, error)
    cl.clCreateCommandQueue(context, device, 1 << 20, None)
    cl.clSetDefaultDeviceCommandQueue(context, device, session.queue)

    for function in (cl.clFlush, cl.clFinish):
        function(session.queue)
        function(session.queue)
        function(None)
    cl.clEnqueueBarrier(None)
    cl.clEnqueueBarrier(session.queue)

    # Two queues of one context see each other's work once it is finished.
    first = cl.clCreateCommandQueue(context, device, 0, error)
    second = cl.clCreateCommandQueue(context, device, OUT_OF_ORDER, error)
    buffer = session.buffer()
    for turn, (queue, other) in enumerate(((first, second), (second, first), (first, session.queue))):
        cl.clEnqueueFillBuffer(queue, buffer, bytes([turn + 1]), 1, 16 * turn, 128, 0, None, None)
        cl.clFlush(queue)
        cl.clFinish(queue)
        cl.clEnqueueReadBuffer(other, buffer, 1, 0, 256, cl.out(256), 0, None, None)
    # Kept alive by its own count, used to the last. Commands count, too, for as long as they like.
    unused = cl.clCreateCommandQueue(context, device, 0, error)
    for change in (cl.clRetainCommandQueue, cl.clRetainCommandQueue, cl.clReleaseCommandQueue):
        change(unused)
        cl.clGetCommandQueueInfo(unused, CL.QUEUE_REFERENCE_COUNT, 4, cl.out(4), None)
    cl.clReleaseCommandQueue(unused)
    cl.clReleaseCommandQueue(unused)
    cl.clRetainCommandQueue(first)
    cl.clReleaseCommandQueue(first)
    cl.clEnqueueFillBuffer(first, buffer, b"\x09", 1, 0, 8, 0, None, None)
    cl.clReleaseCommandQueue(first)
    cl.clFinish(second)
    # An empty queue, a queue with work not flushed: released all the same.
    cl.clEnqueueFillBuffer(second, buffer, b"\x0a", 1, 8, 8, 0, None, None)
    cl.clReleaseCommandQueue(second)
    cl.clFinish(session.queue)
    cl.clReleaseMemObject(buffer)
    session.close()
