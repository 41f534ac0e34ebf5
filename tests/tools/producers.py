#!/usr/bin/env python3
"""Lets real libraries write model files, and holds counterscan's word on them to what they are.

    producers.py PROGRAM

Debian's torch, numpy, joblib and scikit-learn write each kind of file twice: once honest, and once
with an object among the weights that calls posix.system("true") when it is loaded; tarfile, tar, 7z
and the compressors that people use pack such pickles. Nothing here is ever loaded. Of the honest ones none may be flagged; of the twins none may be missed.
"""

import collections
import datetime
import io
import json
import os
import pathlib
import pickle
import struct
import subprocess
import sys
import tarfile
import tempfile
import unittest
import zipfile

import joblib
import numpy
import sklearn.ensemble
import sklearn.feature_extraction.text
import sklearn.linear_model
import sklearn.pipeline
import sklearn.preprocessing
import torch

PROGRAM = None  # set by main


class Evil:
    """Pickled as a call of posix.system, as any payload is: nothing runs until somebody loads it."""

    def __reduce__(self):
        return os.system, ("true",)


# ---- What the libraries are given to write -----------------------------------------------------

def network():
    torch.manual_seed(1)
    return torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(),
                               torch.nn.Flatten(), torch.nn.Linear(8, 4), torch.nn.Dropout(0.1))


def optimizer_state():
    model = torch.nn.Linear(4, 2)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    model(torch.ones(3, 4)).sum().backward()
    optimizer.step()
    return {"epoch": 3, "model": model.state_dict(), "optimizer": optimizer.state_dict(), "loss": 0.25}


def many_tensors():
    return {"half": torch.ones(5).half(), "bfloat16": torch.ones(5).bfloat16(), "long": torch.arange(4),
            "bool": torch.ones(2).bool(), "complex": torch.ones(2, dtype=torch.complex64),
            "view": torch.arange(12.0).reshape(3, 4)[:, 1], "parameter": torch.nn.Parameter(torch.ones(2)),
            "empty": torch.empty(0), "size": torch.Size([1, 2]), "dtype": torch.float32,
            "device": torch.device("cpu"), "array": numpy.arange(3)}


def classifier():
    rng = numpy.random.default_rng(1)
    samples, labels = rng.normal(size=(60, 5)), rng.integers(0, 2, 60)
    return sklearn.pipeline.make_pipeline(sklearn.preprocessing.StandardScaler(),
                                          sklearn.linear_model.LogisticRegression()).fit(samples, labels)


def forest():
    rng = numpy.random.default_rng(1)
    return sklearn.ensemble.RandomForestClassifier(5, random_state=1).fit(rng.normal(size=(60, 5)), rng.integers(0, 2, 60))


def text_classifier():
    texts, labels = ["a good model", "a bad model", "good weights", "bad weights"], [1, 0, 1, 0]
    return sklearn.pipeline.make_pipeline(sklearn.feature_extraction.text.TfidfVectorizer(),
                                          sklearn.linear_model.SGDClassifier()).fit(texts, labels)


def plain_python():
    return {"numbers": [1, -2, 3.5, 1 << 70, 1j], "text": ["a", "\u00e9", "\U0001f600"], "bytes": b"\0\xff",
            "sets": [{1, 2}, frozenset("ab")], "ordered": collections.OrderedDict(a=1),
            "default": collections.defaultdict(list, a=[1]), "date": datetime.date(2024, 1, 2),
            "nested": ((), [[]], {"k": None}), "flags": [True, False]}


# ---- How they write it: each takes a path and the object, which may hold an Evil ----------------

def pickle_as(protocol):
    return lambda path, value: path.write_bytes(pickle.dumps(value, protocol))


def torch_zip(path, value):
    torch.save(value, path)


def torch_legacy(path, value):
    torch.save(value, path, _use_new_zipfile_serialization=False)


def joblib_as(**options):
    return lambda path, value: joblib.dump(value, path, **options)


def numpy_objects(path, value):
    array = numpy.empty(2, dtype=object)
    array[:] = [value, "text"]
    numpy.save(path, array, allow_pickle=True)


def numpy_archive(save):
    def write(path, value):
        array = numpy.empty(1, dtype=object)
        array[0] = value
        save(path, weights=numpy.arange(1000.0), names=array)
    return write


def piped(*command):
    """A pickle, sent through a compressor."""
    def write(path, value):
        path.write_bytes(subprocess.run(command, input=pickle.dumps(value, 4), capture_output=True, check=True).stdout)
    return write


def tar_bytes(members, **options):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", **options) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def tarfile_as(tar_format, mode="w"):
    """What Python's tarfile writes: a short name and one that needs a second header."""
    def write(path, value):
        content = pickle.dumps(value, 4)
        with tarfile.open(path, mode, format=tar_format) as archive:
            for name in ("config.yaml", "a" * 70 + "/" + "b" * 70 + "/weights.pkl"):
                member = tarfile.TarInfo(name)
                data = content if name.endswith(".pkl") else b"size: 1\n"
                member.size = len(data)
                archive.addfile(member, io.BytesIO(data))
    return write


def nemo(path, value):
    """As NVIDIA's NeMo packs a model: a tar of its settings and a torch checkpoint."""
    checkpoint = io.BytesIO()
    torch.save(value, checkpoint)
    path.write_bytes(tar_bytes({"./model_config.yaml": b"name: net\n", "./model_weights.ckpt": checkpoint.getvalue()}))


def in_folder(command):
    """A pickle and a text in a folder, packed by a program that runs there and writes to {}."""
    def write(path, value):
        with tempfile.TemporaryDirectory(prefix="producers-") as folder:
            pathlib.Path(folder, "weights.pkl").write_bytes(pickle.dumps(value, 4))
            pathlib.Path(folder, "sub").mkdir()
            pathlib.Path(folder, "sub", "notes.txt").write_text("notes\n" * 100, encoding="ascii")
            with pathlib.Path(folder, "sub", "sparse.txt").open("wb") as sparse:
                sparse.write(b"text\n")
            os.symlink("weights.pkl", pathlib.Path(folder, "link.pkl"))
            os.link(pathlib.Path(folder, "weights.pkl"), pathlib.Path(folder, "same.pkl"))
            words = [word.format(path) for word in command]
            subprocess.run(words, cwd=folder, capture_output=True, check=True)
    return write


def zip_in_tar_in_gzip(path, value):
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.pkl", pickle.dumps(value, 4))
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("model.zip")
        member.size = len(inner.getvalue())
        archive.addfile(member, io.BytesIO(inner.getvalue()))


def with_evil(value):
    """The twin of an object: the same, with an Evil among its items or attributes."""
    if isinstance(value, dict):
        return {**value, "extra": Evil()}
    if hasattr(value, "__dict__"):
        value.extra_ = Evil()
    return value


# file name -> (how to write, what to write). Each must be clean with full coverage, and its twin unsafe.
WRITERS = {
    "state_dict.pt": (torch_zip, lambda: network().state_dict()),
    "state_dict_legacy.pt": (torch_legacy, lambda: network().state_dict()),
    "whole_module.pt": (torch_zip, network),
    "whole_module_legacy.bin": (torch_legacy, network),
    "training.ckpt": (torch_zip, optimizer_state),
    "training_legacy.pth": (torch_legacy, optimizer_state),
    "many_tensors.pt": (torch_zip, many_tensors),
    "many_tensors_legacy.pt": (torch_legacy, many_tensors),
    "objects.npy": (numpy_objects, plain_python),
    "archive.npz": (numpy_archive(numpy.savez), plain_python),
    "archive_deflated.npz": (numpy_archive(numpy.savez_compressed), plain_python),
    "classifier.joblib": (joblib_as(), classifier),
    "classifier_zlib.joblib": (joblib_as(compress=3), classifier),
    "classifier_gzip.joblib": (joblib_as(compress=("gzip", 3)), classifier),
    "classifier_protocol_2.joblib": (joblib_as(protocol=2), classifier),
    "classifier_protocol_3.joblib": (joblib_as(protocol=3), classifier),
    "classifier_protocol_5.joblib": (joblib_as(protocol=5), classifier),
    "forest.joblib": (joblib_as(), forest),
    "text_classifier.joblib": (joblib_as(), text_classifier),
    "array.joblib": (joblib_as(), lambda: {"weights": numpy.arange(5000.0).reshape(50, 100)}),
    **{f"plain_{protocol}.pkl": (pickle_as(protocol), plain_python) for protocol in range(6)},
    **{f"classifier_{protocol}.pkl": (pickle_as(protocol), classifier) for protocol in range(2, 6)},
    "forest.pkl": (pickle_as(4), forest),
    "text_classifier.pkl": (pickle_as(4), text_classifier),
    "array_0.pkl": (pickle_as(0), lambda: {"weights": numpy.arange(100.0)}),
    "array_5.pkl": (pickle_as(5), lambda: {"weights": numpy.arange(100.0)}),
    **{f"classifier_{name}.joblib": (joblib_as(compress=(name, 3)), classifier)
       for name in ("bz2", "xz", "lzma", "lz4")},
    **{f"plain.pkl.{ending}": (piped(*command), plain_python) for ending, command in {
        "gz": ("gzip", "-c"), "bz2": ("bzip2", "-c"), "xz": ("xz", "-c"), "lzma": ("xz", "--format=lzma", "-c"),
        "crc32.xz": ("xz", "--check=crc32", "-c"), "x86.xz": ("xz", "--x86", "--lzma2", "-c"),
        "zst": ("zstd", "-q", "-c"), "ultra.zst": ("zstd", "-q", "--ultra", "-22", "-c"),
        "nochecksum.zst": ("zstd", "-q", "--no-check", "-c"), "lz4": ("lz4", "-q", "-c"),
        "dependent.lz4": ("lz4", "-q", "-BD", "-c"), "legacy.lz4": ("lz4", "-q", "-l", "-c"), "lz": ("lzip", "-c"),
    }.items()},
    "tarfile_pax.tar": (tarfile_as(tarfile.PAX_FORMAT), plain_python),
    "tarfile_gnu.tar": (tarfile_as(tarfile.GNU_FORMAT), plain_python),
    "tarfile_ustar.tar": (tarfile_as(tarfile.USTAR_FORMAT), plain_python),
    "tarfile.tar.gz": (tarfile_as(tarfile.PAX_FORMAT, "w:gz"), plain_python),
    "tarfile.tar.bz2": (tarfile_as(tarfile.PAX_FORMAT, "w:bz2"), plain_python),
    "tarfile.tar.xz": (tarfile_as(tarfile.PAX_FORMAT, "w:xz"), plain_python),
    **{f"tar_{name}.tar": (in_folder(("tar", f"--format={name}", "-cf", "{}", ".")), plain_python)
       for name in ("v7", "oldgnu", "gnu", "ustar", "posix")},
    "tar_sparse.tar": (in_folder(("tar", "--sparse", "--format=posix", "-cf", "{}", ".")), plain_python),
    "tar.tar.zst": (in_folder(("tar", "--zstd", "-cf", "{}", ".")), plain_python),
    "network.nemo": (nemo, lambda: network().state_dict()),
    "nested.tar.gz": (zip_in_tar_in_gzip, plain_python),
    **{f"seven_{name}.7z": (in_folder(("7z", "a", f"-m0={name}", "{}", "weights.pkl", "sub")), plain_python)
       for name in ("LZMA", "LZMA2", "PPMd", "BZip2", "Deflate", "Copy")},
    "seven_solid.7z": (in_folder(("7z", "a", "-ms=on", "-mhc=on", "{}", "weights.pkl", "sub")), plain_python),
    "seven_piped.7z": (in_folder(("sh", "-c", "cat weights.pkl | 7z a -siweights.pkl {}")), plain_python),
    **{f"seven_{name}.zip": (in_folder(("7z", "a", "-tzip", f"-mm={name}", "{}", "weights.pkl", "sub")), plain_python)
       for name in ("LZMA", "BZip2")},
    "seven.zip": (in_folder(("7z", "a", "-tzip", "{}", "weights.pkl", "sub")), plain_python),
}

# What nobody can open without its password: a gap that says so.
ENCRYPTED = {
    "secret.7z": (in_folder(("7z", "a", "-psecret", "{}", "weights.pkl")), plain_python),
    "secret_names.7z": (in_folder(("7z", "a", "-psecret", "-mhe=on", "{}", "weights.pkl")), plain_python),
}


# Files that cannot hold an Evil: no pickle in them, or one that its library writes by itself.

def torchscript(path):
    torch.jit.save(torch.jit.script(network()), str(path))


def traced(path):
    torch.jit.save(torch.jit.trace(torch.nn.Linear(4, 2), torch.ones(1, 4)), str(path))


def plain_array(path):
    numpy.save(path, numpy.random.default_rng(1).normal(size=(40, 30)))


def structured_array(path):
    numpy.save(path, numpy.array([(1, 2.0)], dtype=[("a", "<i4"), ("b", "<f8")]))


def plain_archive(path):
    numpy.savez(path, a=numpy.arange(10), b=numpy.ones((3, 3)))


def safetensors(path):
    weights = numpy.arange(12, dtype="<f4").tobytes()
    header = json.dumps({"__metadata__": {"format": "pt"},
                         "w": {"dtype": "F32", "shape": [3, 4], "data_offsets": [0, len(weights)]}}).encode()
    header += b" " * (-len(header) % 8)
    path.write_bytes(struct.pack("<Q", len(header)) + header + weights)


# file name -> (how to write, whether it must be clean with full coverage)
HONEST_ONLY = {
    "script.pt": (torchscript, False),
    "traced.pt": (traced, False),
    "plain.npy": (plain_array, True),
    "structured.npy": (structured_array, True),
    "plain.npz": (plain_archive, True),
    "weights.safetensors": (safetensors, True),
}


def scan(folder):
    """Returns (exit status, file name -> that file's part of the report)."""
    done = subprocess.run([PROGRAM, "scan", "--av", "builtin", "--hub", "off", "-o", "json", "--no-progress", str(folder)],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=240)
    try:
        report = json.loads(done.stdout)
    except ValueError as problem:
        raise AssertionError(f"exit status {done.returncode}, no report: {done.stderr.decode(errors='replace')}") from problem
    return done.returncode, {pathlib.PurePath(file["path"]).name: file for file in report["files"]}


def shown(file):
    lines = [f"{file['type']}: {file['verdict']}, coverage {file['coverage']['state']}"]
    lines += [f"gap {gap['reason']} ({gap['engine']}) {gap['where']}" for gap in file["coverage"]["gaps"]]
    lines += [f"{finding['rule']} {finding['level']}: {finding['message']}" for finding in file["findings"]]
    return "\n  ".join(lines[:12])


class Producers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="producers-")
        cls.addClassCleanup(folder.cleanup)
        honest, hostile = pathlib.Path(folder.name, "honest"), pathlib.Path(folder.name, "hostile")
        honest.mkdir()
        hostile.mkdir()
        for name, (write, _) in HONEST_ONLY.items():
            write(honest / name)
        for name, (write, make) in {**WRITERS, **ENCRYPTED}.items():
            write(honest / name, make())
            write(hostile / name, with_evil(make()))
        cls.honest_exit, cls.honest = scan(honest)
        cls.hostile_exit, cls.hostile = scan(hostile)

    def test_every_file_is_reported(self):
        self.assertEqual(set(self.honest), {*WRITERS, *ENCRYPTED, *HONEST_ONLY})
        self.assertEqual(set(self.hostile), {*WRITERS, *ENCRYPTED})

    def test_no_honest_file_is_flagged(self):
        for name, file in self.honest.items():
            with self.subTest(name):
                flagged = [f for f in file["findings"] if f["level"] in ("suspicious", "unsafe")]
                self.assertFalse(flagged, shown(file))
                self.assertIn(file["verdict"], ("clean", "caution", "incomplete"), shown(file))
        self.assertIn(self.honest_exit, (0, 2))

    def test_honest_files_are_read_to_the_last_byte(self):
        for name in [*WRITERS, *(name for name, (_, full) in HONEST_ONLY.items() if full)]:
            file = self.honest[name]
            with self.subTest(name):
                self.assertEqual(file["coverage"]["state"], "full", shown(file))
                self.assertEqual(file["verdict"], "clean", shown(file))

    def test_every_hostile_twin_is_unsafe_for_the_right_reason(self):
        for name in WRITERS:
            file = self.hostile[name]
            with self.subTest(name):
                self.assertEqual(file["verdict"], "unsafe", shown(file))
                self.assertIn(("posix", "system", "unsafe"),
                              [(i["module"], i["name"], i["level"]) for i in file["imports"]], shown(file))
        self.assertEqual(self.hostile_exit, 1)

    def test_what_is_encrypted_is_a_gap_that_says_so(self):
        for name in ENCRYPTED:
            with self.subTest(name):
                file = self.hostile[name]
                self.assertEqual(file["verdict"], "incomplete", shown(file))
                self.assertIn("encrypted-member", [gap["reason"] for gap in file["coverage"]["gaps"]], shown(file))


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
