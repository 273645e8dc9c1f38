"""Chapter 4.1 and 4.2: what platforms and devices say of themselves, and what is asked wrongly."""
from _opencl import CL, ask, prefixed

# What a moment decides (the clock), and what AvA leaves out (tests/e2e/opencl/clinfo_allowed.txt).
LEFT_OUT = ("EXTENSIONS", "EXECUTION_CAPABILITIES", "SVM_CAPABILITIES", "PARTITION_MAX_SUB",
            "MAX_CLOCK_FREQUENCY", "COMMAND_BUFFER")


def run(cl):
    for entries, out, count in ((1, cl.out(8), cl.out(4)), (0, None, cl.out(4)), (4, cl.out(64), None),
                                (0, cl.out(8), cl.out(4)), (0, None, None), (1, None, cl.out(4))):
        cl.clGetPlatformIDs(entries, out, count)
    platform = cl.clGetPlatformIDs(1, cl.out(8), None)[1, 0]
    ask(cl, "clGetPlatformInfo", prefixed("CL_PLATFORM_", "EXTENSIONS"), platform)
    ask(cl, "clGetPlatformInfo", prefixed("CL_DEVICE_N"), platform)

    for kind in (*prefixed("CL_DEVICE_TYPE_"), 0, 1 << 20, CL.DEVICE_TYPE_CPU | CL.DEVICE_TYPE_GPU):
        cl.clGetDeviceIDs(platform, kind, 1, cl.out(8), cl.out(4))
        cl.clGetDeviceIDs(platform, kind, 0, None, cl.out(4))
        cl.clGetDeviceIDs(platform, kind, 4, cl.out(64), None)
    everything = CL.DEVICE_TYPE_ALL
    cl.clGetDeviceIDs(platform, everything, 0, cl.out(8), cl.out(4))
    cl.clGetDeviceIDs(platform, everything, 0, None, None)
    device = cl.clGetDeviceIDs(platform, everything, 1, cl.out(8), None)[3, 0]
    ask(cl, "clGetDeviceInfo", prefixed("CL_DEVICE_", *LEFT_OUT), device)
    ask(cl, "clGetDeviceInfo", prefixed("CL_PLATFORM_"), device)

    # A root device is not counted.
    for _ in range(3):
        cl.clRetainDevice(device)
        cl.clReleaseDevice(device)
        cl.clReleaseDevice(device)
        cl.clGetDeviceInfo(device, CL.DEVICE_REFERENCE_COUNT, 4, cl.out(4), cl.out(8))
    for name in ("clNoSuchFunction", "", "clCreateContext"):
        cl.clGetExtensionFunctionAddressForPlatform(platform, name)
        cl.clGetExtensionFunctionAddress(name)
    cl.clUnloadPlatformCompiler(platform)
    cl.clUnloadCompiler()
    cl.clGetDeviceAndHostTimer(device, None, cl.out(8))
    cl.clGetDeviceAndHostTimer(device, None, None)
    cl.clGetHostTimer(device, None)
