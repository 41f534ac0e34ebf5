"""Archives for the differential test of zip: real ones, and what can be made of them.

All randomness comes from one random.Random, so that a seed gives the same archives again. An archive
is taken apart into records whose every field can then lie; what cannot be taken apart, or not any
more, is changed byte by byte.
"""

import io
import pickle
import struct
import zipfile
import zlib

END = struct.Struct("<4s4H2LH")
CENTRAL = struct.Struct("<4s6H3L5H2L")
LOCAL = struct.Struct("<4s5H3L2H")
END64 = struct.Struct("<4sQ2H2L4Q")
LOCATOR = struct.Struct("<4sLQL")
CENTRAL_FIELDS = ("made needs flags method time date crc packed size name_len extra_len comment_len disk internal "
                  "external offset").split()
LOCAL_FIELDS = "needs flags method time date crc packed size name_len extra_len".split()
END_FIELDS = "disk cd_disk here count cd_size cd_offset comment_len".split()
SIZES = [0, 1, 2, 7, 30, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff]
METHODS = [0, 8, 9, 12, 14, 93, 95, 1, 99, 0xffff]
FLAGS = [1, 8, 0x20, 0x40, 0x800, 0x2000]


# ---- Real archives
WRITTEN = (0, 0, 0, 8, 8, 8, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class Unseekable(io.RawIOBase):
    """What zipfile streams into: sizes then stand behind the data."""

    def __init__(self):
        super().__init__()
        self.data = bytearray()

    def writable(self):
        return True

    def write(self, data):
        self.data += data
        return len(data)


def payload(rng):
    kind = rng.random()
    if kind < 0.4:
        return pickle.dumps({"key%d" % rng.randrange(9): [rng.randrange(1000)] * rng.randrange(4)}, rng.randrange(5))
    if kind < 0.6:
        return b"text %d\n" % rng.randrange(100) * rng.randrange(20)
    if kind < 0.7:
        return bytes(rng.randrange(256) for _ in range(rng.randrange(80)))
    if kind < 0.75:
        return b""
    if kind < 0.78:  # more than readers take at once
        return bytes(rng.getrandbits(8) for _ in range(9000))
    return bytes(rng.randrange(4) for _ in range(rng.randrange(300)))


NAMES = ["data.pkl", "archive/data.pkl", "archive/data/0", "a.npy", "x/", "Data.PKL", "archive/version", "caf\u00e9.txt",
         "a\\b.pkl", "../up.pkl", "/abs.pkl", "code/m.py", "m.pt", "x" * 300]


def from_zipfile(rng):
    streamed = rng.random() < 0.3
    out = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for _ in range(rng.randrange(1, 5)):
            info = zipfile.ZipInfo(rng.choice(NAMES), (1980 + rng.randrange(2) * 20, 1, 1, 0, 0, 0))
            info.compress_type = rng.choice(WRITTEN)
            info.comment = b"c" * rng.choice((0, 0, 5))
            if rng.random() < 0.2:
                info.external_attr = 0o120777 << 16
            with archive.open(info, "w", force_zip64=rng.random() < 0.2) as member:
                member.write(payload(rng))
        if rng.random() < 0.2:
            archive.comment = rng.choice((b"a comment", b"PK\5\6" * 3, b"PK\1\2"))
    data = bytes(out.data) if streamed else out.getvalue()
    return b"in front " * rng.randrange(1, 9) + data if rng.random() < 0.1 else data


def nested(rng):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", rng.choice((0, 8))) as archive:
        archive.writestr("inner.zip", from_zipfile(rng))
        archive.writestr("other", payload(rng))
    return out.getvalue()


def real_archives(rng):
    """Makers of archives; those of libraries that are not here are left out."""
    makers = [from_zipfile, from_zipfile, nested]
    try:
        import numpy
    except ImportError:
        pass
    else:
        def npz(r):
            out = io.BytesIO()
            save = r.choice((numpy.savez, numpy.savez_compressed))
            save(out, a=numpy.arange(r.randrange(20)), b=numpy.array([{}, 1], dtype=object))
            return out.getvalue()
        makers.append(npz)
    try:
        import torch
    except ImportError:
        pass
    else:
        def checkpoint(r):
            out = io.BytesIO()
            torch.save({"w": torch.zeros(r.randrange(1, 30)), "b": torch.ones(2, dtype=torch.int8), "n": 1}, out)
            return out.getvalue()

        module = torch.jit.script(torch.nn.Linear(2, 2))

        def script(_):
            out = io.BytesIO()
            torch.jit.save(module, out)
            return out.getvalue()
        made = [checkpoint(rng) for _ in range(6)] + [script(rng)]
        makers += [lambda r: r.choice(made)] * 5
    return makers


# ---- Taking apart and putting together

class Member:
    def __init__(self, local, central):
        self.local, self.central = local, central  # fields by name, with "name" and "extra"
        self.data = b""
        self.behind = b""  # descriptor
        self.junk = b""  # in front of the local header
        self.listed = self.present = True
        self.at = 0

    def copy(self):
        other = Member(dict(self.local), dict(self.central))
        other.data, other.behind, other.junk = self.data, self.behind, self.junk
        other.listed, other.present = self.listed, self.present
        return other


class Archive:
    def __init__(self):
        self.members, self.comment, self.front, self.tail = [], b"", b"", b""
        self.end = {}  # fields that are to lie
        self.end64 = None  # fields of a zip64 end record
        self.between = b""  # directory and end record
        self.shift = 0  # added to every offset


def take_apart(data):
    """The records of an archive as honest writers leave it; None for another."""
    at = data.rfind(b"PK\5\6")
    if at < 0 or at + END.size > len(data):
        return None
    end = END.unpack_from(data, at)
    count, size, offset = end[4], end[5], end[6]
    where = offset
    archive = Archive()
    archive.comment = data[at + END.size:]
    starts = []
    for _ in range(count):
        if where + CENTRAL.size > len(data) or data[where:where + 4] != b"PK\1\2":
            return None
        fields = dict(zip(CENTRAL_FIELDS, CENTRAL.unpack_from(data, where)[1:]))
        where += CENTRAL.size
        for key in ("name", "extra", "comment"):
            fields[key] = data[where:where + fields[key + "_len"]]
            where += fields[key + "_len"]
        start = fields["offset"]
        if data[start:start + 4] != b"PK\3\4" or start + LOCAL.size > len(data):
            return None
        local = dict(zip(LOCAL_FIELDS, LOCAL.unpack_from(data, start)[1:]))
        body = start + LOCAL.size
        for key in ("name", "extra"):
            local[key] = data[body:body + local[key + "_len"]]
            body += local[key + "_len"]
        member = Member(local, fields)
        member.data = data[body:body + fields["packed"]]
        starts.append((start, body + fields["packed"], member))
        archive.members.append(member)
    starts.sort(key=lambda item: item[0])
    for i, (_, finish, member) in enumerate(starts):
        following = starts[i + 1][0] if i + 1 < len(starts) else offset
        member.behind = data[finish:following] if following - finish <= 24 else b""
    return archive


def put_together(archive):
    out = bytearray(archive.front)
    for member in archive.members:
        out += member.junk
        member.at = len(out)
        if not member.present:
            continue
        f = member.local
        out += LOCAL.pack(b"PK\3\4", *(f[key] for key in LOCAL_FIELDS[:-2]), f.get("name_len_lie", len(f["name"])),
                          f.get("extra_len_lie", len(f["extra"]))) + f["name"] + f["extra"]
        out += member.data + member.behind
    cd_at = len(out)
    for member in archive.members:
        if not member.listed:
            continue
        f = dict(member.central)
        offset = f.get("offset_lie", (member.at + archive.shift) & 0xffffffff)
        out += CENTRAL.pack(b"PK\1\2", *(f[key] for key in CENTRAL_FIELDS[:9]),
                            f.get("name_len_lie", len(f["name"])), f.get("extra_len_lie", len(f["extra"])),
                            f.get("comment_len_lie", len(f["comment"])), f["disk"], f["internal"], f["external"],
                            offset) + f["name"] + f["extra"] + f["comment"]
    size = len(out) - cd_at
    listed = sum(m.listed for m in archive.members)
    out += archive.between
    end = dict(disk=0, cd_disk=0, here=listed & 0xffff, count=listed & 0xffff, cd_size=size,
               cd_offset=(cd_at + archive.shift) & 0xffffffff, comment_len=len(archive.comment) & 0xffff)
    if archive.end64 is not None:
        at64 = len(out)
        f = dict(size=44, made=45, needs=45, disk=0, cd_disk=0, here=listed, count=listed, cd_size=size,
                 cd_offset=cd_at + archive.shift, at=at64)
        f.update(archive.end64)
        out += END64.pack(b"PK\6\6", f["size"], f["made"], f["needs"], f["disk"], f["cd_disk"], f["here"], f["count"],
                          f["cd_size"], f["cd_offset"])
        out += f.get("padding", b"")
        out += LOCATOR.pack(b"PK\6\7", 0, f["at"], 1)
    end.update(archive.end)
    out += END.pack(b"PK\5\6", *(end[key] for key in END_FIELDS)) + archive.comment + archive.tail
    return bytes(out)


# ---- Mutations of structure

def lie(rng, value):
    kind = rng.random()
    if kind < 0.35:
        return max(0, value + rng.choice((-2, -1, 1, 2, 8, 30, 46, -8)))
    return rng.choice(SIZES)


def change_sizes(rng, archive):
    member = rng.choice(archive.members)
    record = rng.choice((member.local, member.central))
    for key in rng.sample(("packed", "size", "crc"), rng.randrange(1, 3)):
        record[key] = lie(rng, record[key]) & 0xffffffff


def change_both_sizes(rng, archive):
    member = rng.choice(archive.members)
    key = rng.choice(("packed", "size"))
    member.local[key] = member.central[key] = lie(rng, member.central[key]) & 0xffffffff
    cut = member.data[:member.central["size"]]
    if rng.random() < 0.5 and member.central["method"] == 0:
        member.central["crc"] = zlib.crc32(cut)


def cut_honestly(rng, archive):
    """The checksum is of the beginning that the size leaves."""
    member = rng.choice(archive.members)
    try:
        whole = member.data if member.central["method"] == 0 else zlib.decompressobj(-15).decompress(member.data)
    except zlib.error:
        return
    size = rng.randrange(len(whole) + 1)
    member.central["size"], member.central["crc"] = size, zlib.crc32(whole[:size])


def change_method(rng, archive):
    member = rng.choice(archive.members)
    for record in rng.choice(((member.local,), (member.central,), (member.local, member.central))):
        record["method"] = rng.choice(METHODS)


def change_flags(rng, archive):
    member = rng.choice(archive.members)
    for record in rng.choice(((member.local,), (member.central,), (member.local, member.central))):
        record["flags"] ^= rng.choice(FLAGS)


def change_time(rng, archive):
    member = rng.choice(archive.members)
    member.central["time"] = rng.randrange(1 << 16)


def change_name(rng, archive):
    member = rng.choice(archive.members)
    others = [m.central["name"] for m in archive.members]
    name = rng.choice(others + [b"data.pkl", b"x\0.pkl", b"../x", b"", b"a\\b", member.central["name"].upper(),
                                member.central["name"] + b"\0", b"\xff\xfe", member.central["name"] + b"/"])
    for record in rng.choice(((member.local,), (member.central,), (member.local, member.central))):
        record["name"] = name


def change_lengths(rng, archive):
    member = rng.choice(archive.members)
    if rng.random() < 0.5:
        key = rng.choice(("name", "extra"))
        member.local[key + "_len_lie"] = max(0, len(member.local[key]) + rng.choice((-1, 1, 4, 30, 100))) & 0xffff
    else:
        key = rng.choice(("name", "extra", "comment"))
        member.central[key + "_len_lie"] = max(0, len(member.central[key]) + rng.choice((-1, 1, 4, 46, 100))) & 0xffff


def change_offset(rng, archive):
    member = rng.choice(archive.members)
    other = rng.choice(archive.members)
    member.central["offset_lie"] = max(0, rng.choice((other.at, member.at + 1, member.at - 1, 0, 0xffffffff,
                                                      member.at + 30)))


def duplicate(rng, archive):
    member = rng.choice(archive.members)
    copy = member.copy()
    if rng.random() < 0.6:
        copy.data = payload(rng)
        copy.behind = b""
        for record in (copy.local, copy.central):
            record.update(method=0, crc=zlib.crc32(copy.data), packed=len(copy.data), size=len(copy.data),
                          flags=record["flags"] & ~8)
    copy.listed, copy.present = rng.random() < 0.7, rng.random() < 0.8
    archive.members.insert(rng.randrange(len(archive.members) + 1), copy)


def hide(rng, archive):
    rng.choice(archive.members).listed = False


def shuffle(rng, archive):
    rng.shuffle(archive.members)


def junk(rng, archive):
    data = rng.choice((b"junk", b"\0" * 16, b"PK\3\4", b"PK\5\6" + b"\0" * 18, payload(rng)))
    place = rng.randrange(4)
    if place == 0:
        archive.front = data
        if rng.random() < 0.5:
            archive.shift = -len(data)
    elif place == 1:
        archive.between = data
    elif place == 2:
        archive.tail = data
    else:
        rng.choice(archive.members).junk = data


def change_end(rng, archive):
    for key in rng.sample(END_FIELDS, rng.randrange(1, 3)):
        archive.end[key] = rng.choice((0, 1, 2, 3, 0xffff)) if key not in ("cd_size", "cd_offset") else rng.choice(SIZES)


def zip64_end(rng, archive):
    archive.end64 = {}
    if rng.random() < 0.7:
        for key in rng.sample(("count", "here", "cd_size", "cd_offset", "at", "size"), rng.randrange(1, 3)):
            archive.end64[key] = rng.choice((0, 1, 3, 44, 46, 92, 0xffffffff, 1 << 32, (1 << 64) - 1))
    if rng.random() < 0.2:
        archive.end64["padding"] = b"p" * rng.randrange(1, 60)
    if rng.random() < 0.6:
        for key, value in (("count", 0xffff), ("here", 0xffff), ("cd_size", 0xffffffff), ("cd_offset", 0xffffffff)):
            if rng.random() < 0.7:
                archive.end[key] = value


def zip64_extra(rng, archive):
    member = rng.choice(archive.members)
    record = rng.choice((member.local, member.central))
    values = []
    for key in ("size", "packed"):
        if rng.random() < 0.7:
            values.append(record[key] if rng.random() < 0.6 else rng.choice(SIZES + [1 << 32, (1 << 64) - 1]))
            record[key] = 0xffffffff
    if record is member.central and rng.random() < 0.3:
        values.append(member.at if rng.random() < 0.6 else rng.choice(SIZES))
        record["offset_lie"] = 0xffffffff
    body = b"".join(struct.pack("<Q", value) for value in values)
    field = struct.pack("<HH", 1, len(body)) + body
    if rng.random() < 0.3:
        field = struct.pack("<HHQ", 1, 8, rng.choice(SIZES)) + field
    record["extra"] = field + record["extra"] if rng.random() < 0.5 else record["extra"] + field


def unicode_path(rng, archive):
    member = rng.choice(archive.members)
    name = rng.choice((b"data.pkl", b"archive/data.pkl", "caf\u00e9".encode(), b"../x", b"x\0y"))
    body = struct.pack("<BL", 1, zlib.crc32(member.central["name"])) + name
    member.central["extra"] += struct.pack("<HH", 0x7075, len(body)) + body


def second_directory(rng, archive):
    other = Archive()
    other.members = [m.copy() for m in archive.members]
    for _ in range(rng.randrange(1, 3)):
        rng.choice(STRUCTURAL[:8])(rng, other)
    whole = put_together(other)
    where = rng.randrange(3)
    if where == 0:
        archive.tail = whole
    elif where == 1:
        archive.comment = whole[:65535]
    else:
        archive.front = whole


STRUCTURAL = [change_sizes, change_both_sizes, cut_honestly, change_method, change_flags, change_time, change_name,
              duplicate, hide, change_lengths, change_offset, shuffle, junk, change_end, zip64_end, zip64_extra,
              unicode_path, second_directory]


# ---- Mutations of bytes

def mutate_bytes(rng, data):
    data = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        if not data:
            break
        at = rng.randrange(len(data))
        if rng.random() < 0.6:  # where the records are
            mark = rng.choice((b"PK\1\2", b"PK\3\4", b"PK\5\6", b"PK\6\6", b"PK\7\x08"))
            hits = [i for i in range(len(data) - 3) if data[i:i + 4] == mark]
            if hits:
                at = min(len(data) - 1, rng.choice(hits) + rng.randrange(50))
        kind = rng.random()
        if kind < 0.5:
            data[at] = rng.choice((0, 1, 8, 0xff, data[at] ^ 1 << rng.randrange(8), rng.randrange(256)))
        elif kind < 0.65:
            del data[at:at + rng.choice((1, 1, 4, 30))]
        elif kind < 0.8:
            data[at:at] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 4))))
        elif kind < 0.9:
            del data[at:]
        else:
            begin = rng.randrange(len(data))
            data[at:at] = data[begin:begin + rng.randrange(120)]
    return bytes(data)


class Archives:
    """An endless row of archives."""

    def __init__(self, rng):
        self.rng = rng
        self.makers = real_archives(rng)

    def next(self):
        rng = self.rng
        data = rng.choice(self.makers)(rng)
        if rng.random() < 0.02:
            return data
        if rng.random() < 0.75:
            archive = take_apart(data)
            if archive is not None and archive.members:
                put_together(archive)  # where each member stands
                for _ in range(rng.choice((1, 1, 2, 3))):
                    rng.choice(STRUCTURAL)(rng, archive)
                data = put_together(archive)
                if rng.random() < 0.9:
                    return data
        return mutate_bytes(rng, data)
