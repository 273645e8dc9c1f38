"""Calls that are known to differ (docs/known-differences.md), so that what is known stays true."""
from _opencl import CL, Session


def native_kernels(cl, session):
    known = "native kernels"
    cl.clGetDeviceInfo(session.device, CL.DEVICE_EXECUTION_CAPABILITIES, 8, cl.out(8), None, known=known)
    cl.clEnqueueNativeKernel(session.queue, None, None, 0, 0, None, None, 0, None, None, known=known)


def shared_memory(cl, session):
    known = "finer grains of shared virtual memory"
    cl.clGetDeviceInfo(session.device, CL.DEVICE_SVM_CAPABILITIES, 8, cl.out(8), None, known=known)
    cl.clSVMAlloc(session.context, CL.MEM_READ_WRITE | CL.MEM_SVM_FINE_GRAIN_BUFFER, 64, 0, known=known)


def other_apis(cl, session):
    known = "memory shared with GL"
    cl.clEnqueueAcquireGLObjects(session.queue, 0, None, 0, None, None, known=known)
    cl.clEnqueueReleaseGLObjects(session.queue, 0, None, 0, None, None, known=known)
    cl.clGetGLContextInfoKHR([CL.CONTEXT_PLATFORM, session.platform, 0], 0x2007, 8, cl.out(8), cl.out(8),
                             known=known)


def run(cl):
    session = Session(cl)
    native_kernels(cl, session)
    shared_memory(cl, session)
    other_apis(cl, session)
    session.close()
