#!/usr/bin/env python3
"""Holds the walk to what Python's tarfile returns: no member may go unseen.

    tar_differential.py --program ZIP_MEMBERS_PROGRAM [COUNT] [--seed SEED] [--failures FOLDER]

Makes archives with tarfile in each of its formats, lets the fields of their headers lie, reads each
with tarfile, stopping at the end of the archive and going on behind it, and asks the walk what it
looked at (the program, which knows any archive). Wrong is a member that tarfile returns, whole or up
to where it fails, and that is not among what the walk looked at.
"""

import argparse
import collections
import hashlib
import io
import os
import random
import sys
import tarfile
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import zip_differential
import zips

BATCH = 250
BLOCK = 512
READ_BYTES = 1 << 20
FORMATS = [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]
TYPES = b"0\x001234567LKSxgXVMDQ"
NUMBERS = [b"0", b"", b"1", b"777", b"1000", b"2000", b"0o17", b"1_0", b"+17", b"-1", b" 17 ", b"17 x", b"9", b"77777777777",
           b"\x80" + bytes(11), b"\x80" + bytes(9) + b"\x02\x00", b"\xff" * 12, b"\x80" + b"\xff" * 11, b"\x81" + bytes(10) + b"\x11"]
NAMES = ["m.pkl", "dir/m.pkl", "n" * 120, "caf\u00e9.txt", "../up", "/abs", "a\nb", "pickle", "storages"]
PAX = [("path", "other.pkl"), ("path", "p" * 200), ("size", "0"), ("size", "512"), ("size", "-1"), ("size", "x"), ("linkpath", "m.pkl"),
       ("GNU.sparse.size", "700"), ("GNU.sparse.map", "0,100,300,50"), ("GNU.sparse.map", "50,10,0,20"), ("GNU.sparse.name", "sparse.pkl"),
       ("GNU.sparse.realsize", "900"), ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("comment", "text")]


def real_archive(rng):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=rng.choice(FORMATS)) as archive:
        for _ in range(rng.randrange(1, 5)):
            member = tarfile.TarInfo(rng.choice(NAMES))
            content = zips.payload(rng) * rng.choice((1, 1, 1, 5))
            kind = rng.random()
            if kind < 0.1:
                member.type, member.linkname, content = rng.choice((tarfile.SYMTYPE, tarfile.LNKTYPE)), rng.choice(NAMES), b""
            elif kind < 0.15:
                member.type, content = rng.choice((tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)), b""
            if archive.format == tarfile.PAX_FORMAT and rng.random() < 0.3:
                member.pax_headers = dict(rng.sample(PAX, rng.randrange(1, 4)))
            member.size = len(content)
            try:
                archive.addfile(member, io.BytesIO(content))
            except ValueError:  # a name that the format cannot hold
                continue
    return bytearray(buffer.getvalue())


def with_checksum(block):
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return block


def headers(data):
    return [at for at in range(0, len(data) - BLOCK + 1, BLOCK) if any(data[at:at + BLOCK]) and data[at + 148:at + 154].isdigit()]


def changed(rng, data):
    places = headers(data)
    for _ in range(rng.randrange(1, 4)):
        kind = rng.random()
        if not places or kind < 0.1:
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
            continue
        at = rng.choice(places)
        block = data[at:at + BLOCK]
        if kind < 0.4:
            block[124:136] = rng.choice(NUMBERS)[:12].ljust(12, b"\0")
        elif kind < 0.55:
            block[156] = rng.choice(TYPES)
        elif kind < 0.65:
            block[345:500] = rng.choice((b"", b"prefix", b"p" * 155)).ljust(155, b"\0")
        elif kind < 0.7:
            block[257:265] = rng.choice((b"ustar\0" b"00", b"ustar  \0", bytes(8)))
        elif kind < 0.8:  # the map of an old GNU sparse file
            block[156] = ord("S")
            for field in range(8):
                block[386 + 12 * field:398 + 12 * field] = b"%011o\0" % (rng.randrange(4) * 50)
            block[482] = rng.choice((0, 0, 1))
            block[483:495] = b"%011o\0" % rng.randrange(1000)
        elif kind < 0.9:  # zeros, noise or another archive before it
            extra = rng.choice((bytes(BLOCK), bytes(2 * BLOCK), b"noise".ljust(BLOCK, b"x"), bytes(real_archive(rng))))
            data[at:at] = extra
            places = headers(data)
            continue
        else:
            block[148:156] = rng.choice((b"0000000\0", b"0o17000\0", b"        "))
            data[at:at + BLOCK] = block
            continue
        data[at:at + BLOCK] = with_checksum(block)
    if rng.random() < 0.1:
        del data[rng.randrange(len(data) + 1):]
    return bytes(data)


def by_tarfile(data):
    found = []
    for ignore_zeros in (False, True):
        try:
            archive = tarfile.open(fileobj=io.BytesIO(data), mode="r:", ignore_zeros=ignore_zeros)
        except Exception:
            continue
        if ignore_zeros and not found:
            break  # no tar for who does not ask for this
        members = []
        try:
            for member in archive:
                members.append(member)
                if len(members) > 50:
                    break
        except Exception:
            pass
        for member in members:
            if not (member.isreg() or member.type not in tarfile.SUPPORTED_TYPES):
                continue  # links lead to members, which are in the list
            pieces, whole = [], False
            try:
                file = archive.extractfile(member)
                while sum(map(len, pieces)) < READ_BYTES:
                    piece = file.read(64)
                    if not piece:
                        whole = True
                        break
                    pieces.append(piece)
            except Exception:
                pass
            content = b"".join(pieces)
            if content.strip(b"\0"):  # holes of a sparse file, and nothing else
                found.append(("tarfile", member.name.encode("utf-8", "surrogateescape"), content, whole))
    return found


def misses(returned, seen):
    """What was returned and not looked at, under whatever name: that of a header that tarfile skips decides."""
    missed = []
    for _, name, data, whole in returned:
        # A hole at the end of a sparse file may go on for longer.
        if not any(content.startswith(data) or data.rstrip(b"\0") == content.rstrip(b"\0") for _, content in seen):
            missed.append("tarfile returns %r, %d bytes%s" % (name[:60], len(data), "" if whole else ", then fails"))
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=100000, help="archives in all; default %(default)s")
    parser.add_argument("--program", required=True, help="zip_members, as built")
    parser.add_argument("--failures", default="build/differential", help="where failing archives go")
    parser.add_argument("--seed", default="counterscan", help="another gives other archives")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = random.Random(options.seed)
    totals = collections.Counter()
    started = time.monotonic()
    done = 0
    while done < options.count:
        batch = [changed(rng, real_archive(rng)) for _ in range(min(BATCH, options.count - done))]
        done += len(batch)
        returned = zip_differential.in_child(lambda: [by_tarfile(data) for data in batch])
        if returned is None:
            totals["fell"] += len(batch)
            continue
        for data, members, (seen, rules, gaps) in zip(batch, returned, zip_differential.walk(options.program, batch)):
            totals["members"] += len(members)
            totals["odd"] += bool(rules)
            missed = misses(members, seen)
            if not missed:
                continue
            if "limit-unpacked" in gaps:  # a hole as long as the budget, and the gap says so
                totals["limited"] += 1
                continue
            totals["failed"] += 1
            os.makedirs(options.failures, exist_ok=True)
            path = os.path.join(options.failures, "tar-%s.tar" % hashlib.sha256(data).hexdigest()[:16])
            with open(path, "wb") as file:
                file.write(data)
            print("tar_differential: %s: %s (gaps: %s)" % (path, "; ".join(missed), ", ".join(sorted(gaps)) or "none"), file=sys.stderr)
    print("%d archives in %d s: tarfile returned %d members; %d archives with findings; %d brought tarfile down; %d beyond a "
          "limit; %d failures" % (done, time.monotonic() - started, totals["members"], totals["odd"], totals["fell"],
                                  totals["limited"], totals["failed"]))
    return 1 if totals["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
