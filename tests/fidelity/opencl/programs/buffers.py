"""Chapter 5.2: buffers. Creation, sub-buffers, reads, writes, copies, fills, maps; what is refused."""
from _opencl import BUFFER_INFO, Session


def run(cl):
    session = Session(cl)
    error = cl.out(4)
    source = bytes(range(256))
    for flags in (0, 1, 2, 4, 1 << 4, 1 << 5, 1 << 4 | 1 << 5, 1 << 7, 1 << 8, 1 << 9, 3, 1 << 7 | 1 << 8):
        host = source if flags & 1 << 5 else None
        buffer = cl.clCreateBuffer(session.context, flags, 256, host, error)
        for name in BUFFER_INFO:
            cl.clGetMemObjectInfo(buffer, name, 64, cl.out(64), cl.out(8))
        cl.clGetMemObjectInfo(buffer, 0x1102, 2, cl.out(64), cl.out(8))  # too little room
        cl.clReleaseMemObject(buffer)
    cl.clCreateBuffer(session.context, 1, 0, None, error)
    cl.clCreateBuffer(session.context, 1 << 5, 16, None, error)
    cl.clCreateBuffer(session.context, 1, 16, source, error)
    cl.clCreateBuffer(session.context, 1 << 3 | 1 << 5, 256, source, error)

    buffer = cl.clCreateBuffer(session.context, 1 | 1 << 5, 256, source, None)
    other = cl.clCreateBuffer(session.context, 1, 256, None, None)
    for origin, size in ((0, 128), (128, 128), (128, 256), (64, 0), (1, 8), (512, 8)):
        part = cl.clCreateSubBuffer(buffer, 1, 0x1220, origin.to_bytes(8, "little") +
                                    size.to_bytes(8, "little"), error)
        for name in BUFFER_INFO:
            cl.clGetMemObjectInfo(part, name, 64, cl.out(64), cl.out(8))
        cl.clEnqueueFillBuffer(session.queue, part, b"\x07", 1, 0, 8, 0, None, None)
        cl.clReleaseMemObject(part)
    cl.clCreateSubBuffer(buffer, 1, 0, bytes(16), error)
    cl.clCreateSubBuffer(buffer, 1, 0x1220, None, error)

    for blocking in (1, 0):
        for offset, size in ((0, 256), (16, 8), (255, 1), (255, 2), (256, 0), (300, 1), (0, 0)):
            cl.clEnqueueWriteBuffer(session.queue, other, blocking, offset, size, source, 0, None,
                                    None)
            cl.clEnqueueReadBuffer(session.queue, other, blocking, offset, size, cl.out(256), 0, None,
                                   None)
        cl.clFinish(session.queue)
    cl.clEnqueueReadBuffer(session.queue, other, 1, 0, 8, None, 0, None, None)
    cl.clEnqueueWriteBuffer(session.queue, other, 1, 0, 8, None, 0, None, None)
    cl.clEnqueueReadBuffer(session.queue, None, 1, 0, 8, cl.out(8), 0, None, None)
    cl.clEnqueueReadBuffer(None, other, 1, 0, 8, cl.out(8), 0, None, None)
    cl.clEnqueueReadBuffer(session.queue, other, 1, 0, 8, cl.out(8), 1, None, None)
    cl.clEnqueueReadBuffer(session.queue, other, 1, 0, 8, cl.out(8), 0, [0], None)

    for arguments in ((0, 0, 64), (0, 128, 64), (200, 0, 100), (0, 200, 100), (0, 0, 0)):
        cl.clEnqueueCopyBuffer(session.queue, buffer, other, *arguments, 0, None, None)
    for arguments in ((0, 16, 32), (0, 0, 16), (16, 0, 32)):  # overlapping, or not
        cl.clEnqueueCopyBuffer(session.queue, buffer, buffer, *arguments, 0, None, None)
    for size in (1, 2, 3, 4, 8, 16, 32, 64, 128, 256, 0):
        cl.clEnqueueFillBuffer(session.queue, other, source, size, 0, 128, 0, None, None)
        cl.clEnqueueFillBuffer(session.queue, other, source, size, size, 256, 0, None, None)
    session.show(buffer)
    session.show(other)

    for flags in (1, 2, 3, 8):
        mapped = cl.clEnqueueMapBuffer(session.queue, buffer, 1, flags, 16, 32, 0, None, None, error,
                                       map=32, **({"poke": 0x5A} if flags == 2 else {}))
        cl.clGetMemObjectInfo(buffer, 0x1105, 4, cl.out(4), None)
        cl.clEnqueueUnmapMemObject(session.queue, buffer, mapped, 0, None, None)
        cl.clFinish(session.queue)
        cl.clGetMemObjectInfo(buffer, 0x1105, 4, cl.out(4), None)
        session.show(buffer)
    cl.clEnqueueMapBuffer(session.queue, buffer, 1, 1, 250, 32, 0, None, None, error, map=0)
    cl.clEnqueueMapBuffer(session.queue, buffer, 1, 1, 0, 0, 0, None, None, error, map=0)
    cl.clReleaseMemObject(buffer)
    cl.clReleaseMemObject(other)
    session.close()
