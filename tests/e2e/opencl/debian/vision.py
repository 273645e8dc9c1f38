#!/usr/bin/python3
"""OpenCV's UMat: filters, geometry, arithmetic and statistics on the OpenCL device.

usage: vision.py RESULT-FILE
"""
import sys
import zlib

import cv2
import numpy as np


class Results:
    def __init__(self):
        self._bytes = []

    def add(self, name, value):
        array = np.ascontiguousarray(value.get() if isinstance(value, cv2.UMat) else value)
        self._bytes.append(array.tobytes())
        print(f"{name}: {array.dtype} {array.shape} {zlib.crc32(self._bytes[-1]):08x}")

    def write(self, path):
        with open(path, "wb") as file:
            file.write(b"".join(self._bytes))


def pictures():
    random = np.random.default_rng(1)
    rough = random.integers(0, 256, (240, 320, 3), dtype=np.uint8)
    return cv2.UMat(cv2.GaussianBlur(rough, (9, 9), 3)), random.random((64, 64), dtype=np.float32)


def filters(results, colors, grey):
    results.add("gauss", cv2.GaussianBlur(colors, (7, 7), 1.5))
    results.add("median", cv2.medianBlur(colors, 5))
    results.add("edges", cv2.Canny(grey, 50, 150))
    results.add("slope", cv2.Sobel(grey, cv2.CV_32F, 1, 1))
    results.add("threshold", cv2.threshold(grey, 127, 255, cv2.THRESH_BINARY)[1])
    results.add("open", cv2.morphologyEx(colors, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8)))


def geometry(results, colors):
    results.add("smaller", cv2.resize(colors, (100, 77), interpolation=cv2.INTER_LINEAR))
    turn = np.float32([[1, 0.2, 3], [0.1, 1, 5]])
    results.add("turned", cv2.warpAffine(colors, turn, (320, 240)))
    results.add("flipped", cv2.flip(colors, 1))
    results.add("pyramid", cv2.pyrDown(colors))


def numbers(results, colors, grey, floats):
    results.add("colors", cv2.cvtColor(colors, cv2.COLOR_BGR2HSV))
    results.add("product", cv2.gemm(floats, floats, 1.0, None, 0))
    results.add("spectrum", cv2.dft(floats))
    results.add("mixed", cv2.addWeighted(colors, 0.3, colors, 0.7, 1))
    results.add("histogram", cv2.calcHist([grey], [0], None, [64], [0, 256]))
    results.add("places", np.array(cv2.minMaxLoc(grey)[:2]))
    results.add("one channel", cv2.split(colors)[1])


def main():
    cv2.ocl.setUseOpenCL(True)
    assert cv2.ocl.useOpenCL(), "OpenCV finds no device"
    print(cv2.ocl.Device_getDefault().name())
    colors, floats = pictures()
    grey = cv2.cvtColor(colors, cv2.COLOR_BGR2GRAY)
    results = Results()
    results.add("grey", grey)
    filters(results, colors, grey)
    geometry(results, colors)
    numbers(results, colors, grey, cv2.UMat(floats))
    results.write(sys.argv[1])


main()
