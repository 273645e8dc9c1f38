"""Chapter 4.4: contexts. Properties, devices, the platform's choice, callbacks, reference counts."""
from _opencl import CL, Session, ask, prefixed


def references(cl, context):
    cl.clGetContextInfo(context, CL.CONTEXT_REFERENCE_COUNT, 4, cl.out(4), None)


def about(cl, context):
    ask(cl, "clGetContextInfo", prefixed("CL_CONTEXT_", "CONTEXT_PROPERTIES"), context)
    # Without a place for the size PoCL crashes here.
    for size, out in ((4096, cl.out(4096)), (0, None), (1, cl.out(8)), (8, None)):
        cl.clGetContextInfo(context, CL.CONTEXT_PROPERTIES, size, out, cl.out(8))


def run(cl):
    session = Session(cl)
    platform, device = session.platform, session.device
    error = cl.out(4)
    on = CL.CONTEXT_PLATFORM
    lists = (None, [0], [on, platform, 0], [on, platform, CL.CONTEXT_INTEROP_USER_SYNC, 0, 0],
             [CL.CONTEXT_INTEROP_USER_SYNC, 1, 0], [on, platform, on, platform, 0], [on, 0, 0],
             [0x7777, 1, 0], [on, platform, 0x7777, 1, 0])
    for properties in lists:
        context = cl.clCreateContext(properties, 1, [device], None, 0, error)
        about(cl, context)
        cl.clReleaseContext(context)
        for kind in (CL.DEVICE_TYPE_ALL, CL.DEVICE_TYPE_CPU, CL.DEVICE_TYPE_DEFAULT):
            context = cl.clCreateContextFromType(properties, kind, None, 0, error)
            about(cl, context)
            cl.clReleaseContext(context)
    for kind in (CL.DEVICE_TYPE_GPU, CL.DEVICE_TYPE_ACCELERATOR, 0, 1 << 20):
        cl.clCreateContextFromType([on, platform, 0], kind, None, 0, error)

    cl.clCreateContext(None, 0, [device], None, 0, error)
    cl.clCreateContext(None, 1, None, None, 0, error)
    cl.clCreateContext(None, 0, None, None, 0, error)
    cl.clCreateContext(None, 1, [0], None, 0, error)
    cl.clCreateContext(None, 2, [device, 0], None, 0, error)
    cl.clCreateContext(None, 1, [device], None, 42, error)  # user data for nobody
    cl.clCreateContextFromType(None, CL.DEVICE_TYPE_ALL, None, 42, error)
    twice = cl.clCreateContext(None, 2, [device, device], None, 0, error)
    about(cl, twice)
    cl.clReleaseContext(twice)

    told = cl.clCreateContext(None, 1, [device], cl.callback(), 42, error)
    about(cl, told)
    cl.clCreateBuffer(told, 0, 0, None, error)  # errors that it may be told of
    cl.clReleaseContext(told)
    silent = cl.clCreateContext(None, 1, [device], None, 0, None)
    for _ in range(3):
        cl.clRetainContext(silent)
        references(cl, silent)
    # Objects count, too.
    buffer = cl.clCreateBuffer(silent, 0, 64, None, error)
    references(cl, silent)
    queue = cl.clCreateCommandQueue(silent, device, 0, error)
    references(cl, silent)
    cl.clReleaseCommandQueue(queue)
    references(cl, silent)
    cl.clReleaseMemObject(buffer)
    references(cl, silent)
    for _ in range(3):
        cl.clReleaseContext(silent)
        references(cl, silent)
    cl.clReleaseContext(silent)
    session.close()
