"""Chapters 5.2.4, 5.3.9 and 5.4.2: maps of buffers and images, several at once, with events."""
from _opencl import CL, Session, ints

READ, WRITE, INVALIDATE = CL.MAP_READ, CL.MAP_WRITE, CL.MAP_WRITE_INVALIDATE_REGION


class Maps:
    """Maps and unmaps on a session's queue."""

    def __init__(self, cl, session):
        self._cl = cl
        self._queue = session.queue
        self._error = cl.out(4)

    def buffer(self, buffer, flags, offset, size, blocking=1, event=None, **more):
        return self._cl.clEnqueueMapBuffer(self._queue, buffer, blocking, flags, offset, size, 0, None,
                                           event, self._error, map=size if blocking else 0, **more)

    def image(self, image, flags, origin, region, room, **more):
        return self._cl.clEnqueueMapImage(self._queue, image, 1, flags, origin, region, self._cl.out(8),
                                          self._cl.out(8), 0, None, None, self._error, map=room, **more)

    def end(self, memory, mapped, waits=None, event=None):
        self._cl.clEnqueueUnmapMemObject(self._queue, memory, mapped, 1 if waits else 0, waits, event)

    def count(self, memory):
        self._cl.clFinish(self._queue)
        self._cl.clGetMemObjectInfo(memory, CL.MEM_MAP_COUNT, 4, self._cl.out(4), None)


def buffers(cl, session, maps):
    for flags in (CL.MEM_READ_WRITE, CL.MEM_USE_HOST_PTR, CL.MEM_ALLOC_HOST_PTR, CL.MEM_COPY_HOST_PTR):
        host = flags & (CL.MEM_USE_HOST_PTR | CL.MEM_COPY_HOST_PTR)
        buffer = cl.clCreateBuffer(session.context, flags, 256, bytes(range(256)) if host else None,
                                   cl.out(4))
        cl.clEnqueueFillBuffer(session.queue, buffer, b"\x11\x22", 2, 0, 256, 0, None, None)
        one = maps.buffer(buffer, READ | WRITE, 0, 256, poke=0x33)
        maps.end(buffer, one)
        session.show(buffer)
        # Several at once, apart; ended in another order.
        low = maps.buffer(buffer, READ, 0, 64)
        high = maps.buffer(buffer, READ, 128, 64)
        maps.count(buffer)
        maps.end(buffer, low)
        maps.count(buffer)
        maps.end(buffer, high)
        maps.count(buffer)
        # The same bytes for reading, twice.
        one = maps.buffer(buffer, READ, 0, 64)
        two = maps.buffer(buffer, READ, 0, 64)
        maps.count(buffer)
        maps.end(buffer, one)
        maps.end(buffer, two)
        maps.count(buffer)
        whole = maps.buffer(buffer, INVALIDATE, 0, 64, poke=0x44)
        maps.end(buffer, whole)
        session.show(buffer)
        # Not blocking: the event says when.
        later = maps.buffer(buffer, READ | WRITE, 16, 16, blocking=0, event=cl.out(8))
        event = later[8, 0]
        cl.clWaitForEvents(1, [event])
        cl.clGetEventInfo(event, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
        maps.end(buffer, later, [event], cl.out(8))
        maps.count(buffer)
        maps.end(buffer, 0x1000)  # nobody's address
        maps.end(buffer, None)
        maps.buffer(buffer, READ, 250, 16)
        maps.buffer(buffer, READ, 0, 0)
        maps.buffer(buffer, READ, 1 << 40, 16)
        maps.buffer(buffer, READ | INVALIDATE | 1 << 20, 0, 16)
        cl.clReleaseMemObject(buffer)


def parts(cl, session, maps):
    buffer = session.buffer(bytes(range(256)))
    part = cl.clCreateSubBuffer(buffer, 0, 0x1220, [128, 128], cl.out(4))
    mapped = maps.buffer(part, READ | WRITE, 16, 32, poke=0x55)
    maps.count(part)
    maps.count(buffer)
    maps.end(part, mapped)
    session.show(buffer)
    other = session.buffer()
    mapped = maps.buffer(buffer, READ, 0, 16)
    maps.end(other, mapped)  # of another object
    maps.end(buffer, mapped)
    maps.count(buffer)
    for flags, wanted in ((CL.MEM_HOST_READ_ONLY, WRITE), (CL.MEM_HOST_READ_ONLY, READ),
                          (CL.MEM_HOST_WRITE_ONLY, READ), (CL.MEM_HOST_WRITE_ONLY, INVALIDATE),
                          (CL.MEM_HOST_NO_ACCESS, READ)):
        closed = cl.clCreateBuffer(session.context, flags, 64, None, cl.out(4))
        cl.clEnqueueFillBuffer(session.queue, closed, b"\1", 1, 0, 64, 0, None, None)
        maps.end(closed, maps.buffer(closed, wanted, 0, 16))
        cl.clReleaseMemObject(closed)
    for each in (part, buffer, other):
        cl.clReleaseMemObject(each)


def images(cl, session, maps):
    for kind, description, region in (
            (CL.MEM_OBJECT_IMAGE1D, [8, 0, 0, 0], [8, 1, 1]),
            (CL.MEM_OBJECT_IMAGE2D, [8, 4, 0, 0], [8, 4, 1]),
            (CL.MEM_OBJECT_IMAGE3D, [8, 4, 2, 0], [8, 4, 2]),
            (CL.MEM_OBJECT_IMAGE1D_ARRAY, [8, 0, 0, 4], [8, 4, 1]),
            (CL.MEM_OBJECT_IMAGE2D_ARRAY, [8, 4, 0, 2], [8, 4, 2])):
        for flags in (CL.MEM_COPY_HOST_PTR, CL.MEM_USE_HOST_PTR):
            image = cl.clCreateImage(session.context, flags, ints(CL.RGBA, CL.UNSIGNED_INT8),
                                     [kind, *description, 0, 0, 0, 0], bytes(range(256)), cl.out(4))
            for wanted, more in ((READ, {}), (READ | WRITE, {"poke": 0x66})):
                mapped = maps.image(image, wanted, [0, 0, 0], region, 32, **more)
                maps.end(image, mapped)
                cl.clEnqueueReadImage(session.queue, image, 1, [0, 0, 0], region, 0, 0, cl.out(256), 0,
                                      None, None, now=True)
            mapped = maps.image(image, READ | WRITE, [2, 0, 0], [4, 1, 1], 16, poke=0x77)
            maps.end(image, mapped)
            cl.clEnqueueReadImage(session.queue, image, 1, [0, 0, 0], region, 0, 0, cl.out(256), 0, None,
                                  None, now=True)
            cl.clEnqueueMapImage(session.queue, image, 1, READ, [0, 0, 0], [9, 1, 1], cl.out(8),
                                 cl.out(8), 0, None, None, cl.out(4))
            cl.clEnqueueMapImage(session.queue, image, 1, READ, [0, 0, 0], region, None, cl.out(8), 0,
                                 None, None, cl.out(4))
            cl.clReleaseMemObject(image)


def run(cl):
    session = Session(cl)
    maps = Maps(cl, session)
    buffers(cl, session, maps)
    parts(cl, session, maps)
    images(cl, session, maps)
    session.close()
