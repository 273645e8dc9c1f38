"""Memory that calls of a sequence allocate and others are given addresses in: which there is, what is a
good address, and where nothing is defined any more."""
import re

import differential

OFFSETS = [0, 0, 0, 0, 4, 16, 64]


class Memory:
    """The memory of one thread's sequence."""

    def __init__(self, dice):
        self._dice = dice
        self.live = {}  # {label: bytes}
        self._dead = []

    def note(self, op, function, label, ended):
        """What the OP allocates, and ends: memory in the arguments numbered `ended`."""
        if "result_memory" in function:
            self.live[label] = op["a"][function["result_memory"]]
        for each in (each for index in ended for each in differential.labels(op["a"][index])):
            if self.live.pop(each, None) is not None:
                self._dead.append(each)

    # --- arguments ---

    def argument(self, parameter, wild):
        """An address, or a list of some; None where there is no memory."""
        if not self.live:
            return None
        if parameter["memory"] == "address":
            # What has ended is any other memory, which an API may take as well; and nobody has it.
            ended = wild and parameter["kind"] not in ("in", "out")
            return self._address("ends_memory" not in parameter, ended)
        return {"hs": [self._address(False, wild) for _ in range(self._dice.choice([1, 1, 2, 3]))]}

    def _address(self, inside, ended):
        if ended and self._dead and self._dice.random() < 0.1:
            return {"h": self._dice.choice(self._dead)}
        label = self._dice.choice(list(self.live)[-6:])
        offset = self._dice.choice(OFFSETS) if inside else 0
        return {"h": label, "plus": offset} if offset <= self.live[label] else {"h": label}

    def fit(self, function, arguments):
        """Makes ranges as short as the memory that they lie in."""
        for at, argument, _ in _ranges(function, arguments):
            if argument["h"] in self.live:
                room = self.live[argument["h"]] - argument.get("plus", 0)
                arguments[at] = min(arguments[at], room)

    # --- what is undefined ---

    def is_undefined(self, op, function, ended):
        """Whether the OP goes beyond its memory, is given what has ended, or ends what it cannot."""
        for argument, parameter in zip(op["a"], function["parameters"]):
            if "memory" in parameter and any(label not in self.live
                                             for label in differential.labels(argument)):
                return True
        ends = [each for index in ended for each in _addresses(op["a"][index])]
        if any(each.get("plus") for each in ends) or len({each["h"] for each in ends}) < len(ends):
            return True
        return any(argument.get("plus", 0) + op["a"][at] * width > self.live[argument["h"]]
                   for at, argument, width in _ranges(function, op["a"]))


def _addresses(argument):
    items = argument.get("hs", [argument]) if isinstance(argument, dict) else []
    return [each for each in items if isinstance(each, dict) and "h" in each]


def _ranges(function, arguments):
    """(where its size is, address, bytes of an element) of each argument that a size belongs to."""
    index = {parameter["name"]: i for i, parameter in enumerate(function["parameters"])}
    for argument, parameter in zip(arguments, function["parameters"]):
        count = parameter.get("count", "")
        if parameter.get("memory") == "address" and isinstance(argument, dict) and (
                "h" in argument and re.fullmatch(r"\w+", count) and count in index):
            yield index[count], argument, parameter["element_size"]
