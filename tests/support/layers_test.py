#!/usr/bin/python3
"""What may include what, as docs/architecture.md draws it, and what has one place."""
import pathlib
import re
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
ALLOWED = {
    "base": set(),
    "transport": {"base"},
    "marshal": {"base", "transport"},
    "guest": {"base", "transport", "marshal"},
    "guest_driver": {"transport"},
    "router": {"base", "transport", "marshal"},
    "server": {"base", "transport", "marshal"},
}
INCLUDE = re.compile(r'^#include "(\w+)/', re.MULTILINE)


class Layers(unittest.TestCase):
    def test_every_folder_has_a_place(self):
        folders = {path.name for path in SOURCE.iterdir() if path.is_dir()}
        self.assertEqual(folders, set(ALLOWED))

    def test_no_folder_includes_from_above_or_beside(self):
        for folder, allowed in ALLOWED.items():
            sources = [path for kind in ("*.h", "*.c", "*.cc")
                       for path in (SOURCE / folder).glob(kind)]
            self.assertTrue(sources)
            for source in sources:
                foreign = set(INCLUDE.findall(source.read_text())) - allowed - {folder}
                self.assertFalse(foreign, f"{source} includes from {foreign}")

    def test_fences_are_those_that_thread_sanitizer_follows(self):
        # It refuses to compile others, which only ./run tsan would notice.
        users = [path.name for path in SOURCE.rglob("*.[hc]*")
                 if "atomic_thread_fence" in path.read_text()]
        self.assertEqual(users, ["fence.h"])


if __name__ == "__main__":
    unittest.main()
