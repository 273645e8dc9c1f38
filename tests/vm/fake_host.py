"""A host that does what a test says, for tests of the kernel module alone: the memory of an ivshmem
device, its header, and the server that one QEMU connects to.

The numbers are those of src/transport/ivshmem_layout.h; a copy, so that a change of the layout
without a change of its version fails a test.
"""
import mmap
import os
import pathlib
import socket
import struct
import tempfile
import threading

import harness

MAGIC = 0x314D485356415641
HEADER = struct.Struct("<QIIQQIIIIQQQQII")
CLEANED = 256
LEASES = 4096
MIB = 1 << 20
SIZE = 16 * MIB
VECTORS = 3  # of the device
END_OFFSET = 8192 + 64
END_VALUE = 77


class FakeHost:
    """A device's memory, and its doorbells; ends with the `with` block."""

    def __enter__(self):
        self._descriptor = os.memfd_create("fake host")
        os.ftruncate(self._descriptor, SIZE)
        self._memory = mmap.mmap(self._descriptor, SIZE)
        self._rung = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(VECTORS)]
        self._ring = [os.eventfd(0, os.EFD_NONBLOCK) for _ in range(VECTORS)]
        self._folder = tempfile.TemporaryDirectory(prefix="ava-")
        path = pathlib.Path(self._folder.name, "vm.sock")
        self.device = ["-chardev", f"socket,id=host,path={path}",
                       "-device", f"ivshmem-doorbell,chardev=host,vectors={VECTORS},addr=10"]
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen(1)
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        self._folder.cleanup()

    def _serve(self):
        """QEMU's protocol: version, the guest's number, the memory; then our doorbells, as those of
        peer 1, and the guest's own."""
        self._connection, _ = self._listener.accept()
        self._send(0)
        self._send(0)
        self._send(-1, self._descriptor)
        for descriptor in self._rung:
            self._send(1, descriptor)
        for descriptor in self._ring:
            self._send(0, descriptor)

    def _send(self, number, *descriptors):
        socket.send_fds(self._connection, [struct.pack("<q", number)], descriptors)

    def prepare(self, slices=2, vectors=VECTORS, leases=(), **changes):
        """A memory as a host makes it, but for the header's fields in `changes`."""
        self._memory[:] = bytes(SIZE)
        fields = {"magic": MAGIC, "version": 1, "version_min": 1, "size": SIZE, "instance": 1,
                  "slices": slices, "vectors": vectors, "host_peer": 1, "reserved": 0,
                  "slice_offset": 2 * MIB, "slice_size": 2 * MIB, "region_offset": 8192,
                  "end_offset": END_OFFSET, "end_value": END_VALUE, "reserved2": 0}
        fields.update(changes)
        self._memory[:HEADER.size] = HEADER.pack(*fields.values())
        for number, lease in enumerate(leases):
            self.word(LEASES + 4 * number, lease)
        for vector in range(VECTORS):
            self.rung(vector)

    def word(self, offset, value=None):
        """A 32-bit word of the memory, set first if there is a value."""
        if value is not None:
            self._memory[offset:offset + 4] = struct.pack("<I", value)
        return struct.unpack("<I", self._memory[offset:offset + 4])[0]

    def slice(self, number):
        """Where a slice begins."""
        return (2 + 2 * number) * MIB

    def lease(self, number):
        return self.word(LEASES + 4 * number)

    def clean(self, number):
        """What the host does with a slice that came back."""
        self._memory[self.slice(number):self.slice(number + 1)] = bytes(2 * MIB)
        self.word(CLEANED + 4 * number, self.lease(number))

    def rung(self, vector):
        """How often the guest has rung since this was asked."""
        try:
            return os.eventfd_read(self._rung[vector])
        except BlockingIOError:
            return 0

    def wait(self, vector):
        """Returns once the guest has rung."""
        harness.eventually(lambda: self.rung(vector))

    def ring(self, vector):
        os.eventfd_write(self._ring[vector], 1)
