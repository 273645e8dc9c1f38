"""Chapter 5.3: images. Every type and many formats; info, reads, writes, fills, copies; refusals."""
from _opencl import CL, Session, ask, floats, ints, prefixed

WIDTH, HEIGHT, DEPTH = 5, 3, 2
D1, D2, D3 = CL.MEM_OBJECT_IMAGE1D, CL.MEM_OBJECT_IMAGE2D, CL.MEM_OBJECT_IMAGE3D
D1_ARRAY, D2_ARRAY = CL.MEM_OBJECT_IMAGE1D_ARRAY, CL.MEM_OBJECT_IMAGE2D_ARRAY
D1_BUFFER = CL.MEM_OBJECT_IMAGE1D_BUFFER
FORMATS = ((CL.RGBA, CL.UNSIGNED_INT8), (CL.RGBA, CL.FLOAT), (CL.R, CL.UNSIGNED_INT8),
           (CL.R, CL.FLOAT), (CL.RG, CL.SIGNED_INT16), (CL.BGRA, CL.UNORM_INT8), (CL.A, CL.UNORM_INT8),
           (CL.RGBA, CL.HALF_FLOAT), (CL.RGB, CL.UNORM_SHORT_565), (CL.DEPTH, CL.FLOAT),
           (CL.RGBA, 0), (0, CL.FLOAT), (0x7777, 0x7777))
IMAGE_INFO = prefixed("CL_IMAGE_")
PIXELS = bytes(i * 7 % 251 for i in range(1024))


def described(kind, width=WIDTH, height=0, depth=0, layers=0, row=0, plane=0, memory=0):
    return [kind, width, height, depth, layers, row, plane, 0, memory]


SHAPES = {  # kind: (description, region of all of it)
    D1: (described(D1), [WIDTH, 1, 1]),
    D2: (described(D2, height=HEIGHT), [WIDTH, HEIGHT, 1]),
    D3: (described(D3, height=HEIGHT, depth=DEPTH), [WIDTH, HEIGHT, DEPTH]),
    D1_ARRAY: (described(D1_ARRAY, layers=HEIGHT), [WIDTH, HEIGHT, 1]),
    D2_ARRAY: (described(D2_ARRAY, height=HEIGHT, layers=DEPTH), [WIDTH, HEIGHT, DEPTH]),
}


class Images:
    """What there is to do with an image."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session
        self._error = cl.out(4)

    def make(self, description, pixel=(CL.RGBA, CL.UNSIGNED_INT8), flags=CL.MEM_COPY_HOST_PTR,
             host=PIXELS):
        return self._cl.clCreateImage(self._session.context, flags, ints(*pixel), description, host,
                                      self._error)

    def read(self, image, region, origin=(0, 0, 0), row=0, plane=0, blocking=1, size=1024):
        self._cl.clEnqueueReadImage(self._session.queue, image, blocking, list(origin), region, row,
                                    plane, self._cl.out(size), 0, None, None, now=bool(blocking))

    def write(self, image, region, origin=(0, 0, 0), row=0, plane=0, blocking=1):
        self._cl.clEnqueueWriteImage(self._session.queue, image, blocking, list(origin), region, row,
                                     plane, bytes(reversed(PIXELS)), 0, None, None)

    def fill(self, image, region, origin=(0, 0, 0), color=ints(1, 2, 3, 4)):
        self._cl.clEnqueueFillImage(self._session.queue, image, color, list(origin), region, 0, None,
                                    None)


def formats(cl, session, images):
    for flags in (CL.MEM_READ_WRITE, CL.MEM_READ_ONLY, CL.MEM_WRITE_ONLY, CL.MEM_KERNEL_READ_AND_WRITE,
                  0, 3, 1 << 20):
        for kind in (*SHAPES, D1_BUFFER, CL.MEM_OBJECT_BUFFER, 0):
            cl.clGetSupportedImageFormats(session.context, flags, kind, 0, None, cl.out(4))
            cl.clGetSupportedImageFormats(session.context, flags, kind, 99, cl.out(1024), cl.out(4))
            cl.clGetSupportedImageFormats(session.context, flags, kind, 2, cl.out(64), None)
    cl.clGetSupportedImageFormats(session.context, 1, D2, 0, cl.out(64), cl.out(4))
    for pixel in FORMATS:
        for description, region in SHAPES.values():
            image = images.make(description, pixel)
            ask(cl, "clGetImageInfo", IMAGE_INFO, image)
            ask(cl, "clGetMemObjectInfo", [CL.MEM_TYPE, CL.MEM_SIZE, CL.MEM_FLAGS, CL.MEM_MAP_COUNT],
                image)
            images.read(image, region)
            cl.clReleaseMemObject(image)


def transfers(cl, session, images):
    for description, region in SHAPES.values():
        image = images.make(description)
        other = images.make(description, flags=CL.MEM_READ_WRITE, host=None)
        buffer = session.buffer(PIXELS)
        for blocking in (1, 0):
            images.write(other, region, blocking=blocking)
            images.read(other, region, blocking=blocking)
            images.read(image, region, row=32, blocking=blocking)
            images.write(image, [2, 1, 1], origin=(1, 0, 0), row=12, blocking=blocking)
            images.read(image, region, row=32, plane=128, blocking=blocking)
            cl.clFinish(session.queue)
        images.fill(image, [2, 1, 1], origin=(1, 0, 0))
        images.read(image, region)
        cl.clEnqueueCopyImage(session.queue, image, other, [0, 0, 0], [0, 0, 0], region, 0, None, None)
        cl.clEnqueueCopyImage(session.queue, image, other, [0, 0, 0], [1, 0, 0], [4, 1, 1], 0, None,
                              None)
        images.read(other, region)
        cl.clEnqueueCopyImageToBuffer(session.queue, other, buffer, [0, 0, 0], region, 16, 0, None, None)
        session.show(buffer, 512)
        cl.clEnqueueCopyBufferToImage(session.queue, buffer, other, 100, [0, 0, 0], region, 0, None,
                                      None)
        images.read(other, region)
        for each in (image, other, buffer):
            cl.clReleaseMemObject(each)


def refused(cl, session, images):
    image = images.make(SHAPES[D2][0])
    buffer = session.buffer(PIXELS)
    for origin, region in (((0, 0, 0), [WIDTH + 1, 1, 1]), ((WIDTH, 0, 0), [1, 1, 1]),
                           ((0, HEIGHT, 0), [1, 1, 1]), ((0, 0, 1), [1, 1, 1]),
                           ((0, 0, 0), [1, 1, 2]), ((0, 0, 0), [0, 1, 1]), ((0, 0, 0), [1, 0, 1]),
                           ((0, 0, 0), [1, 1, 0])):
        images.read(image, region, origin)
        images.write(image, region, origin)
        images.fill(image, region, origin)
        cl.clEnqueueCopyImageToBuffer(session.queue, image, buffer, list(origin), region, 0, 0, None,
                                      None)
        cl.clEnqueueCopyBufferToImage(session.queue, buffer, image, 0, list(origin), region, 0, None,
                                      None)
        cl.clEnqueueCopyImage(session.queue, image, image, list(origin), [0, 0, 0], region, 0, None, None)
    whole = SHAPES[D2][1]
    cl.clEnqueueReadImage(session.queue, image, 1, None, whole, 0, 0, cl.out(1024), 0, None, None)
    cl.clEnqueueReadImage(session.queue, image, 1, [0, 0, 0], None, 0, 0, cl.out(1024), 0, None, None)
    cl.clEnqueueReadImage(session.queue, image, 1, [0, 0, 0], whole, 0, 0, None, 0, None, None)
    cl.clEnqueueFillImage(session.queue, image, None, [0, 0, 0], whole, 0, None, None)
    cl.clEnqueueReadImage(session.queue, buffer, 1, [0, 0, 0], whole, 0, 0, cl.out(1024), 0, None, None)
    cl.clGetImageInfo(buffer, CL.IMAGE_WIDTH, 8, cl.out(8), None)
    session.show(image, 16)  # a buffer's call
    cl.clEnqueueFillBuffer(session.queue, image, b"\1", 1, 0, 8, 0, None, None)
    cl.clCreateSubBuffer(image, 1, 0x1220, [0, 16], cl.out(4))
    for flags, host in ((CL.MEM_COPY_HOST_PTR, None), (CL.MEM_USE_HOST_PTR, None),
                        (CL.MEM_READ_WRITE, PIXELS), (3, None), (1 << 20, None)):
        images.make(SHAPES[D2][0], flags=flags, host=host)
    for description in (described(D2), described(D2, 0, HEIGHT), described(D3, height=HEIGHT),
                        described(D1_ARRAY), described(D2_ARRAY, height=HEIGHT),
                        described(D2, 1 << 20, HEIGHT), described(0, height=HEIGHT),
                        described(CL.MEM_OBJECT_BUFFER, height=HEIGHT), described(D1_BUFFER),
                        described(D2, height=HEIGHT, row=3), described(D2, height=HEIGHT, row=64),
                        described(D3, height=HEIGHT, depth=DEPTH, plane=8)):
        images.make(description, flags=CL.MEM_READ_WRITE, host=None)
        images.make(description)
    cl.clCreateImage(session.context, 1, None, SHAPES[D2][0], None, cl.out(4))
    cl.clCreateImage(session.context, 1, ints(*FORMATS[0]), None, None, cl.out(4))
    cl.clCreateImage(None, 1, ints(*FORMATS[0]), SHAPES[D2][0], None, cl.out(4))
    for each in (image, buffer):
        cl.clReleaseMemObject(each)


def other_creators(cl, session, images):
    """Functions of 1.0, memory that backs an image, images of buffers."""
    pixel = ints(CL.RGBA, CL.UNSIGNED_INT8)
    for flags, host, row in ((1, None, 0), (CL.MEM_COPY_HOST_PTR, PIXELS, 0),
                             (CL.MEM_COPY_HOST_PTR, PIXELS, 32), (CL.MEM_USE_HOST_PTR, PIXELS, 0)):
        flat = cl.clCreateImage2D(session.context, flags, pixel, WIDTH, HEIGHT, row, host, cl.out(4))
        solid = cl.clCreateImage3D(session.context, flags, pixel, WIDTH, HEIGHT, DEPTH, row, 4 * row,
                                   host, cl.out(4))
        for image, region in ((flat, [WIDTH, HEIGHT, 1]), (solid, [WIDTH, HEIGHT, DEPTH])):
            ask(cl, "clGetImageInfo", IMAGE_INFO, image)
            if host is not None:
                images.read(image, region)
            cl.clReleaseMemObject(image)
    buffer = session.buffer(PIXELS)
    for description, region in ((described(D1_BUFFER, 16, memory=buffer), [16, 1, 1]),
                                (described(D2, 4, 4, row=64, memory=buffer), [4, 4, 1])):
        image = images.make(description, flags=CL.MEM_READ_WRITE, host=None)
        ask(cl, "clGetImageInfo", IMAGE_INFO, image)
        images.read(image, region)
        images.write(image, [2, 1, 1])
        cl.clReleaseMemObject(image)
    session.show(buffer)  # to fill an image of a buffer crashes in PoCL
    cl.clReleaseMemObject(buffer)


def run(cl):
    session = Session(cl)
    images = Images(cl, session)
    formats(cl, session, images)
    transfers(cl, session, images)
    for color in (floats(0.5, 1, -1, 0), ints(-1, 300, 70000, 0)):
        for pixel in FORMATS[:8]:
            image = images.make(SHAPES[D2][0], pixel)
            images.fill(image, [WIDTH, HEIGHT, 1], color=color)
            images.read(image, [WIDTH, HEIGHT, 1])
            cl.clReleaseMemObject(image)
    other_creators(cl, session, images)
    refused(cl, session, images)
    session.close()
