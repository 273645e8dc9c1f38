"""Chapter 5.7: samplers. Every combination of their properties, info, use in a kernel."""
from _opencl import CL, Session, ask, floats, prefixed, word

SOURCE = """
__kernel void sample(__read_only image2d_t image, sampler_t how, __global float4 *to, float2 at) {
  to[0] = read_imagef(image, how, at);
}
"""


def run(cl):
    session = Session(cl)
    error = cl.out(4)
    image = cl.clCreateImage(session.context, CL.MEM_READ_ONLY | CL.MEM_COPY_HOST_PTR,
                             (CL.RGBA | CL.FLOAT << 32).to_bytes(8, "little"),
                             [CL.MEM_OBJECT_IMAGE2D, 2, 2, 0, 0, 0, 0, 0, 0],
                             floats(*range(16)), error)
    result = session.buffer(bytes(64))
    kernel = session.kernel(session.program(SOURCE), "sample")
    cl.clSetKernelArg(kernel, 0, 8, [image])
    cl.clSetKernelArg(kernel, 2, 8, [result])
    for normalized in (0, 1, 2):
        for addressing in (*prefixed("CL_ADDRESS_"), 0):
            for filtering in (CL.FILTER_NEAREST, CL.FILTER_LINEAR, 0):
                old = cl.clCreateSampler(session.context, normalized, addressing, filtering, error)
                new = cl.clCreateSamplerWithProperties(
                    session.context, [CL.SAMPLER_FILTER_MODE, filtering,
                                      CL.SAMPLER_NORMALIZED_COORDS, normalized,
                                      CL.SAMPLER_ADDRESSING_MODE, addressing, 0], error)
                for sampler in (old, new):
                    ask(cl, "clGetSamplerInfo", prefixed("CL_SAMPLER_"), sampler)
                    cl.clSetKernelArg(kernel, 1, 8, [sampler])
                    cl.clReleaseSampler(sampler)
    # PoCL samples these.
    for normalized, addressing in ((0, CL.ADDRESS_CLAMP), (0, CL.ADDRESS_CLAMP_TO_EDGE),
                                   (1, CL.ADDRESS_REPEAT)):
        sampler = cl.clCreateSampler(session.context, normalized, addressing, CL.FILTER_NEAREST, error)
        cl.clSetKernelArg(kernel, 1, 8, [sampler])
        for at in ((0, 0), (0.5, 0.5), (1.5, 0.5), (-1, 7)):
            cl.clSetKernelArg(kernel, 3, 8, floats(*at))
            session.launch(kernel)
            session.show(result, 16)
        cl.clReleaseSampler(sampler)
    for properties in (None, [0], [CL.SAMPLER_NORMALIZED_COORDS, 1, 0], [CL.SAMPLER_FILTER_MODE, 7, 0],
                       [CL.SAMPLER_NORMALIZED_COORDS, 1, CL.SAMPLER_NORMALIZED_COORDS, 0, 0],
                       [CL.SAMPLER_ADDRESSING_MODE, 0x7777, 0], [0x7777, 1, 0],
                       [CL.SAMPLER_MIP_FILTER_MODE, CL.FILTER_NEAREST, 0]):
        sampler = cl.clCreateSamplerWithProperties(session.context, properties, error)
        ask(cl, "clGetSamplerInfo", prefixed("CL_SAMPLER_"), sampler)
        cl.clRetainSampler(sampler)
        cl.clGetSamplerInfo(sampler, CL.SAMPLER_REFERENCE_COUNT, 4, cl.out(4), None)
        cl.clReleaseSampler(sampler)
        cl.clGetSamplerInfo(sampler, CL.SAMPLER_REFERENCE_COUNT, 4, cl.out(4), None)
        cl.clReleaseSampler(sampler)
    cl.clCreateSampler(None, 1, CL.ADDRESS_CLAMP, CL.FILTER_NEAREST, error)
    cl.clCreateSampler(session.context, 1, 0, 0, None)
    # Kernel arguments that are no samplers where one is asked for.
    for size, value in ((8, [image]), (8, [0]), (4, word(0)), (8, None), (16, word(1))):
        cl.clSetKernelArg(kernel, 1, size, value)
    cl.clReleaseMemObject(image)
    cl.clReleaseMemObject(result)
    session.close()
