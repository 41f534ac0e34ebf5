#!/usr/bin/env python3
"""Holds the walk to what real readers of zip return: no member may go unseen.

    zip_differential.py --program ZIP_MEMBERS_PROGRAM [COUNT] [--seed SEED] [--failures FOLDER]

Makes archives (zips.py), reads each with this Python's zipfile and, where it is installed, with
torch's PyTorchFileReader, and asks the walk what it looked at (the program). Wrong is a member that
a reader returns, whole or up to where it then fails, and that is not among what the walk looked at
under that name. Failing archives are kept. Runs under any Python from 3.6 on.
"""

import argparse
import collections
import ctypes
import hashlib
import io
import os
import pickle
import random
import resource
import struct
import subprocess
import sys
import time
import warnings
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import zips

BATCH = 250
MEMORY = 2 << 30  # what a hostile length may make the readers ask for
READ_BYTES = 1 << 22
# JoinPlace() cuts names that nobody gives honestly.
KEPT_NAME_BYTES = 255
PIECE = 64
CHANCE = 16  # so many bytes are equal in what was never written
M_PERTURB = -6  # malloc.h


class Returned:
    """A member as a reader returned it."""

    def __init__(self, reader, names, data, whole):
        self.reader, self.names, self.data, self.whole = reader, names, data, whole


def by_zipfile(data):
    found = []
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        infos = archive.infolist()
    except Exception:
        return found
    for info in infos:
        pieces, whole = [], False
        size = 0
        try:
            # Piece by piece: a reader that stops early never comes to where the checksum is compared.
            with archive.open(info) as member:
                while size < READ_BYTES:
                    piece = member.read(PIECE)
                    if not piece:
                        whole = True
                        break
                    pieces.append(piece)
                    size += len(piece)
        except Exception:
            if not pieces:
                continue
        raw = info.orig_filename.encode("utf-8" if info.flag_bits & 0x800 else "cp437", "surrogateescape")
        found.append(Returned("zipfile", (raw, info.filename.encode("utf-8", "surrogateescape")), b"".join(pieces), whole))
    return found


def record_of(reader, name, filling):
    """The record, read into memory that was filled with `filling` before."""
    ctypes.CDLL(None).mallopt(M_PERTURB, filling)
    try:
        return reader.get_record(name)
    finally:
        ctypes.CDLL(None).mallopt(M_PERTURB, 0)


def by_torch(data, reader_class, names):
    found = []
    try:
        reader = reader_class(io.BytesIO(data))
    except Exception:
        return found
    try:
        records = list(reader.get_all_records())
    except Exception:
        records = []
    for record in sorted(set(records) | names):
        if record.endswith("/"):  # for torch a folder: it writes nothing into the memory it returns
            continue
        try:
            content, again = record_of(reader, record, 0x35), record_of(reader, record, 0x6a)
        except Exception:
            continue
        # Where the compressed data break off, torch returns what its memory held before.
        whole = content == again
        if not whole:
            content = os.path.commonprefix((content, again))
            if len(content) < CHANCE:
                continue
        found.append(Returned("torch", (record.encode("utf-8", "surrogateescape"),), content, whole))
    return found


# What torch.load, torch.jit.load and torch.package ask for.
ASKED_FOR = {"data.pkl", "constants.pkl", "version", "byteorder", "data/0", "data/1", "code/__torch__.py"}


def read_all(batch, torch_reader):
    results = []
    for data in batch:
        found = by_zipfile(data)
        if torch_reader is not None:
            found += by_torch(data, torch_reader, ASKED_FOR)
        results.append([(r.reader, r.names, r.data, r.whole) for r in found])
    return results


def in_child(work):
    """The result of `work()` computed in a child: readers of hostile bytes may crash. None then."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read_end)
            resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            with os.fdopen(write_end, "wb") as pipe:
                pickle.dump(work(), pipe)
            status = 0
        finally:
            os._exit(status)
    os.close(write_end)
    with os.fdopen(read_end, "rb") as pipe:
        answer = pipe.read()
    _, status = os.waitpid(child, 0)
    return pickle.loads(answer) if status == 0 else None


def walk(program, batch):
    data = b"".join(struct.pack("<I", len(archive)) + archive for archive in batch)
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE)
    if done.returncode != 0:
        raise SystemExit("zip_differential: the program ended with %d" % done.returncode)
    out, at = done.stdout, 0

    def number():
        nonlocal at
        value, = struct.unpack_from("<I", out, at)
        at += 4
        return value

    def text():
        nonlocal at
        size = number()
        at += size
        return out[at - size:at]

    answers = []
    for _ in batch:
        seen = [(text(), text()) for _ in range(number())]
        rules = {text().decode() for _ in range(number())}
        gaps = {text().decode() for _ in range(number())}
        answers.append((seen, rules, gaps))
    return answers


def is_named(place, name, reader):
    last = place[-KEPT_NAME_BYTES - 3:] if len(name) > KEPT_NAME_BYTES else place.rsplit(b"::", 1)[-1]
    if len(name) > KEPT_NAME_BYTES:
        return name[:KEPT_NAME_BYTES] + b"..." == last
    if reader == "zipfile":
        return last == name or last.split(b"\0")[0] == name
    # torch: C strings, compared without case, below the archive's own folder.
    last = last.split(b"\0")[0].replace(b"\\", b"/").lower()
    return last == name.lower() or last.endswith(b"/" + name.lower())


def misses(returned, seen):
    missed = []
    for reader, names, data, whole in returned:
        if not data:  # nothing to be looked at
            continue
        for place, content in seen:
            same = content == data or (not whole and content.startswith(data))
            if reader == "torch" and len(content) > CHANCE:  # behind it stands what was never written
                same = same or data.startswith(content)
            if same and any(is_named(place, name, reader) for name in names):
                break
        else:
            missed.append("%s returns %r, %d bytes%s" % (reader, names[0][:60], len(data), "" if whole else ", then fails"))
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=100000, help="archives in all; default %(default)s")
    parser.add_argument("--program", required=True, help="zip_members, as built")
    parser.add_argument("--failures", default="build/differential", help="where failing archives go")
    parser.add_argument("--seed", default="counterscan", help="another gives other archives")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    try:
        import torch
        torch_reader = torch._C.PyTorchFileReader
    except ImportError:
        torch_reader = None

    rng = random.Random(options.seed)
    archives = zips.Archives(rng)
    totals = collections.Counter()
    failed = 0
    started = told = time.monotonic()
    done = 0
    while done < options.count:
        batch = [archives.next() for _ in range(min(BATCH, options.count - done))]
        done += len(batch)
        returned = in_child(lambda: read_all(batch, torch_reader))
        if returned is None:  # one of them brings a reader down: find the others
            returned = [(in_child(lambda data=data: read_all([data], torch_reader)) or [None])[0] for data in batch]
            totals["fell"] += sum(r is None for r in returned)
        for data, members, (seen, rules, gaps) in zip(batch, returned, walk(options.program, batch)):
            for member in members or ():
                totals[member[0]] += 1
                totals["cut"] += not member[3]
            totals["odd"] += bool(rules)
            missed = misses(members or (), seen)
            if not missed:
                continue
            failed += 1
            os.makedirs(options.failures, exist_ok=True)
            path = os.path.join(options.failures, "zip-%s.zip" % hashlib.sha256(data).hexdigest()[:16])
            with open(path, "wb") as file:
                file.write(data)
            print("zip_differential: %s: %s (gaps: %s)" % (path, "; ".join(missed), ", ".join(sorted(gaps)) or "none"),
                  file=sys.stderr)
        if time.monotonic() - told > 60:
            told = time.monotonic()
            print("zip_differential: %d archives, %d failures" % (done, failed), file=sys.stderr)
    print("%d archives in %d s: zipfile returned %d members, torch %d, %d of these up to where they fail; %d archives with "
          "findings; %d brought a reader down; %d failures" %
          (done, time.monotonic() - started, totals["zipfile"], totals["torch"], totals["cut"], totals["odd"],
           totals["fell"], failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
