"""Chapter 5.6: shared virtual memory, coarse-grained: maps, copies, fills, kernels, lists, frees."""
from _opencl import CL, Session, ints, word

READ, WRITE = CL.MAP_READ, CL.MAP_WRITE
SOURCE = """
kernel void add(global int* values, int n) { values[get_global_id(0)] += n; }
kernel void sum(global long* list, global long* result) {
  *result = 0;
  for (; list; list = (global long*)list[0]) *result += list[1]++;
}
"""


class Memory:
    """Shared memory of a session, and what is done with it."""

    def __init__(self, cl, session):
        self._cl = cl
        self._session = session
        self._queue = session.queue

    def get(self, size, flags=CL.MEM_READ_WRITE, alignment=0):
        return self._cl.clSVMAlloc(self._session.context, flags, size, alignment)

    def free(self, memory):
        self._cl.clSVMFree(self._session.context, memory)

    def map(self, memory, flags, size, blocking=1, waits=None, event=None, **more):
        look = {"map": size, "at": 3} if blocking else {}
        return self._cl.clEnqueueSVMMap(self._queue, blocking, flags, memory, size,
                                        len(waits) if waits else 0, waits, event, **look, **more)

    def unmap(self, memory, waits=None, event=None):
        return self._cl.clEnqueueSVMUnmap(self._queue, memory, len(waits) if waits else 0, waits,
                                          event)

    def copy(self, target, source, size, blocking=1, event=None):
        return self._cl.clEnqueueSVMMemcpy(self._queue, blocking, target, source, size, 0, None, event,
                                           **({"now": True} if blocking else {}))

    def fill(self, memory, pattern, size, event=None):
        return self._cl.clEnqueueSVMMemFill(self._queue, memory, pattern, len(pattern), size, 0, None,
                                            event)

    def show(self, memory, size):
        """As the device has it: read, and mapped."""
        self.copy(self._cl.out(size), memory, size)
        self.map(memory, READ, size)
        self.unmap(memory)


def maps(cl, session, memory):
    one = memory.get(256)
    memory.copy(one, bytes(range(256)), 256)
    memory.show(one, 256)
    for flags in (READ, WRITE, READ | WRITE):
        memory.map(one, flags, 256, **({} if flags == READ else {"poke": flags}))
        memory.unmap(one)
        memory.show(one, 256)
    memory.fill(one, b"\1\2\3\4", 256)
    # Parts, at once, ended in another order.
    memory.map(one + 16, READ | WRITE, 16, poke=0x55)
    memory.map(one + 64, READ | WRITE, 32, poke=0x66)
    memory.unmap(one + 64)
    memory.unmap(one + 16)
    memory.show(one, 256)
    # Once the event says so.
    gate = cl.clCreateUserEvent(session.context, cl.out(4))
    mapped = memory.map(one, READ | WRITE, 64, blocking=0, waits=[gate], event=cl.out(8))
    cl.clSetUserEventStatus(gate, 0)
    event = mapped[7, 0]
    cl.clWaitForEvents(1, [event])
    cl.clGetEventInfo(event, CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
    cl.clGetEventInfo(event, CL.EVENT_COMMAND_EXECUTION_STATUS, 4, cl.out(4), None)
    unmapped = memory.unmap(one, waits=[event], event=cl.out(8))
    cl.clGetEventInfo(unmapped[4, 0], CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
    memory.unmap(one + 8)  # where nothing is mapped
    memory.map(None, READ, 16)
    memory.map(one, READ, 0)
    memory.unmap(None)
    cl.clEnqueueSVMMap(None, 1, READ, one, 16, 0, None, None)
    cl.clEnqueueSVMUnmap(None, one, 0, None, None)
    memory.free(one)
    memory.free(None)


def copies(cl, session, memory):
    one, two = memory.get(4096), memory.get(4096, alignment=128)
    memory.copy(one, bytes(range(256)) * 16, 4096)
    for blocking in (1, 0):
        memory.copy(two, one, 4096, blocking)
        memory.copy(two + 5, one + 100, 77, blocking)
        memory.copy(one, one + 2048, 1024, blocking)
        memory.copy(cl.out(300), two, 300, blocking)
        memory.copy(cl.out(64), bytes(range(64)), 64, blocking)  # neither is shared
        copied = memory.copy(two + 1000, b"\7" * 500, 500, blocking, cl.out(8))
        cl.clGetEventInfo(copied[7, 0], CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
        memory.show(two, 4096)
    memory.copy(one, one + 4, 16)  # they overlap
    memory.copy(one, two, 0)
    memory.copy(None, one, 16)
    memory.copy(one, None, 16)
    for pattern, size in ((b"\x5a", 4096), (b"\1\2", 64), (bytes(range(16)), 4096), (bytes(128), 256),
                          (b"\1\2\3", 6), (b"\1\2\3\4", 6), (b"\1\2", 0), (b"\1" * 256, 256)):
        memory.fill(one, pattern, size)
        memory.show(one, 4096)
    memory.fill(one + 1, b"\1\2", 2)
    memory.fill(None, b"\1", 16)
    queue = session.queue
    for pointers, sizes in (([one, two], None), ([one, two], [0, 16]), ([one + 16], [16])):
        cl.clEnqueueSVMMigrateMem(queue, len(pointers), pointers, sizes, 0, 0, None, None)
    cl.clEnqueueSVMMigrateMem(queue, 1, [one], None, CL.MIGRATE_MEM_OBJECT_HOST, 0, None, cl.out(8))
    cl.clEnqueueSVMMigrateMem(queue, 0, [one], None, 0, 0, None, None)
    cl.clEnqueueSVMMigrateMem(queue, 1, None, None, 0, 0, None, None)
    memory.show(one, 4096)
    memory.free(two)
    memory.free(one)


def kernels(cl, session, memory):
    program = session.program(SOURCE, "-cl-std=CL2.0")
    add, total = session.kernel(program, "add"), session.kernel(program, "sum")
    values = memory.get(256)
    memory.fill(values, ints(7), 256)
    for at, count in ((values, 64), (values + 32, 8)):
        cl.clSetKernelArgSVMPointer(add, 0, at)
        cl.clSetKernelArg(add, 1, 4, ints(100))
        session.launch(add, count)
        memory.show(values, 256)
    # The arguments of a clone are those of the kernel.
    clone = cl.clCloneKernel(add, cl.out(4))
    session.launch(clone, 8)
    memory.show(values, 256)
    # A list: each element's first word is the address of the next.
    nodes = [memory.get(16) for _ in range(5)]
    for node, following in zip(nodes, nodes[1:] + [None]):
        memory.copy(node, [following, 11], 16)
    result = memory.get(8)
    cl.clSetKernelArgSVMPointer(total, 0, nodes[0])
    cl.clSetKernelArgSVMPointer(total, 1, result)
    cl.clSetKernelExecInfo(total, CL.KERNEL_EXEC_INFO_SVM_PTRS, 8 * len(nodes), nodes)
    session.launch(total)
    session.launch(total)
    memory.show(result, 8)
    for node in nodes:
        memory.copy(cl.out(8), node + 8, 8)
        memory.copy(cl.out(8), node, 8)  # the address of the next
    for index in (1, 2, 99):
        cl.clSetKernelArgSVMPointer(add, index, values)
    cl.clSetKernelArgSVMPointer(add, 0, None)
    cl.clSetKernelArgSVMPointer(None, 0, values)
    cl.clSetKernelExecInfo(None, CL.KERNEL_EXEC_INFO_SVM_PTRS, 8, [values])
    for each in [*nodes, result, values]:
        memory.free(each)
    for each in (add, total, clone):
        cl.clReleaseKernel(each)
    cl.clReleaseProgram(program)


def frees(cl, session, memory):
    for callback in (None, cl.callback):
        several = [memory.get(64), memory.get(65536), memory.get(1 << 20)]
        freed = cl.clEnqueueSVMFree(session.queue, 3, several, callback and callback(), 42, 0, None,
                                    cl.out(8))
        cl.clWaitForEvents(1, [freed[7, 0]])
        cl.clGetEventInfo(freed[7, 0], CL.EVENT_COMMAND_TYPE, 4, cl.out(4), None)
        if callback:
            for each in several:
                memory.free(each)
    one = memory.get(64)
    cl.clEnqueueSVMFree(session.queue, 0, [one], None, 0, 0, None, None)
    cl.clEnqueueSVMFree(session.queue, 1, None, None, 0, 0, None, None)
    cl.clEnqueueSVMFree(None, 1, [one], None, 0, 0, None, None)
    memory.free(one)
    # Freed after what comes before it in the queue.
    one = memory.get(4096)
    memory.fill(one, b"\x77", 4096)
    memory.copy(cl.out(4096), one, 4096, blocking=0)
    cl.clEnqueueSVMFree(session.queue, 1, [one], None, 0, 0, None, None)
    cl.clFinish(session.queue)


def allocations(cl, session, memory):
    for size, alignment in ((0, 0), (1, 1), (100, 64), (100, 3), (100, 4096), (1 << 62, 0)):
        one = memory.get(size, alignment=alignment)
        memory.free(one)
    cl.clSVMAlloc(None, 0, 64, 0)
    for flags in (0, CL.MEM_READ_ONLY, CL.MEM_WRITE_ONLY):
        one = memory.get(64, flags)
        memory.fill(one, word(flags), 64)
        memory.show(one, 64)
        memory.free(one)


def run(cl):
    session = Session(cl)
    memory = Memory(cl, session)
    for part in (allocations, maps, copies, kernels, frees):
        part(cl, session, memory)
    session.close()
