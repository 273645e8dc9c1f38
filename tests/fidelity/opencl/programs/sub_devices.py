"""Chapter 4.3: parts of a device. How it is divided, what parts say, counts, commands on them."""
from _opencl import CL, Session, ask, ints, prefixed

EQUALLY, COUNTS = CL.DEVICE_PARTITION_EQUALLY, CL.DEVICE_PARTITION_BY_COUNTS
AFFINITY = CL.DEVICE_PARTITION_BY_AFFINITY_DOMAIN
ROOM = 64  # more than a device of these tests has units
# What a moment decides (the clock), and what AvA leaves out (tests/e2e/opencl/clinfo_allowed.txt).
LEFT_OUT = ("EXTENSIONS", "EXECUTION_CAPABILITIES", "SVM_CAPABILITIES", "MAX_CLOCK_FREQUENCY",
            "COMMAND_BUFFER")
SOURCE = """
__kernel void squares(__global int *to) {
  int i = get_global_id(0);
  to[i] = i * i;
}
"""


def divisions(cl, device):
    """As asked for, into how many, with too little room; nothing is done with the parts."""
    lists = [[EQUALLY, units, 0] for units in (1, 2, 0, 99, 1 << 32)]
    lists += [[COUNTS, *counts, 0, 0] for counts in ([1], [1, 1], [2], [1, 1, 1], [99], [0], [])]
    lists += [[AFFINITY, domain, 0] for domain in
              (*prefixed("CL_DEVICE_AFFINITY_DOMAIN_"), 0, 1 << 20)]
    lists += [[0], [0x7777, 1, 0], [EQUALLY, 1, EQUALLY, 1, 0], [EQUALLY, 1, COUNTS, 1, 0, 0],
              [COUNTS, 1, 0, EQUALLY, 1, 0]]
    for properties in lists:
        cl.clCreateSubDevices(device, properties, 0, None, cl.out(4))
        parts = cl.clCreateSubDevices(device, properties, ROOM, cl.out(8 * ROOM), cl.out(4))
        cl.clReleaseDevice(parts[3, 0])
        cl.clReleaseDevice(parts[3, 1])
        cl.clCreateSubDevices(device, properties, 0, None, None)
        cl.clCreateSubDevices(device, properties, 0, cl.out(8), cl.out(4))
        cl.clCreateSubDevices(device, properties, 1, None, cl.out(4))
    cl.clCreateSubDevices(device, [EQUALLY, 1, 0], 1, cl.out(16), None)
    cl.clCreateSubDevices(device, None, ROOM, cl.out(8 * ROOM), cl.out(4))
    cl.clCreateSubDevices(None, [EQUALLY, 1, 0], ROOM, cl.out(8 * ROOM), cl.out(4))


def info(cl, device):
    """What a part says of itself, and of what it is a part of."""
    for properties, number in (([EQUALLY, 1, 0], 0), ([COUNTS, 1, 1, 0, 0], 1)):
        parts = cl.clCreateSubDevices(device, properties, ROOM, cl.out(8 * ROOM), cl.out(4))
        ask(cl, "clGetDeviceInfo", prefixed("CL_DEVICE_", *LEFT_OUT), parts[3, number])
        cl.clReleaseDevice(parts[3, 0])
        cl.clReleaseDevice(parts[3, 1])
    ask(cl, "clGetDeviceInfo", prefixed("CL_DEVICE_PARTITION"), device)


def counted(cl, device):
    """Parts are counted, other than the device; parts of parts."""
    def count(of):
        cl.clGetDeviceInfo(of, CL.DEVICE_REFERENCE_COUNT, 4, cl.out(4), None)

    part = cl.clCreateSubDevices(device, [COUNTS, 2, 0, 0], 1, cl.out(8), cl.out(4))[3, 0]
    for change in (cl.clRetainDevice, cl.clRetainDevice, cl.clReleaseDevice):
        change(part)
        count(part)
    smaller = cl.clCreateSubDevices(part, [EQUALLY, 1, 0], 2, cl.out(16), cl.out(4))
    ask(cl, "clGetDeviceInfo", [CL.DEVICE_PARENT_DEVICE, CL.DEVICE_PARTITION_TYPE,
                                CL.DEVICE_MAX_COMPUTE_UNITS], smaller[3, 1])
    cl.clCreateSubDevices(smaller[3, 0], [EQUALLY, 1, 0], 1, cl.out(8), cl.out(4))
    count(part)
    count(device)
    cl.clReleaseDevice(smaller[3, 0])
    cl.clReleaseDevice(smaller[3, 1])
    count(part)
    cl.clReleaseDevice(part)
    cl.clReleaseDevice(part)


def used(cl, session):
    """A context of parts, a queue on each. The parts stay: PoCL crashes now and then after the end
    of one that was used."""
    parts = cl.clCreateSubDevices(session.device, [COUNTS, 1, 1, 0, 0], 2, cl.out(16), cl.out(4))
    parts = [parts[3, 0], parts[3, 1]]
    context = cl.clCreateContext(None, 2, parts, None, 0, cl.out(4))
    cl.clGetContextInfo(context, CL.CONTEXT_DEVICES, 64, cl.out(64), cl.out(8))
    queues = [cl.clCreateCommandQueue(context, part, 0, cl.out(4)) for part in parts]
    cl.clCreateCommandQueue(context, session.device, 0, cl.out(4))
    cl.clCreateCommandQueue(session.context, parts[0], 0, cl.out(4))
    program = cl.clCreateProgramWithSource(context, 1, [SOURCE], None, cl.out(4))
    cl.clBuildProgram(program, 2, parts, None, None, 0)
    cl.clGetProgramInfo(program, CL.PROGRAM_DEVICES, 64, cl.out(64), cl.out(8))
    for part in (*parts, session.device):
        cl.clGetProgramBuildInfo(program, part, CL.PROGRAM_BUILD_STATUS, 4, cl.out(4), None)
    kernel = session.kernel(program, "squares")
    for part in (*parts, session.device):
        cl.clGetKernelWorkGroupInfo(kernel, part, CL.KERNEL_WORK_GROUP_SIZE, 8, cl.out(8), None)
    for number, queue in enumerate(queues):
        cl.clGetCommandQueueInfo(queue, CL.QUEUE_DEVICE, 8, cl.out(8), None)
        buffer = cl.clCreateBuffer(context, CL.MEM_COPY_HOST_PTR, 64, ints(*[number] * 16),
                                   cl.out(4))
        cl.clSetKernelArg(kernel, 0, 8, [buffer])
        cl.clEnqueueNDRangeKernel(queue, kernel, 1, None, [8], None, 0, None, None)
        cl.clFinish(queue)
        # Seen by the other part, too.
        for reader in queues:
            cl.clEnqueueReadBuffer(reader, buffer, 1, 0, 64, cl.out(64), 0, None, None, now=True)
        cl.clReleaseMemObject(buffer)
    cl.clReleaseKernel(kernel)
    cl.clReleaseProgram(program)
    for queue in queues:
        cl.clReleaseCommandQueue(queue)
    cl.clReleaseContext(context)


def run(cl):
    session = Session(cl)
    divisions(cl, session.device)
    info(cl, session.device)
    counted(cl, session.device)
    used(cl, session)
    session.close()
