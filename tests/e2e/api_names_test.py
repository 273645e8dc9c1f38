#!/usr/bin/python3
"""Router, server and operator's command know no API by name: what is specific is in modules."""
import re
import subprocess
import unittest

import harness

PROGRAMS = [harness.ROUTERD, harness.BUILD / "src" / "server" / "ava-server", harness.AVA,
            *sorted((harness.BUILD / "src" / "server").glob("libava_server.so"))]

# The name in a declaration that begins a line: "cl_int clFinish(" or "void *clSVMAlloc(".
FUNCTION = re.compile(r"^\w[\w ]*[\s*]+(\w+)\s*\(", re.MULTILINE)


def api_names():
    """{word: where it is from} for each folder under spec/."""
    names = {}
    for spec in sorted(harness.SOURCE.glob("spec/*/*.ava")):
        names[spec.parent.name] = spec
        for function in FUNCTION.findall(spec.read_text()):
            names[function] = spec
    return names


class ApiNames(unittest.TestCase):
    def test_specifications_name_functions(self):
        self.assertGreater(len(api_names()), 40)

    def test_no_program_holds_a_name_of_an_api(self):
        names = api_names()
        for program in PROGRAMS:
            text = subprocess.run(["strings", "-a", str(program)], check=True, text=True,
                                  capture_output=True).stdout
            words = set(re.findall(r"\w+", text.lower()))
            for name, spec in names.items():
                self.assertNotIn(name.lower(), words, f"{program} holds {name} of {spec}")


if __name__ == "__main__":
    harness.main()
