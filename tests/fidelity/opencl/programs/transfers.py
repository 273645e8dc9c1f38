"""Chapters 5.2.3, 5.5.1 and 5.4.4: fills, copies, migrations; flags of hosts; memory in use by the host."""
from _opencl import CL, Session, ints


def fills(cl, session, buffer):
    pattern = bytes(range(1, 129))
    for size in (1, 2, 4, 8, 16, 32, 64, 128, 0, 3, 5, 256, 1 << 32):
        for offset, length in ((0, 256), (size % 256, 128), (1, 128), (0, 1), (0, 0), (256, 0), (128, 256)):
            cl.clEnqueueFillBuffer(session.queue, buffer, pattern, size, offset, length, 0, None, None)
            session.show(buffer)
    cl.clEnqueueFillBuffer(session.queue, buffer, None, 4, 0, 64, 0, None, None)
    cl.clEnqueueFillBuffer(session.queue, None, pattern, 4, 0, 64, 0, None, None)
    cl.clEnqueueFillBuffer(None, buffer, pattern, 4, 0, 64, 0, None, None)
    cl.clEnqueueFillBuffer(session.queue, buffer, pattern, 4, 0, 64, 1, None, None)
    cl.clEnqueueFillBuffer(session.queue, buffer, pattern, 4, 0, 64, 0, [0], None)


def copies(cl, session, buffer):
    other = session.buffer(bytes(range(256)))
    part = cl.clCreateSubBuffer(other, 0, 0x1220, [128, 128], cl.out(4))
    for source, target, sizes in ((other, buffer, (0, 0, 256)), (part, buffer, (0, 64, 64)),
                                  (buffer, part, (0, 0, 128)), (part, buffer, (64, 0, 65)),
                                  (part, other, (0, 0, 128)), (part, other, (0, 100, 64)),
                                  (other, part, (128, 0, 64)), (part, part, (0, 64, 64)),
                                  (part, part, (0, 32, 64)), (other, other, (0, 255, 1)),
                                  (other, other, (0, 256, 1)), (other, other, (1 << 63, 0, 1)),
                                  (other, buffer, (1, 2, (1 << 64) - 1)), (None, buffer, (0, 0, 1)),
                                  (other, None, (0, 0, 1))):
        cl.clEnqueueCopyBuffer(session.queue, source, target, *sizes, 0, None, None)
        session.show(buffer)
        session.show(other)
    cl.clReleaseMemObject(other)  # the part keeps it
    session.show(part, 128)
    cl.clReleaseMemObject(part)


def migrations(cl, session, buffer):
    other = session.buffer()
    for flags in (0, CL.MIGRATE_MEM_OBJECT_HOST, CL.MIGRATE_MEM_OBJECT_CONTENT_UNDEFINED, 3, 4, 1 << 40):
        event = cl.clEnqueueMigrateMemObjects(session.queue, 2, [other, other], flags, 0, None,
                                              cl.out(8))[6, 0]
        cl.clWaitForEvents(1, [event])
        cl.clGetEventInfo(event, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
        cl.clReleaseEvent(event)
    cl.clEnqueueMigrateMemObjects(session.queue, 1, [buffer], 0, 0, None, None)
    cl.clEnqueueMigrateMemObjects(session.queue, 0, [buffer], 0, 0, None, None)
    cl.clEnqueueMigrateMemObjects(session.queue, 1, None, 0, 0, None, None)
    cl.clEnqueueMigrateMemObjects(session.queue, 0, None, 0, 0, None, None)
    cl.clEnqueueMigrateMemObjects(session.queue, 1, [0], 0, 0, None, None)
    cl.clEnqueueMigrateMemObjects(None, 1, [buffer], 0, 0, None, None)
    session.show(buffer)
    cl.clReleaseMemObject(other)


def host_flags(cl, session):
    """What the host said it would not do, and all the ways to do it."""
    origin, region = [0, 0, 0], [16, 2, 1]
    pitches = (16, 0, 16, 0)
    for flags in (CL.MEM_HOST_READ_ONLY, CL.MEM_HOST_WRITE_ONLY, CL.MEM_HOST_NO_ACCESS):
        for kind in (CL.MEM_READ_WRITE, CL.MEM_READ_ONLY, CL.MEM_WRITE_ONLY):
            buffer = cl.clCreateBuffer(session.context, flags | kind, 64, None, cl.out(4))
            cl.clEnqueueFillBuffer(session.queue, buffer, ints(7), 4, 0, 64, 0, None, None)
            for blocking in (1, 0):
                cl.clEnqueueReadBuffer(session.queue, buffer, blocking, 0, 64, cl.out(64), 0, None, None)
                cl.clEnqueueWriteBuffer(session.queue, buffer, blocking, 0, 64, bytes(64), 0, None, None)
                cl.clEnqueueReadBufferRect(session.queue, buffer, blocking, origin, origin, region,
                                           *pitches, cl.out(64), 0, None, None)
                cl.clEnqueueWriteBufferRect(session.queue, buffer, blocking, origin, origin, region,
                                            *pitches, bytes(64), 0, None, None)
            cl.clFinish(session.queue)
            for part in (0, CL.MEM_HOST_READ_ONLY, CL.MEM_HOST_WRITE_ONLY, CL.MEM_READ_WRITE,
                         CL.MEM_READ_ONLY, CL.MEM_COPY_HOST_PTR, CL.MEM_USE_HOST_PTR):
                made = cl.clCreateSubBuffer(buffer, part, 0x1220, [0, 32], cl.out(4))
                cl.clGetMemObjectInfo(made, CL.MEM_FLAGS, 8, cl.out(8), cl.out(8))
                cl.clReleaseMemObject(made)
            cl.clReleaseMemObject(buffer)


def run(cl):
    session = Session(cl)
    buffer = session.buffer()
    fills(cl, session, buffer)
    copies(cl, session, buffer)
    migrations(cl, session, buffer)
    host_flags(cl, session)
    cl.clReleaseMemObject(buffer)
    session.close()
