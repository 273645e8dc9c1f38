"""What random sequences leave out or put right: where PoCL crashes, or what is undefined natively, so
that there is nothing to compare."""

import differential
import fitting

UNSTEADY = (
    # What differs between two moments or two processes.
    "REFERENCE_COUNT", "EXECUTION_STATUS", "BINAR", "PROFILING", "BUILD_LOG", "MAP_COUNT",
    # What AvA leaves out (tests/e2e/opencl/clinfo_allowed.txt).
    "EXTENSIONS", "EXECUTION_CAPABILITIES", "SVM_CAPABILITIES", "PARTITION_MAX_SUB",
    # PoCL gives addresses of lists of its own.
    "COMMAND_BUFFER_QUEUES", "COMMAND_BUFFER_PROPERTIES_ARRAY",
    # PoCL writes its size even where it refuses to write it.
    "PROGRAM_KERNEL_NAMES")
IMAGE_CREATORS = {"clCreateImage", "clCreateImageWithProperties", "clCreateImage2D", "clCreateImage3D"}
# Where images are among a function's arguments. Buffers in their place crash PoCL.
IMAGES = {
    "clGetImageInfo": [0], "clEnqueueReadImage": [1], "clEnqueueWriteImage": [1],
    "clEnqueueFillImage": [1], "clEnqueueMapImage": [1], "clEnqueueCopyImage": [1, 2],
    "clEnqueueCopyImageToBuffer": [1], "clEnqueueCopyBufferToImage": [2],
    "clCommandFillImageKHR": [2], "clCommandCopyImageKHR": [2, 3],
    "clCommandCopyImageToBufferKHR": [2], "clCommandCopyBufferToImageKHR": [3],
}
# Parts of buffers, images, and null for a buffer that could not be made, crash it here.
WHOLE_BUFFERS = {"clEnqueueCopyBufferRect": [1, 2], "clEnqueueCopyImageToBuffer": [2],
                 "clEnqueueCopyBufferToImage": [1], "clCommandCopyBufferRectKHR": [2, 3],
                 "clCommandCopyImageToBufferKHR": [3], "clCommandCopyBufferToImageKHR": [2]}
# The kernels of hints.SOURCE: what each argument is, numbers by their size.
KERNELS = {"add": ["buffer", 4], "copy": ["buffer", "buffer", "local", 16],
           "pick": ["image", "sampler", "buffer"]}
# Where memory's flags and its first content are among a creator's arguments.
CREATORS = {"clCreateBuffer": (1, 3), "clCreateBufferWithProperties": (2, 4), "clCreateImage": (1, 4),
            "clCreateImageWithProperties": (2, 5), "clCreateImage2D": (1, 6), "clCreateImage3D": (1, 8)}
COPIES, USES = 1 << 5, 1 << 3  # CL_MEM_COPY_HOST_PTR, CL_MEM_USE_HOST_PTR
# The setup's two buffers, image and sampler.
SETUP = ("4", "5", "11", "12")
SHARED = ("22", "24")  # and its shared memory, of 256 bytes each


def mend(op, made, dice):
    """The OP, changed where it has to be; None: to leave out. `made`: {label: the OP that made it} of
    live objects, the oldest first."""
    name = op["f"]
    fitting.fit(op, made, dice, UNSTEADY)
    for index in IMAGES.get(name, []):
        if not _replace(op, index, _made_by(made, IMAGE_CREATORS), made, dice):
            return None
    for index in WHOLE_BUFFERS.get(name, []):
        if not _replace(op, index, _certain_buffers(made), made, dice):
            return None
    if name in CREATORS:
        _fill(op, *CREATORS[name])
    return OTHERS[name](op, made, dice) if name in OTHERS else op


def _replace(op, index, fitting, made, dice):
    """Puts a fitting object in the place of another live one."""
    argument = op["a"][index]
    if argument is None or argument["h"] not in made:
        return True
    if argument["h"] not in fitting:
        if not fitting:
            return False
        op["a"][index] = {"h": dice.choice(fitting)}
    return True


def _made_by(made, creators):
    return [label for label, op in made.items() if op["f"] in creators][-6:]


def _fill(op, flags, content):
    """What memory holds that nobody has written, two runs need not agree on. Shared memory, which other
    commands use, is no memory of a buffer's own."""
    arguments = op["a"]
    if isinstance(arguments[content], dict) and "h" in arguments[content]:
        arguments[content] = {"b": "69" * 4096}
    too_large = "Buffer" in op["f"] and arguments[content - 1] > 4096
    if arguments[content] is None and not arguments[flags] & (COPIES | USES) and not too_large:
        arguments[flags] |= COPIES
        arguments[content] = {"b": "5a" * 4096}


def _is_one_of(label, numbers):
    return label.split("/")[-1] in numbers


def _shared(made, dice):
    """An address in the setup's shared memory, with room behind it for what kernels touch."""
    of_setup = [label for label in made if _is_one_of(label, SHARED)]
    return {"h": dice.choice(of_setup), "plus": dice.choice([0, 0, 16, 64])} if of_setup else None


def _certain_buffers(made):
    """Those made as the setup's are."""
    return [label for label in _made_by(made, {"clCreateBuffer"})
            if made[label]["a"][1] == 1 | 1 << 5 and made[label]["a"][3] is not None and
            made[label]["a"][2] in range(1, 4096)]


def _launch(op, made, _dice):
    """PoCL follows a null kernel, also one that could not be made."""
    kernel = op["a"][1]
    if kernel is None or kernel["h"] in made and _kernel_name(kernel["h"], made) not in KERNELS:
        return None
    return op


def _command_launch(op, made, dice):
    """PoCL follows wrong pointers where a recorded kernel has other arguments than buffers and numbers, and
    where it refuses a launch: it goes to the setup's buffer, which is never finished."""
    kernel = op["a"][3]
    if kernel is None or _kernel_name(kernel["h"], made) != "add":
        return None
    op["a"] = [{"h": _of_setup(made, "27")}, None, None, kernel, 1, None, {"n": [16], "w": 8},
               dice.choice([None, {"n": [8], "w": 8}]), 0, None, dice.choice([None, {"m": 64}]), None]
    return op


def _of_setup(made, number):
    return next(label for label in made if _is_one_of(label, [number]))


def _not_of_setup(op, _made, _dice):
    """The setup's are used to the end: its queue, the kernel that others record, and its command buffer,
    which stays recording."""
    return None if op["a"][0] and _is_one_of(op["a"][0]["h"], ["3", "8", "27"]) else op


def _setup_queue(made):
    return {"hs": [{"h": _of_setup(made, "3")}]}


def _create_commands(op, made, dice):
    """For the setup's queue, where they run."""
    op["a"][:2] = [1, _setup_queue(made)] if dice.random() < 0.9 else [0, None]
    return op


def _enqueue_commands(op, made, dice):
    op["a"][:2] = [0, None] if dice.random() < 0.7 else [1, _setup_queue(made)]
    return op


def _release(op, made, dice):
    """Kernels do not keep their arguments: what may be one is not released."""
    def is_needed(label):
        return _is_one_of(label, SETUP) or label in made and _may_be_argument(made[label])

    if op["a"][0] and is_needed(op["a"][0]["h"]):
        others = _made_by(made, set(CREATORS) if op["f"] == "clReleaseMemObject" else
                          {"clCreateSampler", "clCreateSamplerWithProperties"})
        others = [label for label in others if not is_needed(label)]
        if not others:
            return None
        op["a"][0] = {"h": dice.choice(others)}
    return op


def _may_be_argument(op):
    return op["f"] == "clCreateSubBuffer" or _is_flat(op)


def _kernel_name(label, made):
    op = made.get(label, {"f": ""})
    if op["f"] == "clCloneKernel" and op["a"][0] is not None:
        return _kernel_name(op["a"][0]["h"], made)
    return op["a"][1]["s"] if op["f"] == "clCreateKernel" and op["a"][1] is not None else None


def _is_flat(op):
    """A two-dimensional image, for kernels that read one."""
    return (op["f"] in IMAGE_CREATORS and "clCreateImage2D" not in op["f"] and
            any(isinstance(each, dict) and each.get("w") == 8 and each["n"][0] == 0x10F1
                for each in op["a"]))


def _kernel_argument(op, made, dice):
    """PoCL takes any bytes for an object, and fewer bytes than a number has with what lies behind."""
    kernel, index = op["a"][:2]
    if kernel and kernel["h"] not in made:
        return op
    kinds = kernel and KERNELS.get(_kernel_name(kernel["h"], made))
    if not kinds:
        return None
    if index >= len(kinds):
        return op
    kind = kinds[index]
    size = 8 if dice.random() < 0.85 else dice.choice([0, 4, 16])
    if kind == "local":
        op["a"][2:] = [dice.choice([64, 64, 128, 0]), None]
    elif isinstance(kind, int):
        op["a"][2:] = [dice.choice([kind, kind, kind, 0, 64]), {"b": dice.randbytes(64).hex()}]
    else:
        setup = [label for label in made if _is_one_of(label, SETUP)]
        fitting = {"buffer": setup[:2] + _made_by(made, {"clCreateSubBuffer"}),
                   "image": [label for label, each in made.items() if _is_flat(each)],
                   "sampler": setup[3:]}[kind]
        if not fitting:
            return None
        value = {"hs": [{"h": dice.choice(fitting)}]}
        if kind == "buffer" and dice.random() < 0.15:
            value = dice.choice([None, {"hs": [None]}])
        op["a"][2:] = [size, value]
    return op


def _shared_argument(op, made, dice):
    """What is no pointer's place, PoCL fills all the same."""
    kernel, index = op["a"][:2]
    if kernel and kernel["h"] not in made:
        return op
    kinds = kernel and KERNELS.get(_kernel_name(kernel["h"], made))
    if not kinds or index < len(kinds) and kinds[index] != "buffer":
        return None
    if op["a"][2] is not None:
        op["a"][2] = _shared(made, dice)
    return op


def _fill_shared(op, _made, _dice):
    """Null for a pattern is refused before the library's other checks (known-differences.md)."""
    return None if op["a"][2] is None else op


def _exec_info(op, made, dice):
    what, value = op["a"][1], op["a"][3]
    if value is None:
        return op
    if what == 0x11B6:  # a list of addresses
        op["a"][3] = {"hs": [_shared(made, dice) for _ in value["hs"]]}
        op["a"][2] = 8 * len(value["hs"])
    else:
        op["a"][2:] = [4, {"b": "01000000"}]
    return op


def _times(op, _made, _dice):
    """No two runs agree."""
    op["a"] = [{**each, "opaque": True} if isinstance(each, dict) and "m" in each else each
               for each in op["a"]]
    return op


def _free(op, made, dice):
    """Kernels use the setup's."""
    index = 1 if op["f"] == "clSVMFree" else 2
    if any(_is_one_of(label, SHARED) for label in differential.labels(op["a"][index])):
        others = [label for label, each in made.items()
                  if each["f"] == "clSVMAlloc" and not _is_one_of(label, SHARED)]
        if not others:
            return None
        one = {"h": dice.choice(others)}
        op["a"][index] = one if index == 1 else {"hs": [one]}
        if index == 2:
            op["a"][1] = 1
    return op


def _count_device(op, _made, _dice):
    """The description does not say that these count references: of a root device, they do not."""
    return op if op["a"][0] is None or op["a"][0]["h"].endswith("/1.3.0") else None


def _source(op, _made, dice):
    strings = op["a"][2]
    if strings is None:
        return None
    texts = strings["ss"]
    op["a"][1] = len(texts)
    op["a"][3] = None
    if dice.random() < 0.3:
        op["a"][3] = {"n": [len(text) for text in texts], "w": 8}
    return op


def _build(op, _made, _dice):
    """A null device is refused before the library's other checks (known-differences.md)."""
    devices = op["a"][2]
    certain = devices is None or all(each and each["h"].endswith("/1.3.0") for each in devices["hs"])
    return op if certain else None


def _link(op, made, dice):
    """Null for a program, also one that could not be made, is refused before the library's other
    checks (known-differences.md)."""
    programs = op["a"][5]
    return _build(op, made, dice) if programs is None or _are_sources(programs["hs"], made) else None


def _are_sources(programs, made):
    return all(each and made.get(each["h"], {"f": ""})["f"] == "clCreateProgramWithSource"
               for each in programs)


def _compile(op, made, dice):
    """Headers without names, null for a header, and the other way round: the server refuses them
    before the library's other checks, because PoCL crashes (known-differences.md)."""
    headers = op["a"][5]
    if not headers or not _are_sources(headers["hs"], made) or op["a"][6] is None:
        op["a"][4:7] = [0, None, None]
    else:
        op["a"][4] = 1
    return _build(op, made, dice)


def _transfer(op, _made, dice):
    """Nothing, or one thing, is wrong: AvA finds a wrong rectangle before the library finds a wrong
    list of events, or a queue that is none (known-differences.md)."""
    arguments = op["a"]
    if arguments[0] is not None and arguments[1] is not None and dice.random() < 0.5:
        arguments[8:10] = [0, None]
    else:
        arguments[3:5] = [{"n": [0, 0, 0], "w": 8}, {"n": [4, 2, 1], "w": 8}]
    # A row pitch smaller than a row is a known difference, too.
    arguments[5:7] = dice.choice([(0, 0), (128, 0), (128, 1024)])
    return op


def _clone(op, made, _dice):
    """PoCL reads beyond its memory where a clone with local memory is launched."""
    kernel = op["a"][0]
    return op if not kernel or kernel["h"] not in made or _kernel_name(kernel["h"], made) == "add" else None


def _pitches(op, _made, dice):
    """PoCL takes pitches smaller than a row (known-differences.md)."""
    if op["f"] == "clCreateImage2D":
        op["a"][5] = dice.choice([0, 128])
    else:
        op["a"][6:8] = dice.choice([(0, 0), (128, 0), (128, 1024)])
    return op


def _map(op, _made, _dice):
    """A part of an image without columns is mapped by PoCL (known-differences.md)."""
    region = op["a"][5]
    return op if region is None or region["n"][0] != 0 else None


OTHERS = {"clRetainDeviceEXT": _count_device, "clReleaseDeviceEXT": _count_device,
          "clGetEventProfilingInfo": _times, "clGetDeviceAndHostTimer": _times, "clGetHostTimer": _times,
          "clEnqueueNDRangeKernel": _launch, "clEnqueueTask": _launch,
          "clCommandNDRangeKernelKHR": _command_launch, "clCreateCommandBufferKHR": _create_commands,
          "clFinalizeCommandBufferKHR": _not_of_setup, "clReleaseCommandBufferKHR": _not_of_setup,
          "clReleaseKernel": _not_of_setup, "clCloneKernel": _clone,
          "clEnqueueCommandBufferKHR": _enqueue_commands,
          "clEnqueueReadImage": _transfer, "clEnqueueWriteImage": _transfer,
          "clEnqueueMapImage": _map, "clCreateImage2D": _pitches, "clCreateImage3D": _pitches,
          "clReleaseMemObject": _release, "clReleaseSampler": _release,
          "clSetKernelArg": _kernel_argument, "clSetKernelArgSVMPointer": _shared_argument,
          "clSetKernelExecInfo": _exec_info, "clEnqueueSVMMemFill": _fill_shared,
          "clSVMFree": _free, "clEnqueueSVMFree": _free,
          "clReleaseCommandQueue": _not_of_setup, "clCreateProgramWithSource": _source,
          "clCompileProgram": _compile, "clBuildProgram": _build, "clLinkProgram": _link,
          "clCreateProgramWithBuiltInKernels": _build}
