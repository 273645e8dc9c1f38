#!/usr/bin/python3
"""docs/wire-format.md and the client in this folder against the sources.

usage: layout_test.py LAYOUT_DUMP
"""
import json
import pathlib
import re
import struct
import subprocess
import sys
import unittest

import ava_wire

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "wire-format.md").read_text()
SOURCE = json.loads(subprocess.run([sys.argv.pop(1)], check=True, capture_output=True).stdout)


def section(title, level):
    """The page's text under a heading, up to the next one of that level or above."""
    match = re.search(rf"^{'#' * level} {re.escape(title)}$(.*?)(?=^#{{1,{level}}} |\Z)", PAGE,
                      re.MULTILINE | re.DOTALL)
    assert match, title
    return match.group(1)


def rows(text):
    """The cells of each table row."""
    return [[cell.strip() for cell in line.strip("|").split("|")]
            for line in text.splitlines() if line.startswith("|")]


class Page(unittest.TestCase):
    def test_every_struct_has_its_fields_where_the_sources_have_them(self):
        structs = {name.split(".")[0] for name in SOURCE if "." in name}
        self.assertGreater(len(structs), 12)
        for name in sorted(structs):
            # A section may go on after its table: only rows "| number | number | `name` |".
            found = {f"{name}.{cells[2].strip('`')}": [int(cells[0]), int(cells[1])]
                     for cells in rows(section(name, 4))
                     if cells[0].isdigit() and cells[1].isdigit() and cells[2].startswith("`")}
            expected = {field: place for field, place in SOURCE.items()
                        if field.startswith(name + ".")}
            self.assertEqual(found, expected)

    def test_bulk_is_what_flatbuffers_makes_of_it(self):
        places = {cells[2]: (int(cells[0]), int(cells[1])) for cells in rows(section("Bulk", 4))
                  if cells[0].isdigit() and cells[1].isdigit()}
        bulk = bytes.fromhex(SOURCE["Bulk"])
        values = [int.from_bytes(bulk[at:at + size], "little") for at, size in places.values()]
        self.assertEqual(values, [1, 2, 3, 4])
        self.assertEqual(list(places), ["`offset`", "`size`", "`space`", "`slot`"])

    def test_places_are_where_the_sources_have_them(self):
        value = SOURCE
        page = 4096
        expected = {
            "upcall ring's RingControl": value["kUpcallOffset"],
            "upcall ring's bytes": value["kUpcallOffset"] + page,
            "completion slots": value["kCompletionOffset"],
            "channel *n*": f"{value['kChannelOffset']} + *n* x {value['kChannelStride']}",
            "arena": value["kArenaOffset"],
            "ReplyControl": value["kReplyControlOffset"],
            "request ring's bytes": value["kRingBytesOffset"],
            "reply space": value["kReplyBytesOffset"],
            "channel *n*'s RingControl": f"4096 + *n* x {value['kServerChannelStride']}",
            "channel *n*'s ring bytes": f"8192 + *n* x {value['kServerChannelStride']}",
        }
        found = {cells[0]: cells[1] for cells in rows(PAGE) if cells[0] in expected}
        self.assertEqual(found, {name: str(place) for name, place in expected.items()})
        self.assertIn(f"The whole region has {value['kServerRegionSize']} bytes", PAGE)

    def test_errors_have_their_names(self):
        named = [cells for cells in rows(section("Errors", 3)) if cells[0].isdigit()]
        self.assertEqual([int(cells[0]) for cells in named], list(range(len(named))))
        self.assertEqual([cells[1].strip("`") for cells in named], SOURCE["errors"])

    def test_bounds_are_the_sources(self):
        text = {cells[0]: cells[1] for cells in rows(section("Bounds", 2))}
        value = SOURCE
        self.assertEqual(text, text | {
            "channels of a session": str(value["kMaxChannels"]),
            "a request's payload": f"{value['kMaxFrame']} bytes",
            "a reply": f"{value['kReplyCapacity']} bytes",
            "an inline argument": f"{value['kMaxInline']} bytes",
            "inline arguments of a call together": f"{value['kMaxInlineTotal']} bytes",
            "elements of a list in a request": str(value["kMaxList"]),
            "dependencies of a request": str(value["kMaxDependencies"]),
            "depth of tables in a body; tables in it":
                f"{value['kMaxTableDepth']}; {value['kMaxTables']}",
            "objects of a session": str(value["kMaxObjects"] - 1),
            "a spill": f"{value['kMaxSpill']} bytes",
            "a file of the application's": f"{value['kMaxFile']} bytes",
            "its path": f"{value['kMaxPath']} bytes",
        })

    def test_own_requests_have_their_numbers(self):
        numbers = {cells[1]: int(cells[0]) for cells in rows(section("AvA's own requests", 3))
                   if cells[0].isdigit()}
        self.assertEqual(numbers, {"poll": SOURCE["kPoll"], "spill write": SOURCE["kSpillWrite"],
                                   "spill read": SOURCE["kSpillRead"],
                                   "spill free": SOURCE["kSpillFree"],
                                   "upcall done": SOURCE["kUpcallDone"],
                                   "output read": SOURCE["kOutputRead"],
                                   "file answer": SOURCE["kFileAnswer"]})


class Client(unittest.TestCase):
    """The client was written from the page; a slip in either shows here, before it hangs a call."""

    def test_constants(self):
        for name, expected in {
                "MAGIC": SOURCE["kControlMagic"],
                "LAYOUT_VERSION": SOURCE["kLayoutVersion"],
                "CHANNEL_OFFSET": SOURCE["kChannelOffset"],
                "CHANNEL_STRIDE": SOURCE["kChannelStride"],
                "ARENA_OFFSET": SOURCE["kArenaOffset"],
                "REPLY_CONTROL": SOURCE["kReplyControlOffset"],
                "RING_BYTES": SOURCE["kRingBytesOffset"],
                "RING_CAPACITY": SOURCE["kRingCapacity"],
                "REPLY_BYTES": SOURCE["kReplyBytesOffset"],
                "REPLY_CAPACITY": SOURCE["kReplyCapacity"],
                "FIRST_API_FUNCTION": SOURCE["kFirstApiFunction"],
                "SESSION_END": SOURCE["RegionHeader.session_end"][0],
                "PENDING": SOURCE["RegionHeader.pending"][0],
                "TAIL": SOURCE["RingControl.tail"][0],
                "HEAD": SOURCE["RingControl.head"][0],
                "CONSUMER_PARKED": SOURCE["RingControl.consumer_parked"][0],
                "PRODUCER_PARKED": SOURCE["RingControl.producer_parked"][0],
                "COMPLETION": SOURCE["ReplyControl.completion"][0],
                "REPLY_SIZE": SOURCE["ReplyControl.reply_size"][0],
                "GUEST_PARKED": SOURCE["ReplyControl.guest_parked"][0],
                "EXECUTED": SOURCE["ReplyControl.executed"][0],
                "ERRORS": SOURCE["errors"]}.items():
            self.assertEqual(getattr(ava_wire, name), expected, name)
        self.assertEqual(ava_wire.REGION_MAGIC, struct.pack("<Q", SOURCE["kRegionMagic"]))

    def test_a_hello_is_the_same_bytes(self):
        self.assertEqual(ava_wire.encode_hello("toy", 0x0123456789abcdef, "sample", pid=4711).hex(),
                         SOURCE["HelloMessage"])

    def test_a_request_is_the_same_bytes(self):
        request = ava_wire.encode_request(struct.pack("<Q", 0x8877665544332211),
                                          ava_wire.WANTS_REPLY,
                                          [(3, 0x1122334455667788), (1023, 8)])
        self.assertEqual(request.hex(), SOURCE["request"])

    def test_a_bulk_reference_is_the_same_bytes(self):
        self.assertEqual(ava_wire.BULK.pack(1, 2, 3, 4).hex(), SOURCE["Bulk"])

    def test_records_take_whole_words(self):
        self.assertEqual([ava_wire.padded(size) for size in (0, 1, 8, 9)], [8, 16, 16, 24])


if __name__ == "__main__":
    unittest.main()
