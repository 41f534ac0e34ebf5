"""Files for the comparison with other scanners: honest ones, hostile ones, and generated streams.

Nothing here is ever loaded, and what a payload would run is `true`.
"""

import collections
import datetime
import io
import pathlib
import pickle
import random
import struct
import sys
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "differential"))
import streams

SEED = "counterscan"
GADGETS = [("os", "system"), ("posix", "system"), ("nt", "system"), ("subprocess", "Popen"), ("builtins", "eval"),
           ("builtins", "exec"), ("__builtin__", "eval"), ("commands", "getoutput"), ("webbrowser", "open"),
           ("runpy", "_run_code"), ("asyncio.unix_events", "_UnixSubprocessTransport._start"), ("sys", "exit"),
           ("socket", "create_connection"), ("httplib", "HTTPSConnection"), ("requests.api", "get"), ("pip", "main"),
           ("torch.hub", "load"), ("numpy.testing._private.utils", "runstring"), ("operator", "attrgetter"),
           ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"), ("mylib.models", "Net")]
TORCH_MAGIC = 0x1950A86A20F9469CFC6C


class Point:
    """A class of the user's own."""

    def __init__(self):
        self.x = [1.5, "text", b"bytes", None, {"key": (1, 2, 3)}]


def honest():
    values = {"dict": {"a": 1, "b": [1, 2, 3]}, "ordered": collections.OrderedDict(a=1), "date": datetime.date(2020, 1, 1),
              "point": [Point(), Point()], "set": {1, 2}, "counter": collections.Counter("abracadabra"),
              "default": collections.defaultdict(list, a=[1]), "complex": 1j, "range": range(3)}
    for name, value in values.items():
        for protocol in range(6):
            yield "honest-%s-%d.pkl" % (name, protocol), pickle.dumps(value, protocol)
    both = pickle.dumps(values["ordered"], 4) + pickle.dumps(values["counter"], 4)
    yield "honest-two.pkl", both


def named(module, name):
    """Every plain way to name something and call it."""
    m, n = module.encode(), name.encode()
    call = b"X\4\0\0\0true\x85R."
    short = b"\x8c" + bytes((len(m),)) + m, b"\x8c" + bytes((len(n),)) + n
    yield "global", b"\x80\x02c" + m + b"\n" + n + b"\n" + call
    yield "text", b"c" + m + b"\n" + n + b"\n(S'true'\ntR."
    yield "inst", b"(S'true'\ni" + m + b"\n" + n + b"\n."
    yield "obj", b"(c" + m + b"\n" + n + b"\nS'true'\no."
    yield "stack", b"\x80\x04" + short[0] + b"\x94" + short[1] + b"\x94\x93" + call
    yield "memo", b"\x80\x04" + short[0] + b"\x94" + short[1] + b"\x940h\x01\x93" + call
    yield "memo twice", b"\x80\x04" + short[0] + b"q\x05" + short[1] + b"q\x0600h\x05h\x06\x93" + call
    yield "newobj", b"\x80\x02c" + m + b"\n" + n + b"\n)\x81}b."
    yield "broken behind", b"\x80\x02c" + m + b"\n" + n + b"\nX\4\0\0\0true\x85R0\xff\xff"
    yield "no stop", b"\x80\x02c" + m + b"\n" + n + b"\nX\4\0\0\0true\x85R0"
    yield "underflow before", b"\x80\x020c" + m + b"\n" + n + b"\n" + call
    yield "second", b"\x80\x02N.\x80\x02c" + m + b"\n" + n + b"\n" + call
    yield "buried", b"\x80\x02" + b"]q\0" * 500 + b"c" + m + b"\n" + n + b"\n" + call


def torch_zip(data, compression=zipfile.ZIP_STORED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", "3\n")
        archive.writestr("archive/data/0", b"\0" * 64)
    return out.getvalue()


def torch_legacy(data):
    head = [pickle.dumps(TORCH_MAGIC, 2), pickle.dumps(1001, 2), pickle.dumps({"little_endian": True}, 2)]
    return b"".join(head) + data + pickle.dumps(["0"], 2) + struct.pack("<q", 4) + b"\0" * 16


def npy(data):
    header = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"
    header += b" " * (118 - len(header) - 1) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header + data


def wrapped(name, data):
    """The pickle in every kind of file that holds one."""
    yield name + ".pkl", data
    yield name + ".pt", torch_zip(data)
    yield name + "-deflated.zip", torch_zip(data, zipfile.ZIP_DEFLATED)
    yield name + "-legacy.pt", torch_legacy(data)
    yield name + ".npy", npy(data)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("arr_0.npy", npy(data))
    yield name + ".npz", out.getvalue()


def hostile():
    for number, (module, name) in enumerate(GADGETS):
        for way, data in named(module, name):
            stem = "hostile-%02d-%s" % (number, way.replace(" ", "-"))
            if number < 4:
                yield from wrapped(stem, data)
            else:
                yield stem + ".pkl", data


def generated(count):
    source = streams.Streams(random.Random(SEED))
    for number in range(count):
        data = source.next()
        if number % 10 == 0:
            yield from list(wrapped("generated-%05d" % number, data))[number // 10 % 6:][:1]
        else:
            yield "generated-%05d.pkl" % number, data


def write(folder, count):
    """Writes the corpus; how many files it has."""
    folder.mkdir(parents=True, exist_ok=True)
    written = 0
    for files in (honest(), hostile(), generated(count)):
        for name, data in files:
            (folder / name).write_bytes(data)
            written += 1
    return written
