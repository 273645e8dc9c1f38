"""Seeded random sequences of calls, valid and not, from an API's description and its hints.

Hints are a module; what it lacks has a default:

    setup()          OPs that every thread starts with: they make the objects that others need
    settle(live)     OPs at its end, given the live handles {type: [label, ...]}, and, as "memory",
                     what was allocated {label: bytes}: wait for all work, look at what is left
    numbers(function, parameter)   candidates for a number, or None: by its C type, or any
    types            {C type: candidates}
    texts(function, parameter)     candidates for strings and for bytes; an ARGUMENT is taken as it is
    weights          {function: how often}; 1 where nothing is said, 0 is never
    gates            {creator: opener(label) -> OP}: objects on which others may wait until opened
    blocks(op)       whether the OP waits for work, so that all gates must be open
    null_handles     how often a handle is null; 0.02 where nothing is said
    mend(op, made, dice)   the OP, changed where natively nothing would be defined, or None to leave it
                     out; `made` is {label: the OP that made it} of the live objects
    precedes(op, ops)  OPs that must come between a thread's OPs so far and this one
    follows(op, label)   OPs that must come right after it
    map_bytes(op)    how many bytes a function maps; map_writes(op): whether to write to them
    environments     {program of calls: {variable: value}} that the native library is to see, both natively
                     and in the server
    ends(op)         the arguments in which memory is that ends with it: where the specification
                     says so, if nobody says more
"""
import random
import re

import differential
import memory

GENERIC = [0, 1, 2, 3, 4, 8, 16, 64, 256]
EXTREME = [-1, 1 << 31, (1 << 32) - 1, 1 << 40, (1 << 63), (1 << 64) - 1]
SIZES = [0, 1, 2, 4, 8, 12, 16, 32, 64, 100, 256, 1024, 4096]
ROOM = 4096  # bytes behind each pointer


class Generator:
    """Sequences of one API."""

    def __init__(self, description, hints, favored=""):
        """Functions whose names contain `favored` come eight times as often."""
        self._description = description
        self._hints = hints
        weights = dict(getattr(hints, "weights", {}))
        for name in description.functions if favored else []:
            weights[name] = weights.get(name, 1) * (8 if favored in name else 1)
        self._names = []
        self._weights = []
        for name, function in description.functions.items():
            if function["covered"] and description.is_callable(name) and weights.get(name, 1) > 0:
                self._names.append(name)
                self._weights.append(weights.get(name, 1))

    def sequence(self, seed, length=24, threads=1):
        """The sequence of a seed: always the same one."""
        setup = self._hints.setup()
        return Sequence(self._description, self._hints, random.Random(seed)).make(
            setup, self._names, self._weights, length, threads)


def warm_up(hints):
    """What every sequence starts with, alone."""
    return Sequence(None, hints, None).only(hints.setup())


class Sequence:
    """One sequence in the making."""

    def __init__(self, description, hints, dice):
        self._description = description
        self._hints = hints
        self._dice = dice

    def make(self, setup, names, weights, length, threads):
        # Native libraries often crash when they are given a handle that is none: few sequences do it.
        self._wild = self._chance(0.15)
        self._nulls = getattr(self._hints, "null_handles", 0.02)
        parts = []
        undefined = []
        for thread in range(threads):
            self._begin(f"t{thread}/")
            for op in setup:
                self._append(self._own(op))
            for _ in range(length):
                op = self._op(self._dice.choices(names, weights)[0])
                if hasattr(self._hints, "mend"):
                    op = self._hints.mend(op, self._made(), self._dice)
                if op is None:
                    continue
                self._complete(op)
                if not self._wild and self._gives_up_the_last(op):
                    continue  # nothing but errors could come after it
                is_undefined = not self._undefined and self._is_undefined(op)
                if is_undefined or self._blocks(op):
                    self._open()  # natively the sequence may end here
                if is_undefined:
                    self._undefined = self._label()
                elif hasattr(self._hints, "precedes"):
                    self._precede(self._hints.precedes(op, self._ops))
                    # Nothing but waiting: the labels in `op` stay what they are.
                self._append(op)
            self._open()
            if hasattr(self._hints, "settle"):
                self._bind(self._hints.settle({**self._live, "memory": self._memory.live}))
            parts.append(self._ops)
            undefined += [self._undefined] if self._undefined else []
        return {"threads": parts, "undefined": undefined}

    def only(self, setup):
        self._prefix = "t0/"
        return {"threads": [self._own(setup)]}

    def _begin(self, prefix):
        self._prefix = prefix
        self._ops = []
        self._live = {handle: [] for handle in self._description.handles}
        self._dead = {handle: [] for handle in self._description.handles}
        self._makers = {}  # {label: the OP that made it}
        self._references = {}  # {label: how many the application holds}
        self._mapped, self._closed = [], []
        self._memory = memory.Memory(self._dice)
        self._undefined = ""

    def _made(self):
        live = {label for labels in self._live.values() for label in labels} | set(self._memory.live)
        return {label: op for label, op in self._makers.items() if label in live}

    def _label(self):
        return f"{self._prefix}{len(self._ops)}"

    def _append(self, op):
        label = self._label()
        self._ops.append(op)
        self._note(op, label)
        if hasattr(self._hints, "follows"):
            for each in self._hints.follows(op, label):
                if not self._undefined and self._is_undefined(each):
                    continue  # it names what is no more
                if hasattr(self._hints, "precedes"):
                    self._precede(self._hints.precedes(each, self._ops))
                self._append({**each, "bound": True})

    def _own(self, value):
        """Hints name what their setup makes by the number of its call: here, by this thread's."""
        if isinstance(value, dict):
            return {key: self._prefix + each if key == "h" and "/" not in each else self._own(each)
                    for key, each in value.items()}
        return [self._own(each) for each in value] if isinstance(value, list) else value

    # --- what earlier calls gave ---

    def _blocks(self, op):
        return hasattr(self._hints, "blocks") and self._hints.blocks(op)

    def _precede(self, ops):
        if any(map(self._blocks, ops)):
            self._open()
        self._bind(ops)

    def _open(self):
        gates = getattr(self._hints, "gates", {})
        self._bind([gates[creator](label) for creator, label in self._closed])
        self._closed = []

    def _bind(self, ops):
        """Appends what a sequence would be undefined without, or never end."""
        self._ops += [{**op, "bound": True} for op in ops]

    def _note(self, op, label):
        """The handles that the OP makes, and those that it gives up."""
        function = self._description.functions[op["f"]]
        if function.get("result_handle"):
            self._live[function["result_handle"]].append(label)
            self._makers[label] = op
            self._references[label] = 1
        if function.get("result_mapped"):
            self._mapped.append(label)
        self._memory.note(op, function, label, self._ends(op))
        if "result_memory" in function:
            self._makers[label] = op
        for index, (argument, parameter) in enumerate(zip(op["a"], function["parameters"])):
            if not isinstance(argument, dict):
                continue
            if parameter.get("handle") and parameter["kind"].startswith("out") and "m" in argument:
                self._live[parameter["handle"]].append(f"{label}.{index}.0")
                self._makers[f"{label}.{index}.0"] = op
                self._references[f"{label}.{index}.0"] = 1
            change = parameter.get("retains", 0) - parameter.get("deallocates", 0)
            if change and "h" in argument and argument["h"] in self._references:
                self._references[argument["h"]] += change
                handles = self._live[parameter["handle"]]
                if self._references[argument["h"]] == 0 and argument["h"] in handles:
                    handles.remove(argument["h"])
                    self._dead[parameter["handle"]].append(argument["h"])
        if op["f"] in getattr(self._hints, "gates", {}):
            self._closed.append((op["f"], label))

    def _ends(self, op):
        if hasattr(self._hints, "ends"):
            return self._hints.ends(op)
        parameters = self._description.functions[op["f"]]["parameters"]
        return [i for i, parameter in enumerate(parameters) if "ends_memory" in parameter]

    def _gives_up_the_last(self, op):
        return any(parameter.get("deallocates") and isinstance(argument, dict) and
                   self._live[parameter["handle"]] == [argument.get("h")] and
                   self._references.get(argument.get("h")) == 1
                   for argument, parameter in
                   zip(op["a"], self._description.functions[op["f"]]["parameters"]))

    def _is_undefined(self, op):
        """Whether it is given a handle of a released object, or one of another type: natively
        anything may happen then, and AvA answers with an error."""
        function = self._description.functions[op["f"]]
        if self._memory.is_undefined(op, function, self._ends(op)):
            return True
        for argument, parameter in zip(op["a"], function["parameters"]):
            if "memory" in parameter:
                continue
            kind = parameter.get("handle")
            live = self._live[kind] if kind else [*self._mapped, *sum(self._live.values(), [])]
            if any(label not in live for label in differential.labels(argument)):
                return True
        return False

    # --- arguments ---

    def _chance(self, probability):
        return self._dice.random() < probability

    def _handle(self, kind):
        live = self._live.get(kind, [])
        if live and self._chance(0.93 if self._wild else 1 - self._nulls):
            # Young objects are the interesting ones.
            return {"h": self._dice.choice(live[-4:] if self._chance(0.6) else live)}
        if not self._wild:
            return None
        if self._chance(0.5) and self._dead.get(kind):
            return {"h": self._dice.choice(self._dead[kind])}
        others = [label for labels in self._live.values() for label in labels]
        return {"h": self._dice.choice(others)} if others else None

    def _number(self, function, parameter):
        pool = None
        if hasattr(self._hints, "numbers"):
            pool = self._hints.numbers(function["name"], parameter["name"])
        if pool is None:
            types = getattr(self._hints, "types", {})
            pool = next((types[name] for name in parameter["type"]["names"] if name in types), None)
        if parameter["type"]["class"] == "float":
            return self._dice.choice([0.0, 1.0, -1.5])
        if pool is not None:
            return self._dice.choice(pool)
        if self._chance(0.03):
            return self._dice.choice(EXTREME)
        return self._dice.choice(SIZES if parameter["type"]["size"] == 8 else GENERIC)

    def _text(self, function, parameter):
        if hasattr(self._hints, "texts"):
            pool = self._hints.texts(function["name"], parameter["name"])
            if pool:
                choice = self._dice.choice(pool)
                return {"s": choice} if isinstance(choice, str) else self._own(choice)
        return None

    def _input(self, function, parameter):
        if (given := self._text(function, parameter)) is not None:
            return given
        element = parameter.get("element_size", 1)
        if element in (2, 4, 8) and parameter["type"]["names"] != ["const void*"]:
            numbers = [self._dice.choice([0, 1, 2, 4, 8, 16]) for _ in range(16)]
            return {"n": numbers, "w": element}
        return {"b": self._dice.randbytes(64).hex() * (ROOM // 64)}

    def _argument(self, function, parameter):
        kind = parameter["kind"]
        if "memory" in parameter:
            if self._chance(0.03):
                return None
            if kind not in ("in", "out") or parameter["memory"] != "address" or self._chance(0.7):
                return self._memory.argument(parameter, self._wild)
        if kind == "handle":
            return self._handle(parameter["handle"])
        if kind == "number":
            return self._number(function, parameter)
        if kind == "user data":
            return self._dice.choice([0, 1, 42])
        if kind == "mapped":
            return {"h": self._dice.choice(self._mapped)} if self._mapped else None
        if self._chance(0.12 if "out" in kind else 0.05):
            return None
        if kind == "callback":
            return {"c": self._label()} if self._chance(0.7) else None
        if kind in ("string", "strings"):
            given = self._text(function, parameter)
            if given is not None or kind == "string":
                return given if given is not None else {"s": "x"}
            return {"ss": ["", "x"]}
        if kind == "properties":
            return self._text(function, parameter)
        if kind == "in handles":
            return {"hs": [self._handle(parameter["handle"]) for _ in range(4)]}
        if kind in ("in", "inout", "structs"):
            return self._input(function, parameter)
        return {"m": ROOM if kind in ("out", "out handles") else 64}

    def _op(self, name):
        function = self._description.functions[name]
        arguments = [self._argument(function, parameter) for parameter in function["parameters"]]
        self._match_lengths(function, arguments)
        for argument, parameter in zip(arguments, function["parameters"]):
            if argument is None and "user_data" in parameter and self._chance(0.8):
                arguments[parameter["user_data"]] = 0  # user data for nobody is an error
        return {"f": name, "a": arguments}

    def _complete(self, op):
        """What the executor needs to know, once the arguments are what they will be."""
        function = self._description.functions[op["f"]]
        if not self._wild or self._chance(0.9):
            self._memory.fit(function, op["a"])
        if self._blocks(op):
            op["now"] = True
        if function.get("result_mapped") or "maps_memory" in function:
            op["map"] = self._hints.map_bytes(op)
            if "maps_memory" in function:
                op["at"] = function["maps_memory"]
            if self._hints.map_writes(op) and self._chance(0.7):
                op["poke"] = self._dice.randrange(256)

    def _match_lengths(self, function, arguments):
        """Mostly, a list is as long as its length says: none for null, a few for lists."""
        index = {parameter["name"]: i for i, parameter in enumerate(function["parameters"])}
        for i, parameter in enumerate(function["parameters"]):
            count = parameter.get("count", "")
            if not re.fullmatch(r"\w+", count) or count not in index:
                continue
            if not self._wild and "hs" in (arguments[i] or {}) and not any(arguments[i]["hs"]):
                arguments[i] = None  # of what there is none yet
            at = index[count]
            if arguments[i] is None:
                arguments[at] = 0  # a length without a list: natively often a crash
            elif self._chance(0.04) and 0 <= arguments[at] <= len(arguments[i].get("hs", [0] * 4)):
                continue
            elif "memory" in parameter and "hs" in arguments[i]:
                arguments[at] = len(arguments[i]["hs"])
            elif "hs" in arguments[i]:
                arguments[at] = min(self._dice.choice([0, 1, 1, 2]), len(arguments[i]["hs"]))
                if arguments[at] == 0 and self._chance(0.8):
                    arguments[i] = None
            elif "ss" in arguments[i]:
                arguments[at] = len(arguments[i]["ss"])
