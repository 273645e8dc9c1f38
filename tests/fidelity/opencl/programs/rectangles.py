"""Chapter 5.2.2: rectangles of buffers, read, written and copied; origins, pitches, limits."""
from _opencl import Session

SIZE = 1024
# (buffer origin, host origin, region, buffer row, buffer slice, host row, host slice)
RECTANGLES = (
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 0, 0, 0, 0),
    ([0, 0, 0], [0, 0, 0], [1, 1, 1], 0, 0, 0, 0),
    ([4, 2, 1], [0, 0, 0], [8, 2, 2], 16, 128, 0, 0),
    ([0, 0, 0], [4, 2, 1], [8, 2, 2], 0, 0, 16, 128),
    ([3, 1, 1], [5, 3, 0], [7, 3, 2], 17, 136, 13, 130),
    ([0, 0, 0], [0, 0, 0], [16, 4, 1], 32, 0, 16, 0),
    ([0, 0, 0], [0, 0, 0], [16, 1, 4], 0, 64, 0, 32),
    ([1008, 0, 0], [0, 0, 0], [16, 1, 1], 0, 0, 0, 0),  # the last bytes
    ([1009, 0, 0], [0, 0, 0], [16, 1, 1], 0, 0, 0, 0),  # one too far
    ([0, 63, 0], [0, 0, 0], [16, 1, 1], 16, 0, 0, 0),
    ([0, 64, 0], [0, 0, 0], [16, 1, 1], 16, 0, 0, 0),
    ([0, 0, 7], [0, 0, 0], [16, 8, 1], 16, 128, 16, 128),
    ([0, 0, 8], [0, 0, 0], [16, 8, 1], 16, 128, 16, 128),
    ([0, 0, 0], [0, 0, 0], [0, 4, 2], 0, 0, 0, 0),  # nothing in it
    ([0, 0, 0], [0, 0, 0], [16, 0, 2], 0, 0, 0, 0),
    ([0, 0, 0], [0, 0, 0], [16, 4, 0], 0, 0, 0, 0),
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 15, 0, 0, 0),  # rows that do not fit their pitch
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 0, 0, 15, 0),
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 16, 63, 0, 0),  # slices likewise
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 0, 0, 16, 63),
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 16, 65, 0, 0),  # no whole number of rows
    ([0, 0, 0], [0, 0, 0], [16, 4, 2], 0, 0, 16, 65),
)


def run(cl):
    session = Session(cl)
    pattern = bytes(i * 7 % 251 for i in range(SIZE))
    buffer = session.buffer(pattern)
    other = session.buffer(bytes(SIZE))
    queue = session.queue
    for rectangle in RECTANGLES:
        for blocking in (1, 0):
            cl.clEnqueueReadBufferRect(queue, buffer, blocking, *rectangle, cl.out(SIZE), 0, None, None,
                                       now=bool(blocking))
            cl.clEnqueueWriteBufferRect(queue, other, blocking, *rectangle, pattern, 0, None, None)
            session.show(other, SIZE)
        source, target, region, *pitches = rectangle
        event = cl.clEnqueueCopyBufferRect(queue, buffer, other, source, target, region, *pitches, 0,
                                           None, cl.out(8))[12, 0]
        cl.clReleaseEvent(event)
        session.show(other, SIZE)
    simple = ([0, 0, 0], [0, 0, 0], [16, 4, 2], 0, 0, 0, 0)
    cl.clEnqueueReadBufferRect(queue, None, 1, *simple, cl.out(SIZE), 0, None, None)
    cl.clEnqueueReadBufferRect(None, buffer, 1, *simple, cl.out(SIZE), 0, None, None)
    cl.clEnqueueReadBufferRect(queue, buffer, 1, *simple, None, 0, None, None)
    cl.clEnqueueWriteBufferRect(queue, buffer, 1, *simple, None, 0, None, None)
    cl.clEnqueueReadBufferRect(queue, buffer, 1, *simple, cl.out(SIZE), 1, None, None)
    cl.clEnqueueReadBufferRect(queue, buffer, 1, *simple, cl.out(SIZE), 0, [0], None)
    cl.clEnqueueReadBufferRect(queue, buffer, 1, *simple, cl.out(SIZE), 1, [0], None)
    for missing in range(3):
        without = [None if i == missing else each for i, each in enumerate(simple)]
        cl.clEnqueueReadBufferRect(queue, buffer, 1, *without, cl.out(SIZE), 0, None, None)
        cl.clEnqueueWriteBufferRect(queue, buffer, 1, *without, pattern, 0, None, None)
        cl.clEnqueueCopyBufferRect(queue, buffer, other, *without, 0, None, None)
    # Within one buffer: apart, side by side, overlapping.
    for source, target, region in (([0, 0, 0], [512, 0, 0], [16, 4, 1]),
                                   ([0, 0, 0], [16, 0, 0], [16, 4, 1]),
                                   ([0, 0, 0], [8, 0, 0], [16, 4, 1]),
                                   ([0, 0, 0], [0, 2, 0], [16, 4, 1]),
                                   ([0, 0, 0], [0, 0, 0], [16, 4, 1])):
        cl.clEnqueueCopyBufferRect(queue, buffer, buffer, source, target, region, 32, 0, 32, 0, 0, None,
                                   None)
        cl.clEnqueueCopyBufferRect(queue, buffer, buffer, source, target, region, 32, 0, 64, 0, 0, None,
                                   None)
        session.show(buffer, SIZE)
    # A part of a buffer has its own origin.
    part = cl.clCreateSubBuffer(buffer, 1, 0x1220, [256, 128], cl.out(4))
    cl.clEnqueueWriteBufferRect(queue, part, 1, [4, 1, 0], [0, 0, 0], [8, 4, 1], 16, 0, 0, 0, pattern, 0,
                                None, None)
    cl.clEnqueueReadBufferRect(queue, part, 1, [0, 7, 0], [0, 0, 0], [16, 2, 1], 16, 0, 0, 0,
                               cl.out(64), 0, None, None)
    # To copy rectangles from or to a part crashes in PoCL.
    session.show(buffer, SIZE)
    cl.clReleaseMemObject(part)
    cl.clReleaseMemObject(buffer)
    cl.clReleaseMemObject(other)
    session.close()
