#!/usr/bin/python3
"""Compares two outputs of `clinfo --raw`: a native one, and one through AvA.

usage: clinfo_diff.py NATIVE AVA [--allowed FILE]

The differences in clinfo_allowed.txt are expected, each with its reason; any other fails. An
allowed difference that did not show is reported, so that the list does not outlive its reasons.
"""
import argparse
import pathlib
import re
import sys

ALLOWED = pathlib.Path(__file__).with_name("clinfo_allowed.txt")

# "[POCL/0]    CL_DEVICE_NAME    some text"; the part in brackets is a platform's suffix and device.
LINE = re.compile(r"^(?:\[\s*(?P<owner>\S+)\s*\])?\s*(?P<key>#?[A-Za-z_0-9]+)(?:\s+(?P<value>.*))?$")


def parse(text):
    """The properties of a report: {(owner, key): value}."""
    properties = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if match:
            key = (match["owner"] or "", match["key"])
            properties[key] = (match["value"] or "").strip()
        elif line.strip():
            # A warning on stdout, say. It is part of what the two must agree on.
            properties[("", line.strip())] = ""
    return properties


class Rule:
    """One line of the list: a property, what becomes of it, and why."""

    def __init__(self, key, verb, argument, reason):
        self.key, self.verb, self.argument, self.reason = key, verb, argument, reason
        self.used = False

    def allows(self, native, ava):
        if self.verb == "varies":
            return True
        if self.verb == "absent":
            return ava is None
        if native is None or ava is None:
            return False
        if self.verb == "becomes":
            return ava == self.argument
        # "drops": the same words in the same order, without those listed.
        dropped = set(self.argument.split())
        return ava.split() == [word for word in native.split() if word not in dropped]


def read_rules(path):
    """Lines of `KEY | varies, absent, becomes VALUE or drops WORD ... | reason`."""
    rules = {}
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = [field.strip() for field in line.split("|")]
        verb, _, argument = fields[1].partition(" ") if len(fields) == 3 else ("", "", "")
        if verb not in ("varies", "absent", "becomes", "drops") or not fields[2]:
            sys.exit(f"{path}:{number}: not a rule: {line}")
        rules[fields[0]] = Rule(fields[0], verb, argument.strip(), fields[2])
    return rules


def compare(native_text, ava_text, rules):
    """(unexpected differences as lines, allowed ones that did not show as lines)"""
    native, ava = parse(native_text), parse(ava_text)
    unexpected = []
    for owner, key in {**native, **ava}:
        before, after = native.get((owner, key)), ava.get((owner, key))
        if before == after:
            continue
        rule = rules.get(key)
        if rule and rule.allows(before, after):
            rule.used = True
        else:
            where = f"[{owner}] {key}" if owner else key
            unexpected.append(f"{where}\n    native: {before}\n    AvA:    {after}")
    stale = [f"{rule.key} | {rule.verb} {rule.argument}"
             for rule in rules.values() if not rule.used and rule.verb != "varies"]
    return unexpected, stale


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("native", type=pathlib.Path)
    parser.add_argument("ava", type=pathlib.Path)
    parser.add_argument("--allowed", type=pathlib.Path, default=ALLOWED)
    options = parser.parse_args()
    rules = read_rules(options.allowed)
    native = options.native.read_text()
    if len(parse(native)) < 50:
        sys.exit(f"{options.native} is no report of `clinfo --raw` on a device")
    unexpected, stale = compare(native, options.ava.read_text(), rules)
    for line in stale:
        print(f"no longer differs, take it off the list: {line}")
    for line in unexpected:
        print(f"differs: {line}")
    allowed = sum(rule.used for rule in rules.values())
    print(f"clinfo: {len(parse(native))} properties, {allowed} differ as allowed, "
          f"{len(unexpected)} differ otherwise")
    return 1 if unexpected else 0


if __name__ == "__main__":
    sys.exit(main())
