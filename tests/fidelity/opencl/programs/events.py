"""Chapter 5.11 and 5.12: events. Waits across queues, user events, markers, barriers, info."""
from _opencl import CL, Session, ask, prefixed

TIMES = prefixed("CL_PROFILING_COMMAND_")


class Events:
    """Commands of several queues of one context."""

    def __init__(self, cl, session):
        self._cl = cl
        self.session = session
        self.buffer = session.buffer()
        self.queues = [cl.clCreateCommandQueue(session.context, session.device, each, cl.out(4))
                       for each in (0, CL.QUEUE_OUT_OF_ORDER_EXEC_MODE_ENABLE, CL.QUEUE_PROFILING_ENABLE)]

    def user(self):
        return self._cl.clCreateUserEvent(self.session.context, self._cl.out(4))

    def fill(self, queue, value, waits=None, offset=0):
        return self._cl.clEnqueueFillBuffer(queue, self.buffer, bytes([value]), 1, offset, 64,
                                            len(waits or []), waits, self._cl.out(8))[8, 0]

    def status(self, *events):
        for event in events:
            self._cl.clGetEventInfo(event, CL.EVENT_COMMAND_EXECUTION_STATUS, 4, self._cl.out(4),
                                    self._cl.out(8))

    def release(self, *events):
        for event in events:
            self._cl.clReleaseEvent(event)

    def about(self, event):
        names = prefixed("CL_EVENT_", "REFERENCE_COUNT")  # the library counts some for a while longer
        ask(self._cl, "clGetEventInfo", names, event)

    def close(self):
        for queue in self.queues:
            self._cl.clFinish(queue)
            self._cl.clReleaseCommandQueue(queue)
        self._cl.clReleaseMemObject(self.buffer)


def user_events(cl, events):
    event = events.user()
    events.about(event)
    for status in (1, 2, 3, 4):  # not an end
        cl.clSetUserEventStatus(event, status)
    events.status(event)
    cl.clSetUserEventStatus(event, 0)
    cl.clSetUserEventStatus(event, 0)  # once only
    cl.clSetUserEventStatus(event, -1)
    events.status(event)
    cl.clWaitForEvents(1, [event])
    events.about(event)
    cl.clRetainEvent(event)
    cl.clGetEventInfo(event, CL.EVENT_REFERENCE_COUNT, 4, cl.out(4), None)
    events.release(event, event)
    for failure in (-1, -5, -9999, -(1 << 31)):
        event = events.user()
        cl.clSetUserEventStatus(event, failure)
        events.status(event)
        cl.clWaitForEvents(1, [event])
        events.release(event)
    cl.clCreateUserEvent(None, cl.out(4))
    cl.clSetUserEventStatus(events.fill(events.queues[0], 1), 0)  # no user event


def order(cl, events):
    """A user event holds up a chain over all queues, which it lets go or breaks."""
    for status in (0, -7):
        gate = events.user()
        chain = [gate]
        for number, queue in enumerate(events.queues * 2):
            chain.append(events.fill(queue, number + 1, [chain[-1]], 8 * number))
        events.status(gate)
        cl.clFlush(events.queues[0])
        cl.clSetUserEventStatus(gate, status)
        cl.clWaitForEvents(len(chain), chain)
        for event in chain:
            events.status(event)
        for queue in events.queues:
            cl.clFinish(queue)
        events.session.show(events.buffer)
        events.release(*chain)


def markers(cl, events):
    for queue in events.queues:
        work = events.fill(queue, 9)
        made = [cl.clEnqueueMarkerWithWaitList(queue, 0, None, cl.out(8))[3, 0],
                cl.clEnqueueMarkerWithWaitList(queue, 1, [work], cl.out(8))[3, 0],
                cl.clEnqueueBarrierWithWaitList(queue, 0, None, cl.out(8))[3, 0],
                cl.clEnqueueBarrierWithWaitList(queue, 2, [work, work], cl.out(8))[3, 0],
                cl.clEnqueueMarker(queue, cl.out(8))[1, 0]]
        cl.clEnqueueBarrier(queue)
        cl.clEnqueueMarkerWithWaitList(queue, 0, None, None)
        cl.clEnqueueBarrierWithWaitList(queue, 1, [work], None)
        cl.clFinish(queue)
        for event in made:
            events.about(event)
        events.release(work, *made)
        cl.clEnqueueMarkerWithWaitList(queue, 1, None, None)
        cl.clEnqueueMarkerWithWaitList(queue, 0, [0], None)
        cl.clEnqueueMarkerWithWaitList(queue, 1, [0], None)
        cl.clEnqueueBarrierWithWaitList(queue, 1, None, None)
        cl.clEnqueueMarker(queue, None)
    cl.clEnqueueMarkerWithWaitList(None, 0, None, None)


def profiling(cl, events):
    """Whether there are times; what they are, two moments do not share."""
    for queue in events.queues:
        event = events.fill(queue, 3)
        cl.clWaitForEvents(1, [event])
        for name in (*TIMES, 0, 0x7777):
            cl.clGetEventProfilingInfo(event, name, 0, None, cl.out(8))
            cl.clGetEventProfilingInfo(event, name, 4, cl.out(8), cl.out(8))
            cl.clGetEventProfilingInfo(event, name, 0, None, None)
        events.release(event)
    gate = events.user()
    for name in TIMES:
        cl.clGetEventProfilingInfo(gate, name, 8, cl.out(8), cl.out(8))
    late = events.fill(events.queues[2], 4, [gate])
    cl.clGetEventProfilingInfo(late, CL.PROFILING_COMMAND_END, 8, cl.out(8), None)
    cl.clSetUserEventStatus(gate, 0)
    events.release(gate, late)


def refused(cl, events):
    event = events.fill(events.queues[0], 5)
    cl.clWaitForEvents(0, [event])
    cl.clWaitForEvents(1, None)
    cl.clWaitForEvents(0, None)
    cl.clWaitForEvents(1, [0])
    cl.clWaitForEvents(3, [event, event, event])
    events.about(event)
    other = Session(cl)  # an event of another context
    foreign = cl.clCreateUserEvent(other.context, cl.out(4))
    cl.clSetUserEventStatus(foreign, 0)
    cl.clWaitForEvents(2, [event, foreign])
    cl.clEnqueueMarkerWithWaitList(events.queues[0], 1, [foreign], cl.out(8))
    cl.clEnqueueFillBuffer(events.queues[0], events.buffer, b"\1", 1, 0, 8, 2, [event, foreign], None)
    events.release(foreign, event)
    other.close()
    # An event outlives its queue's release.
    queue = cl.clCreateCommandQueue(events.session.context, events.session.device, 0, cl.out(4))
    last = events.fill(queue, 6)
    cl.clReleaseCommandQueue(queue)
    cl.clWaitForEvents(1, [last])
    cl.clGetEventInfo(last, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
    events.status(last)
    events.release(last)


def run(cl):
    session = Session(cl)
    events = Events(cl, session)
    for part in (user_events, order, markers, profiling, refused):
        part(cl, events)
    events.close()
    session.close()
