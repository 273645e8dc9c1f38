#!/usr/bin/python3
"""Calls of the toy API by a client that knows docs/wire-format.md only, through a real router and a
real server.

usage: call_test.py BUILD_FOLDER
"""
import pathlib
import struct
import subprocess
import sys
import unittest

import flatbuffers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import harness  # noqa: E402
from ava_wire import (BULK, RING_CAPACITY, SPACE_ARENA, TAIL, CHANNEL_OFFSET, Client, Refused,
                      SessionEnded)  # noqa: E402

MODULES = harness.BUILD / "tests" / "toy" / "modules"

# Functions by their place in tests/toy/toy.ava.
(NULL, STATUS_TEXT, CTX_CREATE, CTX_RETAIN, CTX_RELEASE, CTX_INFO, ADD, SUM, SCALE) = range(64, 73)
STATUS = struct.Struct("<i")
CTX_CREATE_REPLY = struct.Struct("<Q i 4x")
SUM_REPLY = struct.Struct("<q i 4x")


def request(form, *values, present=0):
    """A request of fixed size: the pointers that are present, then the arguments."""
    return struct.pack("<Q" + form, present, *values)


def installed_hash():
    """The toy's wire hash, as whoever builds a client for it would look it up."""
    listed = harness.run([harness.ROUTERD, "--modules", MODULES, "--list-modules"],
                         harness.clean_environment()).stdout
    for line in listed.splitlines():
        if line.startswith("toy "):
            return int(line.split()[1], 16)
    raise AssertionError(f"no toy module:\n{listed}")


class Calls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.hash = installed_hash()
        # Sanitizers intercept dlopen, and then do not look for libtoy where the module says.
        cls.router = harness.Router("--modules", MODULES, "--server-env",
                                    f"LD_LIBRARY_PATH={MODULES.with_name('native')}")
        cls.router.__enter__()

    @classmethod
    def tearDownClass(cls):
        cls.router.__exit__(None, None, None)

    def connect(self, api="toy", wire_hash=None, **more):
        wire_hash = self.hash if wire_hash is None else wire_hash
        return Client(self.router.socket, api, wire_hash, **more)

    def make_context(self, channel):
        ctx, status = CTX_CREATE_REPLY.unpack(
            channel.call(CTX_CREATE, request("I4x", 0, present=2)))
        self.assertEqual(status, 0)
        return ctx

    def test_a_null_call_is_answered_and_counted(self):
        before = self.router.calls()
        with self.connect() as client:
            self.assertEqual(STATUS.unpack(client.channel(0).call(NULL, request(""))), (0,))
        self.assertEqual(self.router.calls(), before + 1)

    def test_objects_and_asynchronous_calls(self):
        with self.connect() as client:
            channel = client.channel(0)
            ctx = self.make_context(channel)
            for value in range(100):
                channel.post(ADD, request("Q i 4x q", ctx, 0, value), wake=False)
            reply = channel.call(SUM, request("Q", ctx, present=2))
            self.assertEqual(SUM_REPLY.unpack(reply), (sum(range(100)), 0))

    def test_a_ring_wraps_and_waits_for_room(self):
        with self.connect() as client:
            channel = client.channel(0)
            ctx = self.make_context(channel)
            count = 3 * RING_CAPACITY // 72  # each takes 72 bytes: 8 + 32 + 32
            for _ in range(count):
                position = channel.post(ADD, request("Q i 4x q", ctx, 0, 1), wake=False)
            self.assertGreater(position, 2 * RING_CAPACITY)
            reply = channel.call(SUM, request("Q", ctx, present=2))
            self.assertEqual(SUM_REPLY.unpack(reply), (count, 0))
            self.assertGreaterEqual(channel.executed, position)

    def test_a_call_waits_for_another_channels(self):
        with self.connect() as client:
            first, second = client.channel(0), client.channel(1)
            ctx = self.make_context(first)
            for value in range(50):
                position = first.post(ADD, request("Q i 4x q", ctx, 0, value), wake=False)
            reply = second.call(SUM, request("Q", ctx, present=2), [(0, position)])
            self.assertEqual(SUM_REPLY.unpack(reply), (sum(range(50)), 0))

    def test_bulk_bytes_travel_through_the_arena(self):
        count = 100_000
        with self.connect() as client:
            channel = client.channel(0)
            ctx = self.make_context(channel)
            size = 4 * count
            client.arena(0, size)[:] = struct.pack(f"<{count}f", *range(count))
            out_at = 1 << 20
            builder = flatbuffers.Builder()
            builder.StartObject(7)
            builder.PrependUint64Slot(0, 1 << 3 | 1 << 4, 0)  # both pointers are present
            builder.PrependUint64Slot(1, ctx, 0)
            builder.PrependFloat32Slot(2, 2.0, 0)
            builder.PrependUint32Slot(3, count, 0)
            for slot, offset in ((5, 0), (6, out_at)):
                builder.Prep(8, BULK.size)
                builder.head -= BULK.size
                BULK.pack_into(builder.Bytes, builder.Head(), offset, size, SPACE_ARENA, 0)
                builder.PrependStructSlot(slot, builder.Offset(), 0)
            builder.Finish(builder.EndObject())
            channel.call(SCALE, bytes(builder.Output()))
            scaled = struct.unpack(f"<{count}f", client.arena(out_at, size))
            self.assertEqual(scaled, tuple(2.0 * i for i in range(count)))

    def test_more_channels_up_to_the_quota(self):
        with self.connect() as client:
            granted, error = client.grow_channels(client.channels + 1)
            self.assertEqual(error, "ok")
            last = client.channel(granted - 1)
            self.assertEqual(STATUS.unpack(last.call(NULL, request(""))), (0,))
            self.assertEqual(client.grow_channels(100_000), (1024, "exhausted"))

    def test_an_argument_that_the_api_refuses_fails_the_call_alone(self):
        with self.connect() as client:
            channel = client.channel(0)
            with self.assertRaises(Refused) as refused:
                channel.call(CTX_CREATE, request("I4x", 99, present=2))
            self.assertEqual((refused.exception.reason, refused.exception.detail), ("refused", 0))
            self.make_context(channel)

    def test_an_id_of_nothing_fails_the_call_alone(self):
        with self.connect() as client:
            channel = client.channel(0)
            ctx = self.make_context(channel)
            with self.assertRaises(Refused) as refused:
                channel.call(SUM, request("Q", ctx + 1, present=2))
            self.assertEqual(refused.exception.reason, "invalid-id")

    def test_an_unknown_api_or_hash_is_refused_with_what_is_installed(self):
        for api, wire_hash in (("toys", self.hash), ("toy", self.hash ^ 1)):
            with self.assertRaises(Refused) as refused:
                self.connect(api, wire_hash)
            self.assertEqual(refused.exception.reason, "unknown-api")
            self.assertIn(f"{self.hash:016x}", refused.exception.text)

    def test_an_unknown_layout_is_refused_with_both_sides_versions(self):
        with self.assertRaises(Refused) as refused:
            self.connect(version=2)
        self.assertEqual(refused.exception.reason, "version-mismatch")

    def test_a_liar_is_told_why_and_its_neighbour_goes_on(self):
        with self.connect() as neighbour, self.connect() as liar:
            channel = neighbour.channel(0)
            ctx = self.make_context(channel)
            liar.region.set_u64(CHANNEL_OFFSET + TAIL, RING_CAPACITY + 8)
            liar.channel(0).notify(wake=True)
            self.assertEqual(liar.await_end(), "index-jump")
            with self.assertRaises(SessionEnded):
                liar.check()
            reply = channel.call(SUM, request("Q", ctx, present=2))
            self.assertEqual(SUM_REPLY.unpack(reply), (0, 0))


if __name__ == "__main__":
    harness.main()
