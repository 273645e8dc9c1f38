"""An API called without knowing it: ctypes functions made of the description that avagen writes
(<api>.json), and a memory whose addresses are the same in every process."""
import ctypes
import json
import mmap
import pathlib

# Where programs' memory lies: the same in each process, so that addresses that an API gives back
# compare equal; far below what the kernel maps, and where sanitizers let an application have memory.
BASE = 0x7E90_0000_0000
LANES = 8  # threads, each of which has memory of its own: their order changes no addresses
SIZE = 64 << 20  # bytes of a lane
FILL = 0xA5

_INTEGERS = {
    (1, True): ctypes.c_int8, (1, False): ctypes.c_uint8,
    (2, True): ctypes.c_int16, (2, False): ctypes.c_uint16,
    (4, True): ctypes.c_int32, (4, False): ctypes.c_uint32,
    (8, True): ctypes.c_int64, (8, False): ctypes.c_uint64,
}


def c_type(description):
    """The ctypes type; None for void; KeyError for what is passed in no register (structs)."""
    kind = description["class"]
    if kind == "void":
        return None
    if kind == "pointer":
        return ctypes.c_void_p
    if kind == "float":
        return {4: ctypes.c_float, 8: ctypes.c_double}[description["size"]]
    if kind == "integer":
        return _INTEGERS[description["size"], description["signed"]]
    raise KeyError(kind)


class Description:
    """<api>.json."""

    def __init__(self, path):
        text = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
        self.api = text["api"]
        self.handles = text["handles"]
        self.callbacks = {each["name"]: each for each in text["callbacks"]}
        self.functions = {each["name"]: each for each in text["functions"]}

    def is_callable(self, name):
        """Whether ctypes can pass all of its parameters."""
        function = self.functions[name]
        try:
            c_type(function["result"])
            for parameter in function["parameters"]:
                c_type(parameter["type"])
        except KeyError:
            return False
        return True


class Library:
    """The functions of a shared library, by name; a missing one is an AttributeError."""

    def __init__(self, description, path, look_up=None):
        """`look_up(library, name)`: the address, or 0, of a function that it does not export."""
        self.description = description
        self._library = ctypes.CDLL(str(path))
        self._look_up = look_up
        self._functions = {}
        self._callback_types = {}

    def function(self, name):
        if name not in self._functions:
            description = self.description.functions[name]
            kind = ctypes.CFUNCTYPE(c_type(description["result"]),
                                    *(c_type(each["type"]) for each in description["parameters"]))
            self._functions[name] = kind(self._address(name))
        return self._functions[name]

    def offers(self, name):
        try:
            return bool(self._address(name))
        except AttributeError:
            return False

    def _address(self, name):
        exported = getattr(self._library, name, None)
        if exported is not None:
            return ctypes.cast(exported, ctypes.c_void_p).value
        address = self._look_up(self._library, name) if self._look_up else 0
        if not address:
            raise AttributeError(name)
        return address

    def callback(self, name, function):
        """`function(*parameters)` as a C function pointer; the caller keeps it alive."""
        if name not in self._callback_types:
            parameters = self.description.callbacks[name]["parameters"]
            self._callback_types[name] = ctypes.CFUNCTYPE(
                None, *(c_type(each["type"]) for each in parameters))
        return self._callback_types[name](function)


class Memory:
    """Memory at BASE, each lane handed out from its begin; `reset` makes it as new."""

    def __init__(self):
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mmap.restype = ctypes.c_void_p
        libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int,
                              ctypes.c_int, ctypes.c_long]
        fixed_noreplace = 0x100000
        at = libc.mmap(BASE, LANES * SIZE, mmap.PROT_READ | mmap.PROT_WRITE,
                       mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | fixed_noreplace, -1, 0)
        if at != BASE:
            raise OSError(ctypes.get_errno(), f"no memory at {BASE:#x}")
        self.reset()

    def take(self, size, lane):
        """The address of `size` bytes of FILL, at a multiple of 64; one thread for each lane."""
        at = self._used[lane]
        self._used[lane] += (size + 63) // 64 * 64 + 64  # 64 bytes that nobody owns, between
        if self._used[lane] > BASE + (lane + 1) * SIZE:
            raise MemoryError("the sequence uses more memory than there is")
        ctypes.memset(at, FILL, self._used[lane] - at)
        return at

    def reset(self):
        self._used = [BASE + lane * SIZE for lane in range(LANES)]


def read(address, size):
    return ctypes.string_at(address, size)


def write(address, data):
    ctypes.memmove(address, bytes(data), len(data))
