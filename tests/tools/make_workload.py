#!/usr/bin/env python3
"""Writes harmless model files to time a scanner on. Standard library only; a seed decides every byte.

    make_workload.py FOLDER [--scale 1.0] [--seed 1] [--only NAME,...]

    torch_zip.pt        1 GiB checkpoint in torch's zip layout, 300 tensors
    model.safetensors   1 GiB, 300 tensors
    small_checkpoints/  2,000 torch zips of about 50 KB
    mixed/              20,000 small files as repositories hold them, 3 KB each
"""

import argparse
import array
import json
import pathlib
import pickle
import random
import shutil
import struct
import sys
import zipfile

MIB = 1 << 20
BLOCK_FLOATS = 2 * MIB  # 8 MiB of weights, repeated from another place for each tensor


class Weights:
    """An endless supply of bytes that look like trained float32 weights."""

    def __init__(self, seed):
        normal = random.Random(seed).gauss
        floats = array.array("f", (normal(0.0, 0.02) for _ in range(BLOCK_FLOATS)))
        if sys.byteorder == "big":
            floats.byteswap()
        self._block = memoryview(floats.tobytes())

    def chunks(self, size, salt, tail=b""):
        """Yields size bytes, the last of them being tail."""
        size -= len(tail)
        start = salt * 4 * 40_009 % len(self._block)
        while size > 0:
            chunk = self._block[start:start + size]
            yield chunk
            size -= len(chunk)
            start = 0
        if tail:
            yield tail


# ---- Formats -----------------------------------------------------------------------------------

def text(value):
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data  # BINUNICODE


def integer(value):
    return b"K" + bytes([value]) if value < 256 else b"J" + struct.pack("<i", value)  # BININT1, BININT


def state_dict_pickle(shapes):
    """The pickle that torch.save writes for a dictionary of float tensors, protocol 2."""
    ordered_dict = b"ccollections\nOrderedDict\n)R"
    out = [b"\x80\x02", ordered_dict, b"("]
    for key, (rows, columns) in enumerate(shapes):
        storage = b"".join([b"(", text("storage"), b"ctorch\nFloatStorage\n", text(str(key)),
                            text("cpu"), integer(rows * columns), b"tQ"])  # TUPLE, BINPERSID
        out += [text(f"layers.{key}.weight"), b"ctorch._utils\n_rebuild_tensor_v2\n(", storage,
                integer(0), integer(rows), integer(columns), b"\x86", integer(columns), integer(1),
                b"\x86", b"\x89", ordered_dict, b"tR"]  # sizes, strides, requires_grad, hooks
    return b"".join(out + [b"u."])


def write_torch_zip(path, shapes, weights, salt=0, tail=b""):
    """Members stored, tensor data on 64-byte borders, as torch's own writer lays them out."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:

        def add(name, size, chunks):
            info = zipfile.ZipInfo(f"archive/{name}", (1980, 1, 1, 0, 0, 0))
            info.file_size = size
            data_start = archive.fp.tell() + 30 + len(info.filename) + 4
            padding = -data_start % 64
            info.extra = b"FB" + struct.pack("<H", padding) + b"Z" * padding
            with archive.open(info, "w") as member:
                for chunk in chunks:
                    member.write(chunk)

        directory = state_dict_pickle(shapes)
        add("data.pkl", len(directory), [directory])
        for key, (rows, columns) in enumerate(shapes):
            size, last = rows * columns * 4, key == len(shapes) - 1
            add(f"data/{key}", size, weights.chunks(size, salt + key, tail if last else b""))
        add("version", 2, [b"3\n"])


def write_safetensors(path, shapes, weights, salt=0, tail=b""):
    header, end = {"__metadata__": {"format": "pt"}}, 0
    for key, shape in enumerate(shapes):
        start, end = end, end + shape[0] * shape[1] * 4
        header[f"layers.{key}.weight"] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    data = json.dumps(header, separators=(",", ":")).encode()
    data += b" " * (-len(data) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(data)) + data)
        for key, (rows, columns) in enumerate(shapes):
            last = key == len(shapes) - 1
            for chunk in weights.chunks(rows * columns * 4, salt + key, tail if last else b""):
                file.write(chunk)


def big_shapes(total_bytes, tensors=300):
    columns = 1024
    return [(max(1, round(total_bytes / tensors / 4 / columns)), columns)] * tensors


# ---- Many small files --------------------------------------------------------------------------

def rows_of_a_dataset(rng, count):
    return [{"id": i, "label": f"item-{rng.randrange(10**8):08d}", "score": rng.random(),
             "split": rng.choice(("train", "test", "dev"))} for i in range(count)]


def npy(rng, floats=500):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({floats},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + rng.randbytes(4 * floats)


def write_mixed(folder, count, weights, seed):
    """What lies beside weights in repositories, in about the proportions found there."""
    rng = random.Random(seed)
    small = [(24, 24)] * 5
    plain = {
        0: (".pkl", lambda: pickle.dumps(rows_of_a_dataset(rng, 40), 2)),
        1: (".pickle", lambda: pickle.dumps(rows_of_a_dataset(rng, 40), 4)),
        2: (".p", lambda: pickle.dumps(rows_of_a_dataset(rng, 30), 0)),
        5: (".npy", lambda: npy(rng)),
        6: (".npy", lambda: npy(rng, 900)),
        7: (".json", lambda: json.dumps(rows_of_a_dataset(rng, 30)).encode()),
        8: (".json", lambda: json.dumps({"vocabulary": [f"token{rng.randrange(10**6)}" for _ in range(200)]}).encode()),
        9: (".json", lambda: b'{"architectures": ["Model"], "hidden_size": 1024}\n'),
        10: (".py", lambda: b"".join(b"def step_%d(x):\n    return x + %d\n\n" % (i, i) for i in range(60))),
        11: (".md", lambda: b"# A model\n\n" + b"It was trained on public text.\n" * 80),
        12: (".txt", lambda: "".join(f"token{rng.randrange(10**6)}\n" for _ in range(200)).encode()),
        13: (".yaml", lambda: b"learning_rate: 0.001\nlayers: [1, 2, 3]\n" * 50),
        14: (".dat", lambda: rng.randbytes(3000)),
        15: (".safetensors.index.json", lambda: json.dumps({"weight_map": {f"layers.{i}.weight": "a.safetensors" for i in range(60)}}).encode()),
    }
    for i in range(count):
        place = folder / f"repository-{i // 400:03d}"
        if i % 400 == 0:
            place.mkdir(parents=True)
        kind = i % 16
        if kind == 3:
            write_torch_zip(place / f"{i}.pt", small, weights, i)
        elif kind == 4:
            write_safetensors(place / f"{i}.safetensors", small, weights, i)
        else:
            ending, make = plain[kind]
            (place / f"{i}{ending}").write_bytes(make())


def write_small_checkpoints(folder, count, weights):
    folder.mkdir(parents=True)
    for i in range(count):
        write_torch_zip(folder / f"checkpoint-{i:05d}.pt", [(32, 32)] * 12, weights, i)


# ---- The set -----------------------------------------------------------------------------------

def make(folder, scale=1.0, seed=1, only=None):
    """Writes what is missing of the set; what is there already is taken as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    supply = []

    def weights():
        supply or supply.append(Weights(seed))
        return supply[0]

    shapes = big_shapes(int(1024 * MIB * scale))
    writers = {
        "torch_zip.pt": lambda path: write_torch_zip(path, shapes, weights()),
        "model.safetensors": lambda path: write_safetensors(path, shapes, weights()),
        "small_checkpoints": lambda path: write_small_checkpoints(path, max(1, int(2000 * scale)), weights()),
        "mixed": lambda path: write_mixed(path, max(1, int(20_000 * scale)), weights(), seed),
    }
    for name in only or writers:
        target, partial = folder / name, folder / f"{name}.partial"
        if target.exists():
            continue
        if partial.is_dir():
            shutil.rmtree(partial)
        partial.unlink(missing_ok=True)
        writers[name](partial)
        partial.rename(target)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=lambda names: names.split(","))
    options = parser.parse_args()
    make(options.folder, options.scale, options.seed, options.only)


if __name__ == "__main__":
    main()
