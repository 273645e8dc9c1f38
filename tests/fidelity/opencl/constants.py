"""The numbers that OpenCL's headers name."""
import functools
import re
import subprocess
import types


@functools.cache
def constants():
    """{name: value} of the headers' macros that are numbers."""
    lines = subprocess.run(
        ["cpp", "-dM", "-DCL_TARGET_OPENCL_VERSION=300", "-"],
        input="#include <CL/cl.h>\n#include <CL/cl_ext.h>\n", capture_output=True, text=True,
        check=True).stdout.splitlines()
    found = {}
    for line in lines:
        match = re.fullmatch(r"#define (CL_\w+) \(?(-?(?:0x[0-9A-Fa-f]+|\d+))[uUlL]*\)?", line)
        if match:
            found[match[1]] = int(match[2], 0)
        elif match := re.fullmatch(r"#define (CL_\w+) \(1 << (\d+)\)", line):
            found[match[1]] = 1 << int(match[2])
    return found


def prefixed(prefix, *without):
    """The numbers whose names begin with a prefix, and contain no word of `without`."""
    return [value for name, value in sorted(constants().items())
            if name.startswith(prefix) and not any(word in name for word in without)]


# CL_MEM_READ_ONLY is CL.MEM_READ_ONLY.
CL = types.SimpleNamespace(**{name.removeprefix("CL_"): value
                              for name, value in constants().items()})
