#!/usr/bin/python3
"""The same results through the drop-in libOpenCL.so.1, without a loader."""
import programs
import harness


class DropIn(programs.Comparison):
    pass


for each in programs.ALL:
    if each.name in ("clinfo", "saxpy", "vadd"):
        DropIn.add(each, programs.dropin_environment)

if __name__ == "__main__":
    harness.main()
