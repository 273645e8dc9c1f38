"""A platform of two devices (hints.environments): lists of devices, binaries of each, a context of both."""
from _opencl import CL, ask, ints

SOURCE = "__kernel void put(__global int *a, int b) { a[get_global_id(0)] = b; }"


def enumerated(cl, platform):
    for count, room in ((0, None), (1, cl.out(16)), (2, cl.out(24)), (3, cl.out(24))):
        cl.clGetDeviceIDs(platform, CL.DEVICE_TYPE_ALL, count, room, cl.out(4))
    cl.clGetDeviceIDs(platform, CL.DEVICE_TYPE_ALL, 1, None, cl.out(4),
                      known="for entries that have no place")
    return cl.clGetDeviceIDs(platform, CL.DEVICE_TYPE_CPU, 2, cl.out(16), None)


def built(cl, context, devices):
    """For one device, then for the other, too."""
    program = cl.clCreateProgramWithSource(context, 1, [SOURCE], None, cl.out(4))
    for some in ([devices[1]], devices, None):
        cl.clBuildProgram(program, len(some or ()), some, "", None, 0)
        for device in devices:
            ask(cl, "clGetProgramBuildInfo", [CL.PROGRAM_BUILD_STATUS, CL.PROGRAM_BUILD_OPTIONS,
                                              CL.PROGRAM_BINARY_TYPE], program, device)
    ask(cl, "clGetProgramInfo", [CL.PROGRAM_NUM_DEVICES, CL.PROGRAM_DEVICES, CL.PROGRAM_NUM_KERNELS],
        program)
    return program


def binaries(cl, program):
    """What is in them names temporary files. PoCL crashes on null for one."""
    room = cl.out(1 << 20)
    sizes = {**cl.out(16), "opaque": True}
    cl.clGetProgramInfo(program, CL.PROGRAM_BINARY_SIZES, 16, sizes, cl.out(8))
    cl.clGetProgramInfo(program, CL.PROGRAM_BINARY_SIZES, 8, sizes, cl.out(8))
    cl.clGetProgramInfo(program, CL.PROGRAM_BINARIES, 16, [room, room], cl.out(8))
    cl.clGetProgramInfo(program, CL.PROGRAM_BINARIES, 0, None, cl.out(8))
    cl.clGetProgramInfo(program, CL.PROGRAM_BINARIES, 8, [room], cl.out(8))


def used(cl, context, device, program):
    """A buffer of both, written by a kernel on one."""
    queue = cl.clCreateCommandQueue(context, device, 0, cl.out(4))
    buffer = cl.clCreateBuffer(context, CL.MEM_READ_WRITE | CL.MEM_COPY_HOST_PTR, 64, bytes(64), cl.out(4))
    kernel = cl.clCreateKernel(program, "put", cl.out(4))
    cl.clSetKernelArg(kernel, 0, 8, [buffer])
    cl.clSetKernelArg(kernel, 1, 4, ints(7))
    cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, [16], None, 0, None, None)
    cl.clEnqueueReadBuffer(queue, buffer, 1, 0, 64, cl.out(64), 0, None, None, now=True)
    ask(cl, "clGetKernelWorkGroupInfo", [CL.KERNEL_WORK_GROUP_SIZE, CL.KERNEL_COMPILE_WORK_GROUP_SIZE],
        kernel, device)
    cl.clGetCommandQueueInfo(queue, CL.QUEUE_DEVICE, 8, cl.out(8), None)
    cl.clEnqueueMigrateMemObjects(queue, 1, [buffer], 0, 0, None, None)
    for release, what in ((cl.clReleaseKernel, kernel), (cl.clReleaseMemObject, buffer),
                          (cl.clFinish, queue), (cl.clReleaseCommandQueue, queue)):
        release(what)


def foreign(cl, both, devices, program):
    """A context of one: the other, and what is made for both, are refused in it."""
    one = cl.clCreateContext(None, 1, devices[:1], None, 0, cl.out(4))
    cl.clCreateCommandQueue(one, devices[1], 0, cl.out(4))
    alone = cl.clCreateProgramWithSource(one, 1, [SOURCE], None, cl.out(4))
    cl.clBuildProgram(alone, 1, devices[1:], "", None, 0)
    cl.clGetProgramBuildInfo(alone, devices[1], CL.PROGRAM_BUILD_STATUS, 4, cl.out(4), None)
    cl.clCreateContext(None, 2, [devices[0], devices[0]], None, 0, cl.out(4))
    queue = cl.clCreateCommandQueue(one, devices[0], 0, cl.out(4))
    kernel = cl.clCreateKernel(program, "put", cl.out(4))
    cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, [16], None, 0, None, None)
    buffer = cl.clCreateBuffer(both, CL.MEM_READ_WRITE, 64, None, cl.out(4))
    cl.clEnqueueFillBuffer(queue, buffer, ints(1), 4, 0, 64, 0, None, None)


def run(cl):
    platform = cl.clGetPlatformIDs(1, cl.out(8), cl.out(4))[1, 0]
    found = enumerated(cl, platform)
    devices = [found[3, 0], found[3, 1]]
    context = cl.clCreateContext(None, 2, devices, None, 0, cl.out(4))
    ask(cl, "clGetContextInfo", [CL.CONTEXT_NUM_DEVICES, CL.CONTEXT_DEVICES], context)
    program = built(cl, context, devices)
    binaries(cl, program)
    for device in devices:
        used(cl, context, device, program)
    foreign(cl, context, devices, program)
    cl.clReleaseProgram(program)
    cl.clReleaseContext(context)
