#!/usr/bin/python3
"""Rewrites the golden outputs of avagen: regen.py BUILD_FOLDER."""

import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
SPECS = [TESTS / "toy" / "toy.ava"]


def regenerate(avagen: pathlib.Path, spec: pathlib.Path) -> None:
    golden = spec.parent / "golden"
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([avagen, "generate", spec, "-o", folder], check=True)
        for old in golden.iterdir():
            new = pathlib.Path(folder) / old.name
            if new.exists():
                old.write_bytes(new.read_bytes())
            else:
                old.unlink()


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    avagen = pathlib.Path(sys.argv[1]).resolve() / "tools" / "avagen" / "avagen"
    for spec in SPECS:
        regenerate(avagen, spec)


if __name__ == "__main__":
    main()
