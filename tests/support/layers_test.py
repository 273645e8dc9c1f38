#!/usr/bin/python3
"""What may include what, as docs/architecture.md draws it."""
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


if __name__ == "__main__":
    unittest.main()
