"""Functions of extensions, which the platform hands out by name."""
import ctypes


def address(library, name):
    platform = ctypes.c_void_p()
    if library.clGetPlatformIDs(1, ctypes.byref(platform), None) != 0:
        return 0
    look_up = library.clGetExtensionFunctionAddressForPlatform
    look_up.restype = ctypes.c_void_p
    return look_up(platform, name.encode()) or 0
