"""Modules by their path: an API's hints, its programs, what finds its functions."""
import importlib.util


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
