"""The same sequences natively and through AvA: executors, the comparison, the reduction of what
differs."""
import collections
import json
import os
import select
import subprocess
import sys
import tempfile
import typing

import executor

# What takes longer hangs; a native sequence that does is discarded, so that little is lost by giving
# up early.
PATIENCE = 20  # seconds
NATIVE_PATIENCE = 5

CRASHED = "crashed"
HUNG = "hung"
UNSTABLE = "did not do the same twice"
DISCARDED = (CRASHED, HUNG, UNSTABLE)


class Executor:
    """An executor process, started when it is needed, anew after a crash or every so many sequences:
    native libraries may leak what a sequence leaves behind."""

    LIFETIME = 100

    def __init__(self, command, environment, warm_up, patience=PATIENCE):
        """`warm_up`: a sequence that each process starts with, before any that has threads.
        `patience`: seconds that a sequence may take; a program may always take PATIENCE."""
        self._patience = patience
        self._command = command
        self._warm_up = warm_up
        self._environment = environment
        self._process = None
        self._ran = 0
        # Standard error of a native library is the server's through AvA, so it is not compared.
        self._complaints = tempfile.TemporaryFile()  # pylint: disable=consider-using-with

    def complaints(self):
        """The end of what its processes wrote to standard error."""
        file = self._complaints.fileno()
        begin = max(os.fstat(file).st_size - 2000, 0)
        return os.pread(file, 2000, begin).decode(errors="replace")

    def _start(self):
        records, records_end = os.pipe()
        self._process = subprocess.Popen(
            [*map(str, self._command), str(records_end)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self._complaints, env=self._environment,
            pass_fds=[records_end])
        os.close(records_end)
        os.set_blocking(records, False)
        os.set_blocking(self._process.stdout.fileno(), False)
        self._records = records
        self._ran = 0
        self._text = b""
        self.printed = b""

    def stop(self):
        if self._process is None:
            return
        self._process.kill()
        self._process.communicate()
        os.close(self._records)
        self._process = None

    def run(self, sequence):
        """The sequence's record; CRASHED or HUNG. `printed` is what the process printed meanwhile."""
        if self._process is not None and self._ran >= self.LIFETIME:
            self.stop()
        if self._process is None:
            self._start()
            if self._exchange(self._warm_up) in (CRASHED, HUNG):
                raise AssertionError(f"an executor does not start:\n{self.complaints()}")
        return self._exchange(sequence)

    def _exchange(self, sequence):
        self._ran += 1
        self.printed = b""
        try:
            self._process.stdin.write(json.dumps(sequence).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            pass
        outcome = self._await_record(PATIENCE if "program" in sequence else self._patience)
        if outcome in (CRASHED, HUNG):
            self.stop()
        return outcome

    def _await_record(self, patience):
        output = self._process.stdout.fileno()
        poll = select.poll()
        poll.register(self._records, select.POLLIN)
        poll.register(output, select.POLLIN)
        while True:
            ready = poll.poll(patience * 1000)
            if not ready:
                return HUNG
            # What was printed before the record belongs to it, so it is read first.
            self._drain(output, poll)
            if any(descriptor == self._records for descriptor, _ in ready):
                try:
                    data = os.read(self._records, 1 << 20)
                except BlockingIOError:
                    continue
                if not data:
                    return CRASHED
                self._text += data
                if self._text.endswith(b"\n"):
                    record = json.loads(self._text)
                    self._text = b""
                    self._drain(output, poll)
                    return record

    def _drain(self, output, poll):
        try:
            while data := os.read(output, 1 << 20):
                self.printed += data
            poll.unregister(output)  # its end
        except BlockingIOError:
            pass
        except (KeyError, ValueError):
            pass


class Comparison:
    """Runs sequences on both sides and counts what became of them."""

    RUNS = 3  # of each side, where the first two differ

    def __init__(self, native, ava):
        self._native = native
        self._ava = ava
        self.counts = collections.Counter()  # "same", "records", and why sequences were discarded
        self.known = set()  # how calls are called that are known to differ, and did
        self.calls = collections.Counter()  # (function, whether it succeeded), where compared

    @staticmethod
    def _observe(side, sequence):
        record = side.run(sequence)
        if record in (CRASHED, HUNG):
            return record
        return _defined(record, sequence), side.printed.decode(errors="replace")

    def _native_run(self, sequence):
        """What natively happens: to the first call that is undefined, so that nothing is made of it."""
        threads = [ops[:_number(undefined)] if undefined else ops for ops, undefined in
                   zip(sequence["threads"], _undefined_of(sequence))]
        return self._observe(self._native, {**sequence, "threads": threads})

    def _ava_run(self, sequence, native):
        """What AvA does; it waits for as many callbacks as there were natively."""
        expected = {said[1]: len(said[3]) for said in native[0]
                    if said[0] == executor.THE_END and said[2] == "called back"}
        seen = self._observe(self._ava, {**sequence, "expected": expected})
        if sequence.get("undefined"):
            self._ava.stop()  # its server may have ended, after which there is nothing but errors
        return _but_for_the_known(native, seen)

    def differs(self, sequence):
        """None, or a Difference where the library natively does the same each time, and AvA did
        something else."""
        native = self._native_run(sequence)
        if native in (CRASHED, HUNG):
            # Perhaps for what sequences before it left behind.
            native = self._native_run(sequence)
        if native in (CRASHED, HUNG):
            self.counts[native] += 1
            return None
        ava = self._ava_run(sequence, native)
        if ava == native:
            self.counts["same"] += 1
            self.counts["records"] += len(native[0])
            self.known |= _known(native)
            self.calls.update((said[1], _succeeded(said)) for said in native[0]
                              if said[0] != executor.THE_END)
            return None
        if ava == HUNG and sequence.get("undefined") and self._observe(self._native, sequence) == HUNG:
            self.counts[HUNG] += 1  # behind what is undefined: the library would not have ended either
            return None
        # Which of several orders a library chose is nobody's fault: more runs, in new processes.
        natives = [native]
        avas = [ava]
        for _ in range(self.RUNS - 1):
            self._native.stop()
            natives.append(self._native_run(sequence))
        if any(each != native for each in natives):
            self.counts[UNSTABLE] += 1
            return None
        for _ in range(self.RUNS - 1):
            self._ava.stop()  # a session that a crash ended gives nothing but errors
            avas.append(self._ava_run(sequence, native))
        self._ava.stop()
        return Difference(native, ava, sum(each != native for each in avas), self.RUNS)

    def _still_differs(self, sequence):
        """The same in one run of each, for the reduction; nothing is counted."""
        native = self._native_run(sequence)
        if native in (CRASHED, HUNG):
            return None
        ava = self._ava_run(sequence, native)
        if ava in (native, HUNG):  # a part that hangs may be one without what it waits for
            return None
        self._ava.stop()
        return Difference(native, ava, 1, 1)

    def reduced(self, sequence, difference):
        """A part of a sequence that differs, none of whose calls can be left out, and how it does."""
        best = sequence, difference
        for thread, ops in enumerate(sequence["threads"]):
            if len(sequence["threads"]) > 1:
                fewer = {**sequence, "threads": [ops if i == thread else []
                                                 for i in range(len(sequence["threads"]))]}
                best = self._if_it_differs(fewer) or best
        # Halves of what is left, then quarters, down to single calls.
        places = _places(best[0])
        size = len(places)
        while size > 0:
            for begin in range(0, len(places), size):
                fewer = _without(best[0], places[begin:begin + size])
                if fewer != best[0]:
                    best = self._if_it_differs(fewer) or best
            places = _places(best[0])
            size = min(size // 2, len(places))
        return best

    def _if_it_differs(self, sequence):
        found = self._still_differs(sequence)
        return None if found is None else (sequence, found)


class Difference(typing.NamedTuple):
    """What both sides made of a sequence; AvA differed in `times` of its `runs`."""

    native: tuple
    ava: tuple
    times: int
    runs: int


def _but_for_the_known(native, ava):
    """What AvA did, with the native outcome of calls that are known to differ. One that does not is a
    difference, too: it is known wrongly."""
    if not isinstance(ava, tuple) or len(native[0]) != len(ava[0]):
        return ava
    record = []
    for left, right in zip(native[0], ava[0]):
        is_known = left[:2] == right[:2] and str(left[-1]).startswith(executor.KNOWN)
        record.append(right if not is_known else left if left != right else [*right, "is the same"])
    return record, ava[1]


def _known(outcome):
    """What the calls that are known to differ are called in an outcome."""
    return {said[-1].removeprefix(executor.KNOWN) for said in outcome[0]
            if str(said[-1]).startswith(executor.KNOWN)}


def _succeeded(said):
    """A call's result is an object, or no negative number: what errors are."""
    return said[2] != "null" and not (isinstance(said[2], int) and said[2] < 0)


def _number(label):
    return int(label.split("/", maxsplit=1)[1])


def _undefined_of(sequence):
    """For each thread the label of its first undefined call, or None."""
    found = {label.split("/", maxsplit=1)[0]: label for label in sequence.get("undefined", [])}
    return [found.get(f"t{thread}") for thread in range(len(sequence["threads"]))]


def _defined(record, sequence):
    """The part of a record whose calls have a defined meaning natively: none after a thread's first
    with a handle that is none. What comes then must end, no more."""
    firsts = dict(enumerate(_undefined_of(sequence)))

    def is_defined(said):
        is_call = said[0] != executor.THE_END
        label = said[0] if is_call else said[1]
        undefined = firsts.get(int(label[1:].split("/")[0])) if "/" in label else None
        return undefined is None or is_call and _number(label) < _number(undefined)

    return [said for said in record if is_defined(said)]


def _places(sequence):
    """Where its calls are, the last first: (thread, index). One that is bound goes with what it uses
    only."""
    return [(thread, at) for thread, ops in enumerate(sequence["threads"])
            for at, op in reversed(list(enumerate(ops))) if op is not None and "bound" not in op]


def _without(sequence, places):
    """Without some calls and those that use what they gave. They become null, so that labels stay as
    they are."""
    threads = []
    for thread, ops in enumerate(sequence["threads"]):
        left = [None if (thread, at) in places else op for at, op in enumerate(ops)]
        missing = {f"t{thread}/{at}" for at, op in enumerate(left) if op is None}
        for at, op in enumerate(left):
            if op is not None and any(each.split(".")[0] in missing for each in labels(op["a"])):
                left[at] = None
                missing.add(f"t{thread}/{at}")
        threads.append(left)
    return {**sequence, "threads": threads}


def labels(argument):
    """All labels of handles in an argument, or a list of arguments."""
    if isinstance(argument, list):
        return [label for each in argument for label in labels(each)]
    if not isinstance(argument, dict):
        return []
    return [argument["h"]] if "h" in argument else labels(argument.get("hs", []))


def first_difference(difference):
    """The lines around the first difference, for people."""
    native, ava = difference.native, difference.ava
    if isinstance(ava, str):
        return f"with AvA it {ava}"
    native, printed = native
    ava, ava_printed = ava
    if native == ava:
        return f"printed natively: {printed!r}\n  with AvA: {ava_printed!r}"
    for i, (left, right) in enumerate(zip(native, ava)):
        if left != right:
            return f"record {i}\n  natively: {left}\n  with AvA: {right}"
    return f"{len(native)} records natively, {len(ava)} with AvA"


def program_of(sequence, description):
    """A sequence as text, a call a line."""
    lines = []
    for thread, ops in enumerate(sequence["threads"]):
        for number, op in enumerate(ops):
            if op is None:
                continue
            names = [each["name"] for each in description.functions[op["f"]]["parameters"]]
            words = [f"{name}={_word(argument)}" for name, argument in zip(names, op["a"])]
            lines.append(f"t{thread}/{number}: {op['f']}({', '.join(words)})")
    return "\n".join(lines)


def _word(argument):
    if not isinstance(argument, dict):
        return str(argument)
    kind, value = next(iter(argument.items()))
    text = f"{value}"
    return {"h": "@", "hs": "@", "m": "out", "c": "callback "}.get(kind, "") + (
        text if len(text) < 60 else text[:57] + "...")


def say(*words):
    print(*words, file=sys.stderr, flush=True)
