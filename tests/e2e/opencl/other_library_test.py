#!/usr/bin/python3
"""The same programs over another implementation of OpenCL than the one that everything else is compared
with: Oclgrind, a simulator. Nothing of AvA is built for either."""
import pathlib
import tempfile

import programs
import harness

# Debian installs it without telling the loader.
LIBRARY = pathlib.Path("/usr/lib/oclgrind/liboclgrind-rt-icd.so")  # package oclgrind
FOLDER = tempfile.TemporaryDirectory()
ICD = pathlib.Path(FOLDER.name, "oclgrind.icd")
ICD.write_text(f"{LIBRARY}\n", encoding="ascii")


class OtherLibrary(programs.Comparison):
    router_options = ("--server-env", f"OCL_ICD_VENDORS={ICD}")
    native_environment = staticmethod(lambda: harness.clean_environment(OCL_ICD_VENDORS=ICD))


for program in programs.ALL:
    if program.name != "matmul":  # half a minute of simulation
        OtherLibrary.add(program, programs.ava_environment)

if __name__ == "__main__":
    harness.main()
