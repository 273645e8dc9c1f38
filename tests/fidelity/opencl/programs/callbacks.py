"""Callbacks of events, builds, contexts: when they come, how often, with what."""
from _opencl import CL, Session

ENDS = (CL.COMPLETE, CL.RUNNING, CL.SUBMITTED)
SOURCE = "__kernel void nothing(__global int *to) { to[0] = 1; }"


def run(cl):
    session = Session(cl)
    buffer = session.buffer()

    def user():
        return cl.clCreateUserEvent(session.context, cl.out(4))

    def fill(waits=None):
        return cl.clEnqueueFillBuffer(session.queue, buffer, b"\1", 1, 0, 64, len(waits or []), waits,
                                      cl.out(8))[8, 0]

    # Before the end and after it, with success and without.
    for status in (0, -1, -30):
        event = user()
        for end in ENDS:
            cl.clSetEventCallback(event, end, cl.callback(), 100 + end)
        cl.clSetUserEventStatus(event, status)
        for end in ENDS:
            cl.clSetEventCallback(event, end, cl.callback(), 200 + end)
        cl.clReleaseEvent(event)
    # Of commands: done before, and held up.
    event = fill()
    cl.clWaitForEvents(1, [event])
    for end in ENDS:
        cl.clSetEventCallback(event, end, cl.callback(), end)
    cl.clReleaseEvent(event)
    for status in (0, -2):
        gate = user()
        held = fill([gate])
        for end in ENDS:
            cl.clSetEventCallback(held, end, cl.callback(), end)
        cl.clReleaseEvent(held)  # the callback still comes
        cl.clSetUserEventStatus(gate, status)
        cl.clReleaseEvent(gate)
        cl.clFinish(session.queue)
    # Several of one event.
    gate = user()
    for number in range(5):
        cl.clSetEventCallback(gate, CL.COMPLETE, cl.callback(), number)
    cl.clSetUserEventStatus(gate, 0)
    cl.clReleaseEvent(gate)
    # Refused ones do not come.
    event = user()
    for kind in (CL.QUEUED, 4, -1, 99):
        cl.clSetEventCallback(event, kind, cl.callback(), 0)
    cl.clSetEventCallback(event, CL.COMPLETE, None, 0)
    cl.clSetEventCallback(None, CL.COMPLETE, cl.callback(), 0)
    cl.clSetUserEventStatus(event, 0)
    cl.clReleaseEvent(event)
    # Builds.
    program = cl.clCreateProgramWithSource(session.context, 1, [SOURCE], None, cl.out(4))
    cl.clBuildProgram(program, 1, [session.device], None, cl.callback(), 7)
    cl.clBuildProgram(program, 1, [session.device], "-cl-no-such-option", cl.callback(), 8)
    cl.clReleaseProgram(program)
    cl.clReleaseMemObject(buffer)
    session.close()
