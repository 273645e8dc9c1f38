"""Arguments of OpenCL functions that fit together: left to chance, hardly any call with an offset, a
size and two objects would succeed. More than half of the calls get them."""
from constants import constants

OFTEN = 0.6

# Objects that such calls take.
BUFFER, SOURCE, COMMANDS, FINAL = "buffer", "source", "commands", "final commands"
IMAGE, CONTEXT, PROGRAM, KERNEL, DEVICE = "image", "context", "program", "kernel", "device"
# The setup's, by the number of their call.
MADE = {IMAGE: ("11",), CONTEXT: ("2",), PROGRAM: ("6",), KERNEL: ("8", "13", "18"), DEVICE: ("1.3.0",),
        COMMANDS: ("27",)}

OUT, BYTES = {"m": 4096}, {"b": "5a" * 4096}
RGBA = {"n": [0x10B5, 0x10D2], "w": 4}
FLAGS = 1 | 1 << 5  # CL_MEM_READ_WRITE | CL_MEM_COPY_HOST_PTR


def _sizes(*values):
    return {"n": list(values), "w": 8}


def _flat(width, height):
    return _sizes(0x10F1, width, height, 0, 0, 0, 0, 0, 0)


NOWHERE = _sizes(0, 0, 0)
CORNERS, PIXELS = [NOWHERE, _sizes(1, 1, 0), _sizes(2, 2, 0)], [_sizes(2, 2, 1), _sizes(1, 2, 1)]
BLOCKS = [_sizes(4, 4, 1), _sizes(8, 2, 1), _sizes(4, 2, 2)]
TRANSFER = {1: BUFFER, 3: [0, 64, 128], 4: [64, 128, 1]}
RECTANGLE = {1: BUFFER, 3: [NOWHERE, _sizes(4, 1, 0)], 4: [NOWHERE, _sizes(4, 1, 0)], 5: BLOCKS,
             6: [16], 7: [0, 64], 8: [16], 9: [0, 64]}

# {function: ({argument: candidates}, where its number of events is)}
FITTING = {
    "clEnqueueReadBuffer": (TRANSFER, 6),
    "clEnqueueWriteBuffer": (TRANSFER, 6),
    "clEnqueueCopyBuffer": ({1: BUFFER, 2: BUFFER, 3: [0, 16, 64], 4: [128, 192], 5: [16, 64]}, 6),
    "clEnqueueFillBuffer": ({1: BUFFER, 2: [BYTES], 3: [1, 2, 4, 8, 16], 4: [0, 64], 5: [64, 128]}, 6),
    "clEnqueueMapBuffer": ({1: BUFFER, 3: [1, 2, 3], 4: [0, 64], 5: [64, 128]}, 6),
    "clEnqueueReadBufferRect": (RECTANGLE, 11),
    "clEnqueueWriteBufferRect": (RECTANGLE, 11),
    "clEnqueueCopyBufferRect": ({1: BUFFER, 2: BUFFER, 3: [NOWHERE, _sizes(4, 1, 0)],
                                 4: [_sizes(0, 8, 0)], 5: BLOCKS, 6: [16], 7: [64], 8: [16], 9: [64]},
                                10),
    "clEnqueueMigrateMemObjects": ({1: [1], 2: [[BUFFER]], 3: [0, 1, 2]}, 4),
    "clEnqueueMapImage": ({1: IMAGE, 3: [1, 2, 3], 4: CORNERS, 5: PIXELS, 6: [{"m": 64}]}, 8),
    "clEnqueueReadImage": ({1: IMAGE, 3: CORNERS, 4: PIXELS}, 8),
    "clEnqueueWriteImage": ({1: IMAGE, 3: CORNERS, 4: PIXELS}, 8),
    "clEnqueueFillImage": ({1: IMAGE, 3: CORNERS, 4: PIXELS}, 5),
    "clEnqueueCopyImage": ({1: IMAGE, 2: IMAGE, 3: [NOWHERE], 4: [_sizes(2, 2, 0)], 5: PIXELS}, 6),
    "clEnqueueCopyImageToBuffer": ({1: IMAGE, 2: BUFFER, 3: CORNERS, 4: PIXELS, 5: [0, 64]}, 6),
    "clEnqueueCopyBufferToImage": ({1: BUFFER, 2: IMAGE, 3: [0, 64], 4: CORNERS, 5: PIXELS}, 6),
    "clCreateSubBuffer": ({0: BUFFER, 1: [0, 1, 4], 2: [0x1220],
                           3: [_sizes(0, 128), _sizes(128, 128), _sizes(128, 64)]}, None),
    "clCreateBufferWithProperties": ({0: CONTEXT, 1: [None, _sizes(0)], 2: [FLAGS], 3: [256, 64],
                                      4: [BYTES]}, None),
    "clCreateImage": ({0: CONTEXT, 1: [FLAGS], 2: [RGBA], 3: [_flat(4, 4), _flat(8, 2)],
                       4: [BYTES]}, None),
    "clCreateImageWithProperties": ({0: CONTEXT, 1: [None, _sizes(0)], 2: [FLAGS], 3: [RGBA],
                                     4: [_flat(4, 4), _flat(8, 2)], 5: [BYTES]}, None),
    "clCreateImage2D": ({0: CONTEXT, 1: [FLAGS], 2: [RGBA], 3: [4, 8], 4: [4], 5: [0], 6: [BYTES]}, None),
    "clCreateImage3D": ({0: CONTEXT, 1: [FLAGS], 2: [RGBA], 3: [4, 8], 4: [4], 5: [2], 6: [0], 7: [0],
                         8: [BYTES]}, None),
    "clCreatePipe": ({0: CONTEXT, 1: [0, 1], 2: [4, 16], 3: [8], 4: [None]}, None),
    "clCreateKernelsInProgram": ({0: PROGRAM, 1: [3], 2: [OUT]}, None),
    "clCompileProgram": ({0: SOURCE, 1: [0], 2: [None], 3: [{"s": "-DX=1"}, None]}, None),
    "clLinkProgram": ({0: CONTEXT, 1: [0], 2: [None], 3: [None], 4: [1], 5: [[SOURCE]]}, None),
    "clGetKernelArgInfo": ({0: KERNEL, 1: [0, 1, 2]}, None),
    "clGetKernelWorkGroupInfo": ({0: KERNEL, 1: [DEVICE, None]}, None),
    "clGetKernelSubGroupInfo": ({0: KERNEL, 1: [DEVICE], 2: [0x2033, 0x2034, 0x11B8, 0x11B9, 0x11BA],
                                 3: [8, 24], 4: [_sizes(1, 1, 1)], 5: [4096], 6: [OUT]}, None),
    "clGetProgramBuildInfo": ({0: PROGRAM, 1: [DEVICE]}, None),
    "clCommandCopyBufferKHR": ({0: COMMANDS, 1: [None], 2: BUFFER, 3: BUFFER, 4: [0, 16, 64],
                                5: [128, 192], 6: [16, 64], 10: [None]}, 7),
    "clCommandCopyBufferRectKHR": ({0: COMMANDS, 1: [None], 2: BUFFER, 3: BUFFER,
                                    4: [NOWHERE, _sizes(4, 1, 0)], 5: [_sizes(0, 8, 0)], 6: BLOCKS,
                                    7: [16], 8: [64], 9: [16], 10: [64], 14: [None]}, 11),
    "clCommandCopyBufferToImageKHR": ({0: COMMANDS, 1: [None], 2: BUFFER, 3: IMAGE, 4: [0, 64],
                                       5: CORNERS, 6: PIXELS, 10: [None]}, 7),
    "clCommandCopyImageToBufferKHR": ({0: COMMANDS, 1: [None], 2: IMAGE, 3: BUFFER, 4: CORNERS,
                                       5: PIXELS, 6: [0, 64], 10: [None]}, 7),
    "clCommandCopyImageKHR": ({0: COMMANDS, 1: [None], 2: IMAGE, 3: IMAGE, 4: [NOWHERE],
                               5: [_sizes(2, 2, 0)], 6: PIXELS, 10: [None]}, 7),
    "clCommandFillBufferKHR": ({0: COMMANDS, 1: [None], 2: BUFFER, 3: [BYTES], 4: [1, 2, 4, 8, 16],
                                5: [0, 64], 6: [64, 128], 10: [None]}, 7),
    "clCommandFillImageKHR": ({0: COMMANDS, 1: [None], 2: IMAGE, 4: CORNERS, 5: PIXELS, 9: [None]}, 6),
    "clCommandNDRangeKernelKHR": ({0: COMMANDS, 1: [None], 2: [None], 11: [None]}, 8),
    "clCommandBarrierWithWaitListKHR": ({0: COMMANDS, 1: [None], 5: [None]}, 2),
    "clFinalizeCommandBufferKHR": ({0: COMMANDS}, None),
    "clEnqueueCommandBufferKHR": ({2: FINAL}, 3),
    "clEnqueueSVMMemcpy": ({}, 5), "clEnqueueSVMMemFill": ({3: [1, 2, 4, 8, 16], 4: [64, 128]}, 5),
    "clEnqueueSVMMap": ({}, 5), "clEnqueueSVMFree": ({}, 5), "clEnqueueSVMMigrateMem": ({4: [0, 1]}, 5),
    "clGetEventProfilingInfo": ({1: range(0x1280, 0x1285), 2: [8], 3: [{"m": 8}]}, None),
}
# Which names a query knows, and where its argument is.
QUERIES = {
    "clGetCommandQueueInfo": (range(0x1090, 0x1099), 1), "clGetContextInfo": (range(0x1080, 0x1084), 1),
    "clGetMemObjectInfo": (range(0x1100, 0x110B), 1), "clGetImageInfo": (range(0x1110, 0x111B), 1),
    "clGetPipeInfo": (range(0x1120, 0x1123), 1), "clGetSamplerInfo": (range(0x1150, 0x1159), 1),
    "clGetKernelInfo": (range(0x1190, 0x1196), 1), "clGetKernelArgInfo": (range(0x1196, 0x119B), 2),
    "clGetKernelWorkGroupInfo": (range(0x11B0, 0x11B6), 2), "clGetEventInfo": (range(0x11D0, 0x11D5), 1),
    "clGetProgramInfo": (range(0x1160, 0x116C), 1), "clGetProgramBuildInfo": (range(0x1181, 0x1186), 2),
}


def fit(op, made, dice, unsteady):
    """Gives an OP arguments that fit, if it has such, and sometimes. `unsteady`: words in the names of
    what is not asked for."""
    name, arguments = op["f"], op["a"]
    if dice.random() > OFTEN:
        return
    candidates, events = FITTING.get(name, ({}, None))
    for index, choices in candidates.items():
        _put(arguments, index, choices, made, dice)
    if events is not None and dice.random() < 0.7:
        arguments[events:events + 2] = [0, None]
    if name in QUERIES:
        numbers, at = QUERIES[name]
        arguments[at] = dice.choice([value for value in numbers if value not in _unsteady(unsteady)])
        arguments[at + 1:at + 3] = [4096, dict(OUT)]


def _put(arguments, index, choices, made, dice):
    choice = choices if isinstance(choices, str) else dice.choice(choices)
    objects = {BUFFER: _buffers(made), SOURCE: _sources(made), FINAL: _final(made)} | {
        kind: [label for label in made if label.split("/")[-1] in numbers]
        for kind, numbers in MADE.items()}
    if isinstance(choice, str):
        if objects[choice]:
            arguments[index] = {"h": dice.choice(objects[choice])}
    elif isinstance(choice, list):
        if objects[choice[0]]:
            arguments[index] = {"hs": [{"h": dice.choice(objects[choice[0]])}]}
    else:
        arguments[index] = choice


def _buffers(made):
    """With room for whatever is here."""
    return [label for label, op in made.items()
            if op["f"] == "clCreateBuffer" and op["a"][1] == FLAGS and op["a"][2] in (256, 1024) and
            op["a"][3] is not None][-4:]


def _sources(made):
    """Programs that the setup did not build."""
    return [label for label, op in made.items()
            if op["f"] == "clCreateProgramWithSource" and label.split("/")[-1] not in MADE[PROGRAM]][:2]


def _final(made):
    """Command buffers to which nothing can be added any more (hints.follows)."""
    return [label for label, op in made.items() if op["f"] == "clCreateCommandBufferKHR" and
            label.split("/")[-1] not in MADE[COMMANDS]]


def _unsteady(words):
    return {value for name, value in constants().items() if any(word in name for word in words)}
