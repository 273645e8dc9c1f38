#!/usr/bin/python3
"""Runs sequences of API calls in this process, and says what an application could see of them.

    executor.py DESCRIPTION LIBRARY FOLDER            prints which functions the library offers
    executor.py DESCRIPTION LIBRARY FOLDER DESCRIPTOR

Reads a sequence a line (JSON) from standard input and writes its record, a line, to the descriptor:

    {"threads": [[OP, ...], ...], "expected": {LABEL: how often it is called back}}
    {"program": "buffers", ...}                FOLDER/programs/buffers.py, its run(machine)

FOLDER/look_up.py, if there is one, finds functions that the library does not export: its
address(library, name).

An OP is {"f": function, "a": [ARGUMENT, ...]} and, where the function maps memory, "map": the bytes
to look at, "at": the argument that is their address (else the result is), "poke": a byte to fill them
with; "now" where memory that may fill later has been filled when the call returns; "bound" where
a sequence would be undefined without it; "known" where it is known to differ, and how that is called
in docs/known-differences.md. An ARGUMENT is a number, null, or

    {"h": LABEL}      a handle (or address) that an earlier call gave; "plus": bytes to go on from it
    {"hs": [...]}     a list of those, numbers and nulls, and of {"b"} and {"s"}, which are pointed at
    {"m": SIZE}       memory for what comes out; its content is recorded, or, if it is "opaque", no more
                      than whether it was written to
    {"b": HEX}        bytes
    {"n": [...], "w": WIDTH}   integers of WIDTH bytes
    {"s": TEXT}       a C string;  {"ss": [...]} a list of those
    {"c": LABEL}      a function that records how it is called

LABEL is "t<thread>/<op>" for what a call returns and "t<thread>/<op>.<parameter>.<i>" for what it
writes, where <op> is the number of the call in its list.

Where "expected" is given, the end waits for that many callbacks, however late.

A record says of each call what it returned and what its memory holds afterwards, of memory that
fills later what it holds at the end, and which callbacks came. In it, handles go by their labels.
"""
import ctypes
import hashlib
import json
import pathlib
import struct
import sys
import threading
import time

import binding
import modules

# Seconds: the end is reached when no callback has come for this long, and none is expected, or it
# did not come for LATE.
QUIET = 0.03
LATE = 2
# What records begin with that belong to no call.
THE_END = "at the end"
# What the last word of a call begins with that is known to differ.
KNOWN = "known: "


class Unnamed:
    """A handle in a callback that has no label yet."""

    def __init__(self, value):
        self.value = value


class Machine:
    """The state of one sequence: which handles there are, what memory, what was called back."""

    def __init__(self, library, memory):
        self._library = library
        self._memory = memory
        self._lock = threading.Lock()
        self._thread = threading.local()
        self._kept = []  # what C has pointers to
        self._values = {}  # label: value
        self._labels = {}  # value: label
        self._later = []  # (op, parameter, address, size)
        self._called = {}  # label: [parameters, ...]
        self._last_call = 0.0

    # --- values in, values out ---

    def _lane(self):
        return getattr(self._thread, "number", 0)

    def _take(self, data):
        """A copy in the memory; lists may be read beyond their end, up to a page."""
        at = self._memory.take(max(len(data), 4096), self._lane())
        binding.write(at, data)
        return at

    def _word(self, item):
        if item is None:
            return 0
        if isinstance(item, dict):
            return self._argument(item, None, "")[0]
        return item % (1 << 64)

    def _argument(self, argument, parameter, where):
        """What to pass, and (address, size) of memory to look at afterwards."""
        if argument is None or isinstance(argument, (int, float)):
            return argument, None
        kind, value = next(iter(argument.items()))
        if kind == "h":
            given = self._values.get(value, 0)
            return given + argument.get("plus", 0) if given else given, None
        if kind == "m":
            at = self._memory.take(value, self._lane())
            return at, (at, value)
        if kind == "b":
            return self._take(bytes.fromhex(value)), None
        if kind == "n":
            width = argument["w"]
            data = b"".join((each % (1 << 8 * width)).to_bytes(width, "little") for each in value)
            return self._take(data), None
        if kind == "hs":
            return self._take(struct.pack(f"<{len(value)}Q", *map(self._word, value))), None
        if kind == "s":
            return self._take(value.encode() + b"\0"), None
        if kind == "ss":
            at = [self._take(each.encode() + b"\0") for each in value]
            return self._take(struct.pack(f"<{len(at)}Q", *at)), None
        if kind == "c":
            name = parameter["callback"]
            function = self._library.callback(
                name, lambda *parameters: self._on_callback(value, name, parameters))
            self._kept.append(function)
            return ctypes.cast(function, ctypes.c_void_p).value, None
        raise ValueError(f"{where}: an argument {argument!r}")

    def _rest(self, expected):
        """How long no callback must have come for the end."""
        awaited = any(len(self._called.get(label, [])) < count
                      for label, count in expected.items())
        return LATE if awaited else QUIET

    def _on_callback(self, label, name, parameters):
        seen = []
        for value, parameter in zip(parameters,
                                    self._library.description.callbacks[name]["parameters"]):
            if "handle" in parameter:
                # The call that gives this handle need not have returned yet: finish() asks again.
                seen.append(self._labels.get(value, Unnamed(value) if value else "null"))
            elif parameter["kind"] in ("number", "user data"):
                seen.append(value)
        with self._lock:
            self._called.setdefault(label, []).append(seen)
            self._last_call = time.monotonic()

    def _name(self, value, label, is_new):
        """A handle's label: what it was called first, unless it is a new object."""
        if not value:
            return "null"
        with self._lock:
            if is_new or value not in self._labels:
                # What every thread finds goes by the same label, whichever finds it first.
                self._labels[value] = label if is_new else label.split("/", maxsplit=1)[-1]
            self._values[label] = value
            return self._labels[value]

    def _content(self, address, size):
        """Bytes as text: words that are handles by label, runs of one byte as a count."""
        data = binding.read(address, size)
        text = []
        run = b""
        for at in range(0, len(data), 8):
            word = data[at:at + 8]
            label = self._labels.get(int.from_bytes(word, "little")) if len(word) == 8 else None
            if label is None:
                run += word
                continue
            text.append(_compact(run))
            text.append(f"<{label}>")
            run = b""
        text.append(_compact(run))
        return " ".join(filter(None, text))

    # --- calls ---

    def call(self, op, label, record):
        """Executes an OP and records it."""
        name = op["f"]
        description = self._library.description.functions[name]
        parameters = description["parameters"]
        values = []
        looked_at = []
        for index, (argument, parameter) in enumerate(zip(op["a"], parameters)):
            value, memory = self._argument(argument, parameter, label)
            values.append(value)
            if memory is not None:
                looked_at.append((index, *memory))
        try:
            function = self._library.function(name)
        except AttributeError:  # the other side may have it, and then differs
            record.append([label, name, "is not there"])
            return
        result = function(*values)
        said = [label, name]
        if any(f"result_{kind}" in description for kind in ("handle", "mapped", "memory")):
            said.append(self._name(result, label, True))
        elif description["result"]["class"] == "pointer":
            said.append("null" if not result else "an address")
        else:
            said.append(result)
        for index, at, size in looked_at:
            parameter = parameters[index]
            if "handle" in parameter:
                for i in range(size // 8):
                    value = int.from_bytes(binding.read(at + 8 * i, 8), "little")
                    if value != int.from_bytes(bytes([binding.FILL]) * 8, "little"):
                        self._name(value, f"{label}.{index}.{i}", parameter.get("allocates", False))
            if parameter.get("completes_later") and not op.get("now"):
                with self._lock:
                    self._later.append((label, index, at, size))
            else:
                content = self._content(at, size)
                if op["a"][index].get("opaque"):
                    content = "written" if "untouched" not in content[:13] else content
                said.append(f"{parameter['name']}: {content}")
        mapped = result if "at" not in op else values[op["at"]] if result == 0 else None
        if mapped and "map" in op:
            said.append("mapped: " + self._content(mapped, op["map"]))
            if "poke" in op:
                ctypes.memset(mapped, op["poke"], op["map"])
        if "known" in op:
            said.append(KNOWN + op["known"])
        record.append(said)

    def run(self, ops, thread, record):
        self._thread.number = thread
        for number, op in enumerate(ops):
            if op is not None:  # left out by the reduction
                self.call(op, f"t{thread}/{number}", record)

    def finish(self, expected, record):
        """Waits for the callbacks, and records them and what filled later."""
        begin = time.monotonic()
        while self._kept and time.monotonic() < max(begin, self._last_call) + self._rest(expected):
            time.sleep(QUIET / 10)
        for label, index, at, size in sorted(self._later):
            record.append([THE_END, label, f"parameter {index}", self._content(at, size)])
        for label in sorted(self._called):
            called = [[self._labels.get(each.value, "a handle") if isinstance(each, Unnamed) else each
                       for each in seen] for seen in self._called[label]]
            record.append([THE_END, label, "called back", called])


def _compact(data):
    """Hexadecimal; what is longer than a line by its length and a checksum; trailing FILL left out."""
    stripped = data.rstrip(bytes([binding.FILL]))
    if not data:
        return ""
    rest = len(data) - len(stripped)
    end = f" +{rest} untouched" if rest else ""
    if len(stripped) <= 64:
        return stripped.hex() + end
    return f"{len(stripped)} bytes {hashlib.sha256(stripped).hexdigest()[:16]}{end}"


def execute(library, memory, sequence):
    memory.reset()
    machine = Machine(library, memory)
    records = [[] for _ in sequence["threads"]]
    threads = [threading.Thread(target=machine.run, args=(ops, number, record))
               for number, (ops, record) in enumerate(zip(sequence["threads"], records))]
    if len(threads) == 1:
        machine.run(sequence["threads"][0], 0, records[0])
    else:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    record = [said for each in records for said in each]
    machine.finish(sequence.get("expected", {}), record)
    return record


class Program:
    """What a program of calls is written with: its methods are the API's functions."""

    def __init__(self, machine, description, record):
        self._machine = machine
        self._description = description
        self._record = record
        self._number = 0

    def __getattr__(self, name):
        if name not in self._description.functions:
            raise AttributeError(name)

        def call(*arguments, **more):
            label = str(self._number)
            self._number += 1
            self._machine.call({"f": name, "a": [_encoded(each) for each in arguments], **more},
                               label, self._record)
            return Given(label)
        return call

    @staticmethod
    def out(size):
        """Memory for what comes out."""
        return {"m": size}

    def callback(self):
        return {"c": f"{self._number}"}


class Given:
    """What a call gave: a handle itself, and, by [parameter, i], those that it wrote."""

    def __init__(self, label):
        self.argument = {"h": label}
        self._label = label

    def __add__(self, offset):
        given = Given(self._label)
        given.argument = {"h": self._label, "plus": offset}
        return given

    def __getitem__(self, key):
        parameter, i = key
        return Given(f"{self._label}.{parameter}.{i}")


def _encoded(argument):
    if isinstance(argument, Given):
        return argument.argument
    if isinstance(argument, str):
        return {"s": argument}
    if isinstance(argument, (bytes, bytearray)):
        return {"b": argument.hex()}
    if isinstance(argument, (list, tuple)):
        if argument and all(isinstance(each, str) for each in argument):
            return {"ss": list(argument)}
        return {"hs": [_encoded(each) for each in argument]}
    return argument


def execute_program(library, memory, path, sequence):
    memory.reset()
    machine = Machine(library, memory)
    record = []
    sys.path.insert(0, str(path.parent))
    modules.load(path).run(Program(machine, library.description, record))
    machine.finish(sequence.get("expected", {}), record)
    return record


def main():
    description = binding.Description(sys.argv[1])
    folder = pathlib.Path(sys.argv[3])
    looks_up = folder / "look_up.py"
    library = binding.Library(description, sys.argv[2],
                              modules.load(looks_up).address if looks_up.exists() else None)
    if len(sys.argv) == 4:
        print(*filter(library.offers, description.functions))
        return
    records = int(sys.argv[4])
    memory = binding.Memory()
    for line in sys.stdin:
        sequence = json.loads(line)
        if "program" in sequence:
            path = folder / "programs" / (sequence["program"] + ".py")
            record = execute_program(library, memory, path, sequence)
        else:
            record = execute(library, memory, sequence)
        # What the programs print goes to standard output, too: records have their own descriptor.
        with open(records, "w", encoding="utf-8", closefd=False) as file:
            file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
