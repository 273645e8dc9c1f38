#!/usr/bin/python3
"""Rewrites the golden outputs of avagen: regen.py BUILD_FOLDER."""

import os
import pathlib
import subprocess
import sys


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    test = pathlib.Path(sys.argv[1]).resolve() / "tests" / "avagen" / "avagen_test"
    # The test knows what belongs into each golden file; here it writes instead of comparing.
    done = subprocess.run([test, "--gtest_filter=Golden.*:Init.Writes*", "--gtest_brief=1"],
                          env=os.environ | {"AVAGEN_REGEN": "1"})
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
