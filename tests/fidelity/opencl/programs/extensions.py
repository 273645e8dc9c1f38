"""Functions that are an extension's, or that no device here offers: addresses, what they refuse.
Left out is what crashes PoCL, or the loader that finds no function in it, and what AvA does not
cover (known-differences.md): native kernels."""
from _opencl import CL, Session

# Some the loader has, some the platform, some nobody.
NAMES = """
clIcdGetPlatformIDsKHR clCreateProgramWithILKHR clTerminateContextKHR
clCreateCommandQueueWithPropertiesKHR clGetKernelSubGroupInfoKHR
clGetKernelSuggestedLocalWorkSizeKHR clCreateSubDevicesEXT clRetainDeviceEXT clReleaseDeviceEXT
clEnqueueMigrateMemObjectEXT
clGetGLContextInfoKHR clCreateEventFromGLsyncKHR clCreateEventFromEGLSyncKHR clCreateFromEGLImageKHR
clEnqueueAcquireEGLObjectsKHR clEnqueueReleaseEGLObjectsKHR clSVMAllocARM clHostMemAllocINTEL
clGetPlatformInfo clCreateBuffer clEnqueueNativeKernel clSetCommandQueueProperty
clNone cl clIcdGetPlatformIDsKHR2
""".split()


def addresses(cl, session):
    for name in (*NAMES, "", " clIcdGetPlatformIDsKHR"):
        cl.clGetExtensionFunctionAddressForPlatform(session.platform, name)
        cl.clGetExtensionFunctionAddressForPlatform(None, name)
        cl.clGetExtensionFunctionAddress(name)


def old_names(cl, session):
    """Functions of the standard under the names that they had before."""
    def count(device):
        cl.clGetDeviceInfo(device, CL.DEVICE_REFERENCE_COUNT, 4, cl.out(4), None)

    part = cl.clCreateSubDevices(session.device, [CL.DEVICE_PARTITION_BY_COUNTS, 1, 0, 0], 1,
                                 cl.out(8), None)[3, 0]
    for device in (session.device, part):
        for change in (cl.clRetainDeviceEXT, cl.clRetainDevice, cl.clReleaseDeviceEXT,
                       cl.clReleaseDevice):
            change(device)
            count(device)
        cl.clReleaseDeviceEXT(device)
    for change in (cl.clRetainDeviceEXT, cl.clReleaseDeviceEXT):
        change(None)


def refused(cl, session):
    """What needs a GL context, which there is none of, or a queue."""
    error = cl.out(4)
    texture = 0x0DE1
    cl.clCreateFromGLTexture(session.context, CL.MEM_READ_WRITE, texture, 0, 1, error)
    cl.clCreateFromGLTexture2D(session.context, CL.MEM_READ_WRITE, texture, 0, 1, error)
    cl.clCreateFromGLTexture3D(session.context, CL.MEM_READ_WRITE, texture, 0, 1, error)
    cl.clCreateFromGLTexture(session.context, CL.MEM_READ_WRITE, texture, 0, 1, None)
    cl.clGetGLContextInfoKHR(None, 0x2006, 8, cl.out(8), cl.out(8))
    cl.clEnqueueNativeKernel(None, None, None, 0, 0, None, None, 0, None, None)
    cl.clSetCommandQueueProperty(None, 0, 1, None)


def run(cl):
    session = Session(cl)
    addresses(cl, session)
    old_names(cl, session)
    refused(cl, session)
    session.close()
