"""What random sequences need to know of OpenCL: which numbers mean something, which texts, what every
sequence starts with, and what blocks."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from constants import prefixed  # noqa: E402
from mending import UNSTEADY, mend  # noqa: E402, F401

# The names that each query takes.
QUERIES = {
    "clGetPlatformInfo": "CL_PLATFORM_",
    "clGetDeviceInfo": "CL_DEVICE_",
    "clGetContextInfo": "CL_CONTEXT_",
    "clGetCommandQueueInfo": "CL_QUEUE_",
    "clGetMemObjectInfo": "CL_MEM_",
    "clGetImageInfo": "CL_IMAGE_",
    "clGetSamplerInfo": "CL_SAMPLER_",
    "clGetProgramInfo": "CL_PROGRAM_",
    "clGetProgramBuildInfo": "CL_PROGRAM_BUILD_",
    "clGetKernelInfo": "CL_KERNEL_",
    "clGetKernelWorkGroupInfo": "CL_KERNEL_",
    "clGetKernelArgInfo": "CL_KERNEL_ARG_",
    "clGetEventInfo": "CL_EVENT_",
    "clGetCommandBufferInfoKHR": "CL_COMMAND_BUFFER_",
}

FLAGS = [0, 1, 2, 4, 1 << 4, 1 << 5, 1 << 3, 1 | 1 << 5, 4 | 1 << 5, 1 << 4 | 1 << 5, 1 << 3 | 1 << 5,
         1 << 7, 1 << 8, 1 << 9, 1 << 7 | 1 << 8, 3, 6, 1 << 12, 1 << 62]
ROOM = 256  # bytes that buffers and shared memory mostly have

NUMBERS = {
    "param_value_size": [0, 4, 8, 64, 1024, 4096, 4096, 4096],
    "flags": FLAGS,
    "map_flags": [0, 1, 2, 3, 8],  # nothing is mapped to be overwritten without being written
    "num_devices": [0, 1, 1, 1, 2],
    "num_entries": [0, 1, 1, 1, 2],
    "num_events_in_wait_list": [0, 1, 2, 4],
    "count": [1, 1, 2, 0],
    "num_kernels": [0, 1, 2, 2],  # PoCL overwrites what is more
    "arg_index": [0, 0, 1, 2, 3, 4, 99],
    "arg_indx": [0, 0, 1, 2, 3, 4, 99],
    "arg_size": [0, 4, 8, 8, 8, 16],
    "size": [ROOM, ROOM, 64, 16, 4, 1, 0, 128, 1024, 1 << 40],
    "cb": [ROOM, ROOM, 64, 16, 4, 1, 0, 128, 1024, 1 << 40],
    "pattern_size": [1, 2, 4, 8, 16, 32, 64, 128, 3, 0, 256],
    "work_dim": [1, 1, 1, 2, 3, 0, 4],
    "execution_status": [0, 0, 0, -1, -5, 1],
    "command_exec_callback_type": [0, 0, 1, 2, 3, 7],
    "image_width": [4, 4, 8, 1, 0],
    "image_height": [4, 4, 8, 1, 0],
    "image_depth": [4, 4, 8, 1, 0],
    "buffer_create_type": [0x1220] * 5 + [0],
}
# Of shared virtual memory.
SVM_NUMBERS = {
    ("clSVMAlloc", "flags"): [0, 1, 1, 1, 2, 4, 3, 1 << 3, 1 << 62],
    ("clSVMAlloc", "size"): [ROOM] * 6 + [64, 1024, 4096, 100, 1, 0, 1 << 62],
    ("clSVMAlloc", "alignment"): [0, 0, 0, 4, 64, 128, 3, 4096],
    ("clEnqueueSVMMap", "flags"): NUMBERS["map_flags"],
    ("clEnqueueSVMMigrateMem", "flags"): [0, 0, 1, 2, 3, 8],
    ("clSetKernelExecInfo", "param_name"): [0x11B6] * 5 + [0x11B7, 0],
}
SVM_SIZES = [ROOM, 128, 64, 64, 16, 8, 4, 1, 0]
OFFSETS = [0, 0, 0, 4, 16, 64, 128, 255, 256, 4096]
PITCHES = [0, 0, 0, 4, 8, 16, 32, 64, 5]


def numbers(function, parameter):
    if (function, parameter) in SVM_NUMBERS:
        return SVM_NUMBERS[function, parameter]
    if "SVM" in function and parameter == "size":
        return SVM_SIZES
    if parameter == "param_name":
        return prefixed(QUERIES.get(function, "CL_INVALID_"), *UNSTEADY) + [0, 0x1000]
    if parameter.startswith("blocking"):
        return [0, 1, 1] if "SVM" in function else [0, 1, 1, 2]  # known-differences.md
    if parameter.endswith("offset"):
        return OFFSETS
    if parameter.endswith("pitch"):
        return PITCHES
    if parameter == "image_type":
        return prefixed("CL_MEM_OBJECT_")
    if parameter == "addressing_mode":
        return prefixed("CL_ADDRESS_") + [0]
    if parameter == "filter_mode":
        return prefixed("CL_FILTER_") + [0]
    if parameter == "device_type":
        return prefixed("CL_DEVICE_TYPE_") + [0, 1 << 20]
    if function == "clWaitForEvents":
        return [1, 1, 2, 4]
    return NUMBERS.get(parameter)


types = {"cl_bool": [0, 1], "cl_command_queue_properties": [0, 1, 2, 3, 4, 8, 16]}


def _sizes(*values):
    return {"n": list(values), "w": 8}


SOURCE = """
__kernel void add(__global int *a, int b) {
  if (a) a[(get_global_id(0) + 8 * get_global_id(1)) & 15] += b;
}
__kernel void copy(__global const uint *from, __global uint *to, __local uint *spare, float4 v) {
  size_t i = get_local_id(0) & 15;
  if (!from || !to) return;
  spare[0] = from[i];
  to[i] = spare[0] + (uint)v.x;
}
__kernel void pick(__read_only image2d_t image, sampler_t how, __global float4 *to) {
  if (to) to[0] = read_imagef(image, how, (float2)(0.5f, 0.5f));
}
"""
PLATFORM = {"h": "0.1.0"}
DEVICE = {"h": "1.3.0"}
TEXTS = {
    ("clCreateProgramWithSource", "strings"):
        [{"ss": [SOURCE]}, {"ss": [SOURCE[:100], SOURCE[100:]]}, {"ss": ["__kernel void add("]},
         {"ss": ["", ""]}],
    ("clCreateKernel", "kernel_name"): ["add", "copy", "pick", "none", ""],
    ("clCompileProgram", "header_include_names"): [{"ss": ["a.h"]}],
    ("clCreateProgramWithBuiltInKernels", "kernel_names"): ["none", ""],
    ("clGetExtensionFunctionAddress", "func_name"): ["clNone", "clRetainDeviceEXT"],
    ("clGetExtensionFunctionAddressForPlatform", "func_name"): ["clNone", "clRetainDeviceEXT"],
    ("clCreateSubBuffer", "buffer_create_info"):
        [_sizes(0, 128), _sizes(128, 128), _sizes(128, 256), _sizes(1, 16), _sizes(0, 0),
         _sizes(4096, 128)],
    ("clCreateSubDevices", "properties"):
        [_sizes(0x1086, 1, 0), _sizes(0x1087, 1, 0, 0), _sizes(0x1087, 1, 1, 0, 0), _sizes(0x1086, 99, 0),
         _sizes(0x1088, 1, 0), _sizes(0)],
    ("clCreateCommandQueueWithProperties", "properties"):
        [_sizes(0x1093, 0, 0), _sizes(0x1093, 1, 0), _sizes(0x1093, 2, 0), _sizes(0x1093, 99, 0),
         _sizes(7, 7, 0), _sizes(0)],
    ("clCreateCommandBufferKHR", "properties"): [_sizes(0), _sizes(0x1293, 0, 0), _sizes(7, 7, 0)],
    ("clCreateSamplerWithProperties", "sampler_properties"):
        [_sizes(0x1152, 1, 0x1153, 0x1131, 0x1154, 0x1140, 0), _sizes(0), _sizes(0x1152, 9, 0),
         _sizes(5, 5, 0)],
    ("clCreateContext", "properties"): [{"hs": [0x1084, PLATFORM, 0]}, _sizes(0), _sizes(9, 9, 0)],
    ("clCreateContextFromType", "properties"): [{"hs": [0x1084, PLATFORM, 0]}, _sizes(9, 9, 0)],
    ("clEnqueueFillBuffer", "pattern"): [{"b": "0102030405060708" * 16}],
    ("clEnqueueNDRangeKernel", "global_work_offset"): [_sizes(0, 0, 0), _sizes(1, 0, 0)],
    ("clEnqueueNDRangeKernel", "global_work_size"):
        [_sizes(16, 1, 1), _sizes(8, 2, 1), _sizes(0, 1, 1)],
    ("clEnqueueNDRangeKernel", "local_work_size"):
        [_sizes(1, 1, 1), _sizes(8, 1, 1), _sizes(7, 1, 1), _sizes(99999, 1, 1)],
}
OPTIONS = ["", "-DX=1", "-cl-fast-relaxed-math", "-cl-kernel-arg-info", "-cl-no-such-option"]
ORIGINS = [_sizes(0, 0, 0)] * 3 + [_sizes(1, 1, 0), _sizes(4, 0, 0), _sizes(99, 0, 0)]
REGIONS = [_sizes(4, 4, 1)] * 3 + [_sizes(1, 1, 1), _sizes(2, 2, 1), _sizes(8, 2, 2),
                                   _sizes(0, 1, 1)]
FORMATS = [{"n": pair, "w": 4} for pair in
           ([0x10B5, 0x10D2], [0x10B5, 0x10DE], [0x10B0, 0x10DE], [0x10B6, 0x10D2], [0, 0])]


def _desc(kind, width, height, depth=0, array=0):
    return _sizes(kind, width, height, depth, array, 0, 0, 0, 0)


DESCRIPTIONS = [_desc(0x10F1, 4, 4), _desc(0x10F1, 8, 2), _desc(0x10F2, 4, 4, 2),
                _desc(0x10F4, 16, 0), _desc(0x10F3, 4, 4, 0, 2), _desc(0x10F1, 0, 4),
                _desc(0, 4, 4)]


def texts(function, parameter):
    if parameter == "options":
        return OPTIONS
    if parameter.endswith("origin"):
        return ORIGINS
    if parameter == "region":
        return REGIONS
    if parameter == "image_format":
        return FORMATS
    if parameter == "image_desc":
        return DESCRIPTIONS
    return TEXTS.get((function, parameter))


def setup():
    error = {"m": 64}
    return [
        {"f": "clGetPlatformIDs", "a": [1, {"m": 8}, {"m": 8}]},
        {"f": "clGetDeviceIDs", "a": [PLATFORM, 0xFFFFFFFF, 1, {"m": 8}, {"m": 8}]},
        {"f": "clCreateContext", "a": [None, 1, {"hs": [DEVICE]}, None, 0, error]},
        {"f": "clCreateCommandQueue", "a": [{"h": "2"}, DEVICE, 2, error]},
        {"f": "clCreateBuffer", "a": [{"h": "2"}, 1 | 1 << 5, ROOM, {"b": bytes(range(256)).hex()},
                                      error]},
        {"f": "clCreateBuffer", "a": [{"h": "2"}, 1 | 1 << 5, ROOM, {"b": "00" * ROOM}, error]},
        {"f": "clCreateProgramWithSource", "a": [{"h": "2"}, 1, {"ss": [SOURCE]}, None, error]},
        {"f": "clBuildProgram", "a": [{"h": "6"}, 0, None, None, None, 0]},
        {"f": "clCreateKernel", "a": [{"h": "6"}, {"s": "add"}, error]},
        {"f": "clSetKernelArg", "a": [{"h": "8"}, 0, 8, {"hs": [{"h": "4"}]}]},
        {"f": "clSetKernelArg", "a": [{"h": "8"}, 1, 4, {"b": "05000000"}]},
        {"f": "clCreateImage", "a": [{"h": "2"}, 1 | 1 << 5, FORMATS[0], DESCRIPTIONS[0],
                                     {"b": bytes(range(64)).hex()}, error]},
        {"f": "clCreateSampler", "a": [{"h": "2"}, 0, 0x1132, 0x1140, error]},
        {"f": "clCreateKernel", "a": [{"h": "6"}, {"s": "copy"}, error]},
        {"f": "clSetKernelArg", "a": [{"h": "13"}, 0, 8, {"hs": [{"h": "4"}]}]},
        {"f": "clSetKernelArg", "a": [{"h": "13"}, 1, 8, {"hs": [{"h": "5"}]}]},
        {"f": "clSetKernelArg", "a": [{"h": "13"}, 2, 64, None]},
        {"f": "clSetKernelArg", "a": [{"h": "13"}, 3, 16, {"b": "0000803f" * 4}]},
        {"f": "clCreateKernel", "a": [{"h": "6"}, {"s": "pick"}, error]},
        {"f": "clSetKernelArg", "a": [{"h": "18"}, 0, 8, {"hs": [{"h": "11"}]}]},
        {"f": "clSetKernelArg", "a": [{"h": "18"}, 1, 8, {"hs": [{"h": "12"}]}]},
        {"f": "clSetKernelArg", "a": [{"h": "18"}, 2, 8, {"hs": [{"h": "5"}]}]},
        {"f": "clSVMAlloc", "a": [{"h": "2"}, 1, ROOM, 0]},  # 22; 23 fills it
        {"f": "clSVMAlloc", "a": [{"h": "2"}, 1, ROOM, 0]},  # 24
        {"f": "clCreateProgramWithSource", "a": [{"h": "2"}, 1, {"ss": [SOURCE]}, None, error]},  # 26
        {"f": "clCreateCommandBufferKHR", "a": [1, {"hs": [{"h": "3"}]}, None, error]},
    ]


# Other sizes are none.
SVM_LOOKED_AT = range(1, 4097)


def _first_queue(label):
    """The setup's, of a label's thread; it is never released."""
    return {"h": label.split("/")[0] + "/3"}


def settle(live):
    ops = [{"f": "clFinish", "a": [{"h": label}]} for label in live["cl_command_queue"]]
    for label in live["cl_mem"] if live["cl_command_queue"] else []:
        queue = {"h": live["cl_command_queue"][0]}
        if label.endswith("/11"):  # the image
            ops.append({"f": "clEnqueueReadImage", "now": True,
                        "a": [queue, {"h": label}, 1, ORIGINS[0], REGIONS[0], 0, 0, {"m": 64}, 0, None,
                              None]})
        else:
            ops.append({"f": "clEnqueueReadBuffer", "now": True,
                        "a": [queue, {"h": label}, 1, 0, 16, {"m": ROOM}, 0, None, None]})
    for label, size in live["memory"].items():
        if size in SVM_LOOKED_AT:
            ops.append({"f": "clEnqueueSVMMemcpy", "now": True,
                        "a": [_first_queue(label), 1, {"m": size}, {"h": label}, size, 0, None, None]})
    return ops


gates = {"clCreateUserEvent": lambda label: {"f": "clSetUserEventStatus", "a": [{"h": label}, 0]}}
BLOCKING = {"clFinish", "clWaitForEvents", "clEnqueueBarrier", "clEnqueueWaitForEvents",
            "clReleaseCommandQueue", "clReleaseContext", "clReleaseEvent", "clReleaseMemObject",
            "clReleaseKernel", "clReleaseProgram", "clUnloadCompiler", "clBuildProgram",
            "clCompileProgram", "clLinkProgram"}


def blocks(op):
    name = op["f"]
    if name in BLOCKING:
        return True
    if name in ("clEnqueueSVMMap", "clEnqueueSVMMemcpy"):
        return bool(op["a"][1])
    return name.startswith(("clEnqueueRead", "clEnqueueWrite", "clEnqueueMap")) and bool(op["a"][2])


def map_bytes(op):
    if op["f"] == "clEnqueueSVMMap":
        return op["a"][4] if op["a"][1] else 0
    size = op["a"][5]
    if op["f"] == "clEnqueueMapImage":  # pixels have a byte at least
        size = size["n"][0] if size else 0
    return size if 0 < size <= ROOM and op["a"][2] else 0


def map_writes(op):
    return op["a"][2 if op["f"] == "clEnqueueSVMMap" else 3] & 2


def ends(op):
    """A list of shared memory with a callback is the application's to free."""
    if op["f"] == "clEnqueueSVMFree":
        return [2] if op["a"][3] is None else []
    return [1] if op["f"] == "clSVMFree" else []


# Whose meaning is open while commands run.
AFTER_ALL = ("clSVMFree", "clGetEventProfilingInfo", "clEnqueueCommandBufferKHR",
             "clReleaseCommandBufferKHR", "clGetCommandBufferInfoKHR")


def _queue_of(op):
    """Where a command goes; those of command buffers to the setup's."""
    if op["f"] == "clEnqueueCommandBufferKHR":
        return op["a"][2] and _first_queue(op["a"][2]["h"])
    return op["a"][0]


def precedes(op, ops):
    """Commands of two queues, or of one that is out of order, may run at the same time, and what then
    is in memory is open; nor would the reads at the end wait for a queue that was released."""
    if op["f"] == "clReleaseCommandQueue":
        return [_finish(op["a"][0])]
    if not op["f"].startswith("clEnqueue") and op["f"] not in AFTER_ALL:
        return []
    last = next((each for each in reversed(ops)
                 if each["f"].startswith(("clEnqueue", "clFinish")) and _queue_of(each) is not None), None)
    if last is None or last["f"] == "clFinish":
        return []
    queue = _queue_of(last)
    is_apart = op["f"] in AFTER_ALL or queue != _queue_of(op) or _is_out_of_order(queue, ops)
    return [_finish(queue)] if is_apart else []


def _finish(queue):
    return {"f": "clFinish", "a": [queue]}


def _is_out_of_order(queue, ops):
    made = ops[int(queue["h"].split("/")[1].split(".")[0])]
    return not (made["f"] == "clCreateCommandQueue" and not (made["a"][2] or 0) & 1)


def follows(op, label):
    """Commands may not change an object while it is mapped: the mapping ends at once. What new shared
    memory holds is open. What is compiled is linked, and command buffers other than the setup's are
    executable, which chance would not hit upon."""
    if op["f"] == "clSVMAlloc" and op["a"][2] in SVM_LOOKED_AT:
        return [{"f": "clEnqueueSVMMemFill",
                 "a": [_first_queue(label), {"h": label}, {"b": "3c"}, 1, op["a"][2], 0, None, None]}]
    if op["f"] == "clCompileProgram" and op["a"][0] and op["a"][0]["h"].endswith("/26"):
        context = label.split("/")[0] + "/2"
        return [{"f": "clLinkProgram", "a": [{"h": context}, 0, None, None, 1, {"hs": [op["a"][0]]}, None,
                                             0, {"m": 64}]}]
    if op["f"] == "clEnqueueSVMMap":
        return [{"f": "clEnqueueSVMUnmap", "a": [op["a"][0], op["a"][3], 0, None, None]}]
    if op["f"] == "clCreateCommandBufferKHR" and not label.endswith("/27"):
        return _recorded({"h": label}, label.split("/")[0])
    if not op["f"].startswith("clEnqueueMap"):
        return []
    queue, memory = op["a"][:2]
    return [{"f": "clEnqueueUnmapMemObject",
             "a": [queue, memory, {"h": label}, 0, None, None]}]


def _recorded(commands, thread):
    made = [{"h": f"{thread}/{number}"} for number in ("4", "5", "8")]  # two buffers, a kernel
    no_points = [0, None, None, None]
    return [
        {"f": "clCommandCopyBufferKHR", "a": [commands, None, *made[:2], 0, 64, 64, *no_points]},
        {"f": "clCommandNDRangeKernelKHR",
         "a": [commands, None, None, made[2], 1, None, _sizes(16), None, *no_points]},
        {"f": "clFinalizeCommandBufferKHR", "a": [commands]},
    ]


environments = {"several_devices": {"POCL_DEVICES": "pthread pthread"}}
null_handles = 0.005  # PoCL often crashes
weights = {
    # Compiling takes a thousand times as long as anything else.
    "clBuildProgram": 0.15, "clCompileProgram": 0.4, "clLinkProgram": 0.4,
    "clCreateProgramWithSource": 0.7, "clUnloadCompiler": 0.2, "clUnloadPlatformCompiler": 0.2,
    "clCreateContext": 0.3, "clCreateContextFromType": 0.3,
    "clSetKernelArg": 5, "clEnqueueNDRangeKernel": 4, "clEnqueueTask": 2,
    "clEnqueueReadBuffer": 3, "clEnqueueWriteBuffer": 3, "clEnqueueMapBuffer": 3,
    "clEnqueueUnmapMemObject": 4, "clCreateBuffer": 3, "clSetEventCallback": 2,
    # What two moments or two processes do not share: times, binaries, addresses.
    "clCreateProgramWithBinary": 0, "clCreateProgramWithIL": 0, "clCreateProgramWithILKHR": 0,
    "clEnqueueReadImage": 2, "clEnqueueWriteImage": 2, "clEnqueueMapImage": 2,
    "clSVMAlloc": 1.5, "clEnqueueSVMMemcpy": 2, "clEnqueueSVMMap": 2, "clEnqueueSVMMemFill": 1.5,
    "clEnqueueSVMUnmap": 0.3, "clSetKernelArgSVMPointer": 2,
    # What a loader asks a vendor's library: AvA's stands for the host's loader.
    "clIcdGetPlatformIDsKHR": 0,
    "clEnqueueCommandBufferKHR": 2, "clFinalizeCommandBufferKHR": 0.7, "clSetContentSizeBufferPoCL": 0.3,
    "clReleaseCommandBufferKHR": 0.4, "clRetainCommandBufferKHR": 0.3,
    # PoCL 3.1 ends the process.
    "clSetCommandQueueProperty": 0, "clEnqueueWaitForEvents": 0,
    "clSetProgramSpecializationConstant": 0,
    # And with a new kernel, whose arguments are not set yet.
    "clCreateKernel": 0.3, "clCloneKernel": 0.5, "clCreateKernelsInProgram": 0.2,
}
