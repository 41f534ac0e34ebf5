#!/usr/bin/env python3
"""Random ClamAV signatures in the mix of a large database, in the same order each time.

    make_signatures.py FOLDER [--scale 1.0]

At scale 1: 300,000 hashes of files, 100,000 body signatures and 50,000 logical ones, a third of
which can match raw bytes; 42 MB of text. Random bytes are harder for a matcher than real signatures
are: no two begin alike.
"""

import argparse
import pathlib
import random

HASHES, BODIES, LOGICAL = 300_000, 100_000, 50_000
LENGTHS = (12, 16, 20, 24, 32, 48, 64, 100)
# Target 0 is any file; the others are executables, HTML, mail, text and so on.
TARGETS, SHARES = (0, 1, 2, 3, 6, 7), (35, 45, 6, 5, 5, 4)


def body(rng):
    """Hexadecimal bytes, in every second one a wildcard somewhere."""
    size = rng.choice(LENGTHS)
    text = rng.randbytes(size).hex()
    place = 2 * rng.randint(4, size - 6)
    kind = rng.random()
    if kind < 0.55:
        return text
    if kind < 0.75:
        return text[:place] + "??" * rng.randint(1, 4) + text[place:]
    if kind < 0.9:
        return text[:place] + "{-%d}" % rng.randint(10, 200) + text[place:]
    return text[:place] + "*" + text[place:]


def make(folder, scale=1.0, seed=7):
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    with open(folder / "made.hdb", "w", encoding="ascii") as out:
        for i in range(int(HASHES * scale)):
            out.write(f"{rng.randbytes(16).hex()}:{rng.randint(1000, 5_000_000)}:Made.Hash.{i}\n")
    with open(folder / "made.ndb", "w", encoding="ascii") as out:
        for i in range(int(BODIES * scale)):
            target = rng.choices(TARGETS, SHARES)[0]
            offset = rng.choice(("*",) * 8 + ("0", f"EOF-{rng.randint(100, 2000)}"))
            out.write(f"Made.Body.{i}:{target}:{offset}:{body(rng)}\n")
    with open(folder / "made.ldb", "w", encoding="ascii") as out:
        for i in range(int(LOGICAL * scale)):
            parts = [body(rng) for _ in range(rng.randint(1, 6))]
            expression = "&".join(map(str, range(len(parts))))
            target = rng.choices(TARGETS, SHARES)[0]
            out.write(f"Made.Logical.{i};Engine:81-255,Target:{target};{expression};{';'.join(parts)}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    make(options.folder, options.scale)


if __name__ == "__main__":
    main()
