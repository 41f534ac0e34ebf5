#!/usr/bin/env python3
"""Writes harmless model files to time a scanner on. Standard library only; a seed decides every byte.

    make_workload.py FOLDER [--scale 1.0] [--seed 1] [--only NAME,...]

    torch_zip.pt        1 GiB checkpoint in torch's zip layout, 300 tensors
    model.safetensors   1 GiB, 300 tensors
    small_checkpoints/  2,000 torch zips of about 50 KB
    mixed/              20,000 small files as repositories hold them, 3 KB each
    giant_p4.pkl        200 MiB, one list of small dictionaries, 67 million instructions of protocol 4
    giant_p0.pkl        the same in the text protocol
    flood.pkl           32 MiB of constants that are pushed and dropped
    arrays.pkl          256 MiB, eight NumPy arrays in a dictionary
    repository/         10,000 files of the kind of mixed/, as one repository
    repository-hub.json what the Hub would say of them, 100 a page, as a file for --hub file:
"""

import argparse
import array
import base64
import hashlib
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


# ---- Large pickles -----------------------------------------------------------------------------
# Written instruction by instruction, as pickle.dump would: the objects would fill the memory.

BATCH = 1000  # items that pickle.dump puts into a list at once


def dataset_rows(rng):
    """Yields (id, label, count, split, text) without end; split is one of four strings."""
    i = 0
    while True:
        yield i, f"item-{i:08d}", rng.randrange(70_000), i % 4, f"w{rng.randrange(10**9):x}"
        i += 1


def write_giant_p4(path, size, seed):
    keys, splits = ("id", "label", "count", "split", "text"), ("alpha", "beta", "gamma", "delta")
    short = lambda value: b"\x8c" + bytes([len(value)]) + value.encode() + b"\x94"  # SHORT_BINUNICODE, MEMOIZE
    number = lambda value: (b"K%c" % value if value < 256 else b"M" + struct.pack("<H", value) if value < 65536
                            else b"J" + struct.pack("<i", value))
    # Memo: the list is 0, then the keys, then the values of "split"; each row adds its dictionary and two strings.
    key = [b"h%c" % (1 + i) for i in range(len(keys))]
    split = [b"h%c" % (1 + len(keys) + i) for i in range(len(splits))]
    rows = dataset_rows(random.Random(seed))
    with open(path, "wb") as file:
        known = b"".join(short(word) + b"0" for word in keys + splits)
        file.write(b"\x80\x04]\x94" + known)
        while file.tell() < size:
            batch = [b"("]
            for i, label, count, place, text in (next(rows) for _ in range(BATCH)):
                batch.append(b"}\x94(" + key[0] + number(i) + key[1] + short(label) + key[2] + number(count)
                             + key[3] + split[place] + key[4] + short(text) + b"u")
            data = b"".join(batch) + b"e"
            file.write(b"\x95" + struct.pack("<Q", len(data)) + data)  # FRAME
        file.write(b".")


def write_giant_p0(path, size, seed):
    keys, splits = ("id", "label", "count", "split", "text"), ("alpha", "beta", "gamma", "delta")
    rows, memo = dataset_rows(random.Random(seed)), 1 + len(keys) + len(splits)
    with open(path, "wb") as file:
        file.write(b"(lp0\n" + b"".join(b"V%s\np%d\n0" % (word.encode(), 1 + i) for i, word in enumerate(keys + splits)))
        while file.tell() < size:
            batch = []
            for i, label, count, place, text in (next(rows) for _ in range(BATCH)):
                batch.append(f"(dp{memo}\ng1\nI{i}\nsg2\nV{label}\np{memo + 1}\nsg3\nI{count}\nsg4\ng{6 + place}\ns"
                             f"g5\nV{text}\np{memo + 2}\nsa")
                memo += 3
            file.write("".join(batch).encode())
        file.write(b".")


def write_flood(path, size):
    with open(path, "wb") as file:
        file.write(b"\x80\x02" + b"N0" * (size // 2) + b"N.")


def write_arrays(path, size, weights):
    """numpy.ndarray as NumPy 2 pickles it: _reconstruct, then a state that ends with the bytes."""
    short = lambda value: b"\x8c" + bytes([len(value)]) + value.encode()
    name = lambda module, attribute: short(module) + short(attribute) + b"\x93"
    floats = size // 4 // 8
    with open(path, "wb") as file:
        file.write(b"\x80\x04}(")
        for i in range(8):
            file.write(short(f"estimator_{i}") + name("numpy._core.multiarray", "_reconstruct") + name("numpy", "ndarray")
                       + b"K\0\x85C\x01b\x87R(K\x01" + integer(floats) + b"\x85"
                       + name("numpy", "dtype") + short("f4") + b"\x89\x88\x87R(K\x03" + short("<")
                       + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb\x89B" + struct.pack("<I", floats * 4))
            for chunk in weights.chunks(floats * 4, i):
                file.write(chunk)
            file.write(b"tb")
        file.write(b"u.")


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


def write_zip_of_pickles(path, count, seed):
    rng = random.Random(seed)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(count):
            archive.writestr(f"part-{i:04d}.pkl", pickle.dumps(rows_of_a_dataset(rng, 3400), 4))


# ---- What the Hub says ---------------------------------------------------------------------------

REPOSITORY = "bench/repository"
COMMIT = "b" * 40
ASKED_AT = "2026-11-25T22:00:00Z"


def hub_entry(path, name):
    """A file as the tree listing with expand=true has it, every scanner's word with its links."""
    data = path.read_bytes()
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    entry = {"type": "file", "oid": oid, "size": len(data), "path": name}
    sha256 = hashlib.sha256(data).hexdigest()
    imports = []
    if path.suffix in (".pt", ".safetensors"):
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {len(data)}\n".encode()
        entry["oid"] = hashlib.sha1(b"blob %d\0" % len(pointer) + pointer).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(data), "pointerSize": len(pointer)}
    if path.suffix == ".pt":
        imports = [{"module": module, "name": import_name, "safety": "innocuous"} for module, import_name in (
            ("collections", "OrderedDict"), ("torch._utils", "_rebuild_tensor_v2"), ("torch", "FloatStorage"))]
    entry["lastCommit"] = {"id": COMMIT, "title": "Upload folder using huggingface_hub", "date": "2026-09-22T17:25:10.000Z"}
    entry["securityFileStatus"] = {
        "status": "safe",
        "protectAiScan": {"status": "safe", "message": "This file has no security findings.",
                          "reportLink": f"https://insights-db.paloaltonetworks.com/models/{REPOSITORY}/{COMMIT}/files?blob-id={oid}&utm_source=huggingface"},
        "avScan": {"status": "safe", "message": "No security issues detected",
                   "reportLink": "https://fdtn.ai/ai-supply-chain/hugging-face?utm_source=huggingface"},
        "pickleImportScan": {"status": "safe" if imports else "unscanned", "pickleImports": imports, "version": "0.0.32" if imports else "0.0.0"},
        "virusTotalScan": {"status": "safe", "message": "0/76 engines detect it as malicious.",
                           "reportLink": f"https://www.virustotal.com/gui/file/{sha256}?utm_source=huggingface"},
        "jFrogScan": {"status": "unscanned", "message": "Not a machine-learning model"}}
    return entry


def write_hub_answers(path, tree):
    endpoint = "https://huggingface.co"
    first = f"{endpoint}/api/models/{REPOSITORY}/tree/{COMMIT}?recursive=true&expand=true"
    files = sorted(file for file in tree.rglob("*") if file.is_file())
    entries = [hub_entry(file, file.relative_to(tree).as_posix()) for file in files]
    requests = []
    for start in range(0, len(entries), 100):
        body = json.dumps(entries[start:start + 100], separators=(",", ":"))
        headers = {"etag": f'W/"{len(body):x}-{base64.b64encode(hashlib.sha1(body.encode()).digest()).decode()[:27]}"'}
        if start + 100 < len(entries):
            headers["link"] = f'<{first}&cursor={start + 100}>; rel="next"'
        url = first if start == 0 else f"{first}&cursor={start}"
        requests.append({"url": url, "method": "GET", "status": 200, "headers": headers, "time": ASKED_AT, "body": body})
    information = json.dumps({"id": REPOSITORY, "sha": COMMIT, "disabled": False})
    requests.append({"url": f"{endpoint}/api/models/{REPOSITORY}/revision/{COMMIT}", "method": "GET", "status": 200, "headers": {},
                     "time": ASKED_AT, "body": information})
    requests.append({"url": f"{endpoint}/api/models/{REPOSITORY}/scan", "method": "GET", "status": 200, "headers": {},
                     "time": ASKED_AT, "body": '{"scansDone":true,"filesWithIssues":[]}'})
    answer = {"repo": REPOSITORY, "repo_type": "model", "commit": COMMIT, "requests": requests}
    path.write_text(json.dumps({"schema": "counterscan.hub/1", "endpoint": endpoint, "answers": [answer]}), encoding="ascii")


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
        "giant_p4.pkl": lambda path: write_giant_p4(path, int(200 * MIB * scale), seed),
        "giant_p0.pkl": lambda path: write_giant_p0(path, int(200 * MIB * scale), seed),
        "flood.pkl": lambda path: write_flood(path, int(32 * MIB * scale)),
        "arrays.pkl": lambda path: write_arrays(path, int(256 * MIB * scale), weights()),
        "pickles500.zip": lambda path: write_zip_of_pickles(path, max(1, int(500 * scale)), seed),
        "mixed": lambda path: write_mixed(path, max(1, int(20_000 * scale)), weights(), seed),
        "repository": lambda path: write_mixed(path, max(1, int(10_000 * scale)), weights(), seed + 1),
        "repository-hub.json": lambda path: write_hub_answers(path, folder / "repository"),
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
