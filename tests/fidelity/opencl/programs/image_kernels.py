"""Chapter 5.3 and 6.12.14: images in kernels, read and written, and as arguments."""
from _opencl import CL, Session, ints, word

SOURCE = """
__constant sampler_t exact = CLK_NORMALIZED_COORDS_FALSE | CLK_ADDRESS_CLAMP | CLK_FILTER_NEAREST;
__kernel void turn(__read_only image2d_t from, __write_only image2d_t to) {
  int2 at = (int2)(get_global_id(0), get_global_id(1));
  write_imageui(to, (int2)(at.y, at.x), read_imageui(from, exact, at));
}
__kernel void shape(__read_only image3d_t image, __global int *to) {
  to[0] = get_image_width(image);
  to[1] = get_image_height(image);
  to[2] = get_image_depth(image);
  to[3] = get_image_channel_order(image);
  to[4] = get_image_channel_data_type(image);
}
"""


def run(cl):
    session = Session(cl)
    error = cl.out(4)
    program = session.program(SOURCE)
    pixel = ints(CL.RGBA, CL.UNSIGNED_INT8)
    square = [CL.MEM_OBJECT_IMAGE2D, 4, 4, 0, 0, 0, 0, 0, 0]
    source = cl.clCreateImage(session.context, CL.MEM_READ_ONLY | CL.MEM_COPY_HOST_PTR, pixel, square,
                              bytes(range(64)), error)
    target = cl.clCreateImage(session.context, CL.MEM_WRITE_ONLY, pixel, square, None, error)
    solid = cl.clCreateImage(session.context, CL.MEM_READ_ONLY, pixel,
                             [CL.MEM_OBJECT_IMAGE3D, 4, 3, 2, 0, 0, 0, 0, 0], None, error)
    buffer = session.buffer(bytes(64))
    turn = session.kernel(program, "turn")
    shape = session.kernel(program, "shape")

    def launch(kernel, *size):
        cl.clEnqueueNDRangeKernel(session.queue, kernel, len(size), None, list(size), None, 0, None, None)

    launch(turn, 4, 4)  # no arguments yet
    cl.clSetKernelArg(turn, 0, 8, [source])
    launch(turn, 4, 4)
    for size, value in ((4, [source]), (16, [source]), (0, None), (8, None), (8, [0])):
        cl.clSetKernelArg(turn, 0, size, value)
    cl.clSetKernelArg(turn, 0, 8, [source])
    cl.clSetKernelArg(turn, 1, 8, [target])
    for size in ((4, 4), (2, 4), (4, 1)):
        cl.clEnqueueFillImage(session.queue, target, ints(9, 9, 9, 9), [0, 0, 0], [4, 4, 1], 0, None,
                              None)
        launch(turn, *size)
        cl.clEnqueueReadImage(session.queue, target, 1, [0, 0, 0], [4, 4, 1], 0, 0, cl.out(64), 0, None,
                              None, now=True)
    cl.clSetKernelArg(shape, 0, 8, [solid])
    cl.clSetKernelArg(shape, 1, 8, [buffer])
    launch(shape, 1)
    session.show(buffer, 64)
    # Released while they are arguments: the kernel's launch was before.
    launch(turn, 4, 4)
    cl.clReleaseMemObject(source)
    cl.clEnqueueReadImage(session.queue, target, 1, [0, 0, 0], [4, 4, 1], 0, 0, cl.out(64), 0, None, None,
                          now=True)
    cl.clSetKernelArg(turn, 2, 8, word(0))
    for each in (target, solid, buffer):
        cl.clReleaseMemObject(each)
    session.close()
