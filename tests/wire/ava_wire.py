"""A small client of AvA, written from docs/wire-format.md alone: one thread, plain memory, no library
of AvA's. It shows that the page suffices; as a guest library it would be slow.

    with Client("/run/ava/ava.sock", "toy", wire_hash) as client:
        reply = client.channel(0).call(64, struct.pack("<Q", 0))

Python has no fences and no atomic read-modify-write. What that costs is said where it matters.
"""
import array
import ctypes
import mmap
import os
import platform
import select
import socket
import struct
import time

# --- The control socket
MAGIC = 0x43415641
HELLO, WELCOME, REFUSAL, GROW_CHANNELS, CHANNELS = 1, 2, 3, 4, 5
CONTROL_HEADER = struct.Struct("<4I")
HELLO_MESSAGE = struct.Struct("<4I 2I Q Q 2I 32s 32s")
WELCOME_MESSAGE = struct.Struct("<4I 2I Q Q Q")
REFUSAL_MESSAGE = struct.Struct("<4I 4I 224s")
GROW_CHANNELS_MESSAGE = struct.Struct("<4I 2I")
CHANNELS_MESSAGE = struct.Struct("<4I 2I")
LAYOUT_VERSION = 1

# --- The region
REGION_MAGIC = b"\0AVARGN1"
SESSION_END = 128  # u32
PENDING = 192  # 16 x u64
CHANNEL_OFFSET = 172032
CHANNEL_STRIDE = 200704
ARENA_OFFSET = 205692928

# --- A channel
TAIL, HEAD, CONSUMER_PARKED, PRODUCER_PARKED = 0, 64, 128, 192  # of its RingControl, at 0
REPLY_CONTROL = 256
COMPLETION, REPLY_SIZE, GUEST_PARKED, EXECUTED = 0, 8, 64, 128  # of its ReplyControl
RING_BYTES = 4096
RING_CAPACITY = 131072
REPLY_BYTES = 135168
REPLY_CAPACITY = 65536

# --- Requests
RECORD_HEADER = struct.Struct("<2I")
FRAME_HEADER = struct.Struct("<H B B 2H 2I Q Q")
DEPENDENCY = struct.Struct("<2I Q")
BULK = struct.Struct("<Q Q 2I")
WANTS_REPLY = 1
FIRST_API_FUNCTION = 64
SPACE_NONE, SPACE_REPLY, SPACE_ARENA, SPACE_SPILL = 0, 1, 2, 3

OUTCOMES = {1: "lost", 2: "refused", 3: "exhausted", 4: "invalid-id", 5: "unsupported"}
ERRORS = ("ok would-block closed timed-out exhausted index-jump frame-too-large frame-too-small "
          "bad-function bad-frame bad-body bad-reference bad-id bad-dependency bad-argument "
          "bad-message version-mismatch unknown-api permission not-found system server-died "
          "shutdown client-gone").split()

PATIENCE = 20  # seconds until a call that is not answered counts as a failure


class Refused(Exception):
    """The router's Refusal, or a call that a check refused or that failed below the API."""

    def __init__(self, reason, text="", detail=0):
        super().__init__(f"{reason}: {text}" if text else reason)
        self.reason = reason
        self.text = text
        self.detail = detail


class SessionEnded(Exception):
    """The session is over; the reason is one of ERRORS."""


def padded(size):
    """Bytes that a record with `size` bytes of payload takes in a ring."""
    return (RECORD_HEADER.size + size + 7) & ~7


def encode_hello(api, wire_hash, program, version=LAYOUT_VERSION, pid=None):
    return HELLO_MESSAGE.pack(MAGIC, HELLO, HELLO_MESSAGE.size, 0, version, version, 0, wire_hash,
                              os.getpid() if pid is None else pid, 0, api.encode(),
                              program.encode()[:31])


def encode_request(body, flags=0, dependencies=()):
    """The payload of a request's record; `dependencies` are (channel, position) pairs."""
    return b"".join([FRAME_HEADER.pack(flags, len(dependencies), 0, 0, 0, len(body), 0, 0, 0),
                     *[DEPENDENCY.pack(channel, 0, at) for channel, at in dependencies], body])


class Futex:
    """FUTEX_WAIT on a word of the region; the words are shared, so not the private kind."""
    _libc = ctypes.CDLL(None, use_errno=True)
    _number = {"x86_64": 202, "aarch64": 98, "riscv64": 98}[platform.machine()]
    _WAIT = 0

    class _Timespec(ctypes.Structure):
        _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

    @classmethod
    def wait(cls, address, value, milliseconds):
        limit = cls._Timespec(0, milliseconds * 1_000_000)
        cls._libc.syscall(ctypes.c_long(cls._number), ctypes.c_void_p(address), cls._WAIT,
                          ctypes.c_uint32(value), ctypes.byref(limit), None, 0)


class Region:
    """The mapping. Words are read and written through typed views: one machine access each."""

    def __init__(self, descriptor, size):
        self._map = mmap.mmap(descriptor, size)
        self.bytes = memoryview(self._map)
        self._u64 = self.bytes.cast("Q")
        self._u32 = self.bytes.cast("I")
        self._anchor = ctypes.c_char.from_buffer(self._map)
        self._address = ctypes.addressof(self._anchor)
        self.size = size

    def close(self):
        del self._anchor
        for view in (self._u64, self._u32, self.bytes):
            view.release()
        self._map.close()

    def u64(self, offset):
        return self._u64[offset // 8]

    def set_u64(self, offset, value):
        self._u64[offset // 8] = value

    def u32(self, offset):
        return self._u32[offset // 4]

    def set_u32(self, offset, value):
        self._u32[offset // 4] = value

    def sleep_on(self, offset, condition):
        """Announce, look again, sleep. Without a fence between the first two a wake may be lost:
        so the sleep is short, and the caller looks again."""
        self.set_u32(offset, 1)
        if not condition():
            Futex.wait(self._address + offset, 1, milliseconds=5)
        self.set_u32(offset, 0)


class Channel:
    """One channel of a session, for one thread."""

    def __init__(self, client, number):
        self._client = client
        self._region = client.region
        self._base = CHANNEL_OFFSET + number * CHANNEL_STRIDE
        self.number = number
        self.tail = 0  # ours; the shared copy is only written

    @property
    def executed(self):
        return self._region.u64(self._base + REPLY_CONTROL + EXECUTED)

    def post(self, function, body, flags=0, dependencies=(), wake=True):
        """Publishes a request. Returns its position."""
        payload = encode_request(body, flags, dependencies)
        length = padded(len(payload))
        self._await_room(length)
        record = RECORD_HEADER.pack(len(payload), function) + payload
        at = self.tail % RING_CAPACITY
        first = min(len(record), RING_CAPACITY - at)
        ring = self._base + RING_BYTES
        self._region.bytes[ring + at:ring + at + first] = record[:first]
        self._region.bytes[ring:ring + len(record) - first] = record[first:]
        self.tail += length
        # A release store: on x86 every store is one. Elsewhere Python would need a fence here.
        self._region.set_u64(self._base + TAIL, self.tail)
        self.notify(wake)
        return self.tail

    def notify(self, wake):
        # Without a fence the word may be read too early, as the 0 of a router that is just going to
        # sleep. So a call that must be executed sets the bit and rings in any case.
        if not wake and self._region.u32(self._base + CONSUMER_PARKED) == 0:
            return
        # Not atomic, but this thread is the only one that sets bits, and a bit set in vain is
        # harmless.
        word = PENDING + self.number // 64 * 8
        self._region.set_u64(word, self._region.u64(word) | 1 << self.number % 64)
        if wake:
            self._client.ring()

    def call(self, function, body, dependencies=()):
        """Publishes a request and returns the bytes of its reply."""
        position = self.post(function, body, WANTS_REPLY, dependencies)
        completion = self._base + REPLY_CONTROL + COMPLETION
        generation = position & 0xffffffff

        def replied():
            return self._region.u64(completion) & 0xffffffff == generation

        self._wait(self._base + REPLY_CONTROL + GUEST_PARKED, replied)
        status = self._region.u64(completion) >> 32
        if status & 0x80000000:
            raise Refused(OUTCOMES[status & 0xff], detail=status >> 8 & 0xffff)
        size = self._region.u32(self._base + REPLY_CONTROL + REPLY_SIZE)
        reply = self._base + REPLY_BYTES
        return bytes(self._region.bytes[reply:reply + size])

    def _await_room(self, length):
        def room():
            head = self._region.u64(self._base + HEAD)
            return self.tail - head + length <= RING_CAPACITY

        if not room():
            self.notify(wake=True)
            self._wait(self._base + PRODUCER_PARKED, room)

    def _wait(self, word, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self._client.check()
            if time.monotonic() > deadline:
                raise TimeoutError("no answer, and the session has not ended")
            self._region.sleep_on(word, lambda: condition() or self._client.ended())


class Client:
    """A session."""

    def __init__(self, path, api, wire_hash, program="ava_wire.py", version=LAYOUT_VERSION):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(PATIENCE)
        self._socket.connect(str(path))
        self._socket.send(encode_hello(api, wire_hash, program, version))
        packet, descriptors = self._receive()
        if CONTROL_HEADER.unpack_from(packet)[1] == REFUSAL:
            *_, error, _, _, _, text = REFUSAL_MESSAGE.unpack(packet)
            self._socket.close()
            raise Refused(ERRORS[error], text.split(b"\0")[0].decode())
        (magic, kind, size, _, self.layout_version, self.channels, _, region_size,
         self.session) = WELCOME_MESSAGE.unpack(packet)
        assert (magic, kind, size) == (MAGIC, WELCOME, WELCOME_MESSAGE.size)
        region, self._doorbell = descriptors
        self.region = Region(region, region_size)
        os.close(region)
        assert self.region.bytes[:8] == REGION_MAGIC

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        os.close(self._doorbell)
        self.region.close()

    def channel(self, number):
        return Channel(self, number)

    def grow_channels(self, count):
        """Asks for `count` channels in all. Returns (how many there are, error's name)."""
        self._socket.send(GROW_CHANNELS_MESSAGE.pack(MAGIC, GROW_CHANNELS,
                                                     GROW_CHANNELS_MESSAGE.size, 0, count, 0))
        packet, _ = self._receive()
        *_, self.channels, error = CHANNELS_MESSAGE.unpack(packet)
        return self.channels, ERRORS[error]

    def arena(self, offset, size):
        """Bytes of the arena. Which of them are free is for the caller to know."""
        return self.region.bytes[ARENA_OFFSET + offset:ARENA_OFFSET + offset + size]

    def ring(self):
        os.write(self._doorbell, struct.pack("<Q", 1))

    def ended(self):
        return self.region.u32(SESSION_END) != 0

    def check(self):
        """Raises where the session has ended: told by the word, or by the closed socket."""
        if self.ended():
            raise SessionEnded(ERRORS[self.region.u32(SESSION_END)])
        if select.select([self._socket], [], [], 0)[0] and self._socket.recv(1) == b"":
            raise SessionEnded("closed")

    def await_end(self):
        """Returns why the session ended, once the router has closed the socket."""
        while self._socket.recv(65536):
            pass
        return ERRORS[self.region.u32(SESSION_END)]

    def _receive(self):
        packet, ancillary, *_ = self._socket.recvmsg(1024, socket.CMSG_SPACE(2 * 4))
        if not packet:
            raise SessionEnded("closed")
        descriptors = array.array("i")
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                descriptors.frombytes(data[:len(data) // 4 * 4])
        return packet, list(descriptors)
