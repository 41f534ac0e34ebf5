#!/usr/bin/env python3
"""Archives made to explode, scanned by the built program: bounded, named, and the next file is scanned.

    bombs.py PROGRAM

Ten gigabytes of zeros in as few megabytes as each compressor needs, bombs inside each other, and
archives of a hundred thousand members. Of each: the worker stays below 256 MiB of memory, the scan
ends within its limit of time and two seconds, a gap names the limit, and a payload in the file that
comes after is found.
"""

import bz2
import gzip
import io
import json
import lzma
import os
import pathlib
import pickle
import resource
import subprocess
import sys
import tarfile
import tempfile
import time
import unittest
import zipfile
import zlib

PROGRAM = None  # set by main

GIGABYTES = 10
MIB = 1 << 20
FILE_SECONDS = 60
MEMORY = 256 * MIB


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def piped(*command):
    return lambda data: subprocess.run(command, input=data, capture_output=True, check=True).stdout


PACKERS = {
    "gzip": lambda data: gzip.compress(data, 9, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": piped("zstd", "-q", "-c"),
    "lz4": piped("lz4", "-q", "-c"),
}


def zeros(pack, count):
    """Streams of 64 MiB each, one after another: their readers see one file."""
    return pack(bytes(64 * MIB)) * (count // (64 * MIB))


def one_zlib_stream(count):
    packer, parts = zlib.compressobj(9), []
    for _ in range(count // (16 * MIB)):
        parts.append(packer.compress(bytes(16 * MIB)))
    return b"".join(parts) + packer.flush()


def nested(depth):
    """A zip of eight copies of a zip of eight copies ... of a bomb."""
    data = zeros(PACKERS["gzip"], 256 * MIB)
    for _ in range(depth):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(8):
                archive.writestr(f"{copy}.bin", data)
        data = buffer.getvalue()
    return data


def empty_members(count):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for number in range(count):
            archive.addfile(tarfile.TarInfo(f"{number}"))
    return buffer.getvalue()


def empty_zip(count):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number in range(count):
            archive.writestr(f"{number}", b"")
    return buffer.getvalue()


def scan(folder):
    """Returns (seconds, report, most memory that one process held)."""
    start = time.monotonic()
    done = subprocess.run([PROGRAM, "scan", "--av", "off", "--hub", "off", "-o", "json", "--no-progress", "-j", "1",
                           "--max-file-time", f"{FILE_SECONDS}s", str(folder)],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600)
    seconds = time.monotonic() - start
    return seconds, json.loads(done.stdout), resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


class Bombs(unittest.TestCase):
    def check(self, name, data, reasons):
        with tempfile.TemporaryDirectory(prefix="bombs-") as folder:
            pathlib.Path(folder, f"a-{name}").write_bytes(data)
            pathlib.Path(folder, "b-next.pkl").write_bytes(pickle.dumps(Evil()))
            seconds, report, memory = scan(folder)
        bomb, after = report["files"]
        found = {gap["reason"] for gap in bomb["coverage"]["gaps"]}
        said = f"{name}: {len(data)} bytes, {seconds:.1f} s, {memory // MIB} MiB, {sorted(found)}"
        print(said)
        if reasons:
            self.assertTrue(found & reasons, said)
        self.assertLess(memory, MEMORY, said)
        self.assertLess(seconds, FILE_SECONDS + 2 * (len(data) // MIB + 1) + 2, said)
        self.assertEqual(after["verdict"], "unsafe", said)

    def test_ten_gigabytes_of_zeros(self):
        for name, pack in PACKERS.items():
            with self.subTest(name):
                self.check(name, zeros(pack, GIGABYTES * 1024 * MIB), {"limit-unpacked", "timed-out"})

    def test_one_stream_of_zeros(self):
        self.check("zlib", one_zlib_stream(GIGABYTES * 1024 * MIB), {"limit-unpacked", "timed-out"})

    def test_bombs_nested_eight_deep(self):
        self.check("nested", nested(8), {"limit-unpacked", "limit-members", "timed-out"})

    def test_a_hundred_thousand_members(self):
        self.check("members.tar", empty_members(100_001), {"limit-members"})
        self.check("members.zip", empty_zip(100_001), {"limit-members"})


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
