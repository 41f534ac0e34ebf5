#!/usr/bin/env python3
"""Checks what the two built programs link, and that they are hardened.

    programs.py PARENT WORKER

The program with the token and the network must not have the parsers in its memory, and the one
that opens hostile files must not have a way to the network.
"""

import re
import subprocess
import sys

# program -> libraries that it must not link
REFUSED = {
    "counterscan": ("libclamav", "libzip", "libarchive", "libbz2", "liblzma",
                    "libzstd", "liblz4", "libseccomp"),
    "counterscan-worker": ("libcurl", "libssl"),
}


def readelf(program, *options):
    return subprocess.run(["readelf", "-W", *options, program], check=True, capture_output=True,
                          text=True, env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"}).stdout


def complaints_about(program, refused):
    dynamic = readelf(program, "-d")
    needed = re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic)
    for library in needed:
        if library.startswith(refused):
            yield f"links {library}"
    if "BIND_NOW" not in dynamic:
        yield "binds symbols lazily: the table of functions stays writable"
    if "DYN" not in next(line for line in readelf(program, "-h").splitlines() if "Type:" in line):
        yield "is loaded at a fixed address"
    segments = readelf(program, "-l")
    if "GNU_RELRO" not in segments:
        yield "has no read-only relocations"
    if re.search(r"GNU_STACK.*RWE", segments):
        yield "has an executable stack"


def main():
    failed = False
    for program, refused in zip(sys.argv[1:], REFUSED.values(), strict=True):
        for complaint in complaints_about(program, refused):
            print(f"{program}: {complaint}")
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
