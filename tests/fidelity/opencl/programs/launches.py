"""Chapter 5.10: launches. Dimensions, offsets, sizes of work groups, tasks; what is refused."""
from _opencl import CL, Session

SOURCE = """
__kernel void where_am_i(__global int *to, __global volatile int *count) {
  int at = atomic_inc(count);
  size_t place = (get_global_id(2) - get_global_offset(2)) * 16 +
                 (get_global_id(1) - get_global_offset(1)) * 8 + get_global_id(0) - get_global_offset(0);
  if (place < 64) {
    to[place] = get_work_dim() + 10 * get_global_id(0) + 1000 * get_global_id(1) +
                100000 * get_global_id(2) + 10000000 * get_local_size(0);
  }
}
__kernel __attribute__((reqd_work_group_size(4, 2, 1))) void shaped(__global int *to,
                                                                    __global volatile int *count) {
  to[get_global_id(0) + 8 * get_global_id(1)] = get_local_id(0) + 10 * get_group_id(0);
  atomic_inc(count);
}
__kernel void shared(__global int *to, __global volatile int *count) {
  __local int sum;
  if (get_local_id(0) == 0) sum = 0;
  barrier(CLK_LOCAL_MEM_FENCE);
  atomic_add(&sum, (int)get_local_id(0));
  barrier(CLK_LOCAL_MEM_FENCE);
  to[get_global_id(0)] = sum;
}
"""
# (dimensions, offset, global size, local size)
RANGES = (
    (1, None, [8], None), (1, None, [8], [1]), (1, None, [8], [4]), (1, None, [8], [8]),
    (1, [3], [8], [2]), (1, [0], [8], [8]), (1, None, [1], [1]), (1, None, [7], None),
    (2, None, [8, 2], None), (2, None, [8, 2], [4, 2]), (2, [1, 2], [8, 2], [2, 1]),
    (3, None, [8, 2, 4], None), (3, None, [8, 2, 4], [2, 2, 2]), (3, [1, 2, 3], [8, 2, 4], [8, 1, 1]),
    # Sizes that do not divide, are too large, are nothing ([8, 0] hangs in PoCL).
    (1, None, [7], [2]), (1, None, [8], [3]), (1, None, [8], [16]), (1, None, [8], [0]),
    (2, None, [8, 2], [4, 3]), (1, None, [8192], [8192]),
    (3, None, [64, 64, 64], [64, 64, 64]), (1, None, [0], None), (2, None, [8, 0], None),
    (1, None, [0], [1]), (3, None, [8, 2, 0], [1, 1, 1]),
    (0, None, [8], None), (4, None, [8, 2, 1, 1], None), (0xFFFFFFFF, None, [8], None),
    (1, None, None, None), (1, None, None, [1]),
    (1, [1 << 63], [8], None), (1, [(1 << 64) - 4], [8], None), (2, [1 << 32, 0], [8, 2], None),
)


class Launches:
    """Launches kernels and shows what their work items wrote."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session
        self.result = session.buffer()
        self.count = session.buffer(bytes(8))

    def run(self, kernel, dimensions, offset, size, local, waits=None, event=None):
        cl, queue = self._cl, self._session.queue
        for buffer, length in ((self.result, 256), (self.count, 8)):
            cl.clEnqueueFillBuffer(queue, buffer, bytes(8), 8, 0, length, 0, None, None)
        given = cl.clEnqueueNDRangeKernel(queue, kernel, dimensions, offset, size, local,
                                          len(waits or []), waits, event)
        self._session.show(self.result)
        self._session.show(self.count, 8)
        return given


def run(cl):
    session = Session(cl, CL.QUEUE_PROFILING_ENABLE)
    launches = Launches(cl, session)
    program = session.program(SOURCE)
    kernels = [session.kernel(program, name) for name in ("where_am_i", "shaped", "shared")]
    for kernel in kernels:
        cl.clSetKernelArg(kernel, 0, 8, [launches.result])
        cl.clEnqueueNDRangeKernel(session.queue, kernel, 1, None, [8], None, 0, None, None)  # one is missing
        cl.clSetKernelArg(kernel, 1, 8, [launches.count])
    for each in RANGES:
        # Twice: what once succeeded is foreseen to.
        for _ in range(2):
            launches.run(kernels[0], *each)
    for each in (*RANGES[:14], (2, None, [4, 2], [4, 2]), (2, None, [8, 4], [4, 2]), (2, None, [6, 2], None)):
        launches.run(kernels[1], *each)
    for each in RANGES[:8]:
        launches.run(kernels[2], *each)

    where, shaped, _ = kernels
    cl.clEnqueueTask(session.queue, where, 0, None, None)
    session.show(launches.result)
    cl.clEnqueueTask(session.queue, shaped, 0, None, None)
    cl.clEnqueueTask(None, where, 0, None, None)
    cl.clEnqueueNDRangeKernel(None, where, 1, None, [8], None, 0, None, None)
    cl.clEnqueueNDRangeKernel(session.queue, where, 1, None, [8], None, 0, [0], None)

    first = launches.run(where, 1, None, [8], None, event=cl.out(8))[8, 0]
    second = launches.run(where, 1, [1], [8], None, [first], cl.out(8))[8, 0]
    third = launches.run(where, 1, [2], [8], None, [first, second, first], cl.out(8))[8, 0]
    cl.clEnqueueNDRangeKernel(session.queue, where, 1, None, [8], None, 1, [0], None)
    refused = cl.clEnqueueNDRangeKernel(session.queue, where, 1, None, [8], [3], 0, None, cl.out(8))
    cl.clWaitForEvents(1, [third])
    for event in (first, second, third, refused[8, 0]):
        cl.clGetEventInfo(event, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
        cl.clGetEventInfo(event, CL.EVENT_COMMAND_EXECUTION_STATUS, 4, cl.out(4), None)
        cl.clReleaseEvent(event)

    # A launch keeps what its arguments were; the kernel's next ones are of the next launch.
    others = [session.buffer() for _ in range(4)]
    for number, buffer in enumerate(others):
        cl.clSetKernelArg(where, 0, 8, [buffer])
        cl.clEnqueueNDRangeKernel(session.queue, where, 1, [number], [8], None, 0, None, None)
    cl.clSetKernelArg(where, 0, 8, [launches.result])
    for buffer in others:
        session.show(buffer)
        cl.clReleaseMemObject(buffer)
    # Kernels, their program and their memory released while they run.
    cl.clEnqueueNDRangeKernel(session.queue, where, 1, None, [8], None, 0, None, None)
    for kernel in kernels:
        cl.clReleaseKernel(kernel)
    cl.clReleaseProgram(program)
    session.show(launches.result)
    cl.clReleaseMemObject(launches.result)
    cl.clReleaseMemObject(launches.count)
    session.close()
