"""What the loaders of joblib and torch resolve: the libraries' own code, with find_class watched.

Only where both are installed. joblib reads arrays between the instructions, from behind the frame
that it took in; torch has an unpickler of its own for zip files and for its older files, and a
restricted one (weights_only).
"""

import io
import warnings
import zipfile
import zlib

import numpy
import torch
from joblib import numpy_pickle

import oracle
from streams import LEGACY_HEAD

try:
    from torch import _weights_only_unpickler as weights_only
except ImportError:
    weights_only = None

warnings.simplefilter("ignore")

WRAPPERS = ("joblib.numpy_pickle", "sklearn.externals.joblib.numpy_pickle")
REAL = {("numpy", "ndarray"): numpy.ndarray, ("numpy", "dtype"): numpy.dtype, ("numpy", "record"): numpy.record}
REAL.update({(module, "NumpyArrayWrapper"): numpy_pickle.NumpyArrayWrapper for module in WRAPPERS})


class WithArrays:
    """Answers what an array's wrapper is made of with the real thing."""

    def find_class(self, module, name):
        answer = super().find_class(module, name)
        return REAL.get((module, name), answer)


class JoblibUnpickler(WithArrays, oracle.Watched, numpy_pickle.NumpyUnpickler):
    pass


class PickleModule:
    """Stands in for the module pickle in the libraries: it imports nothing, and writes names down."""

    def __init__(self, heard):
        class Unpickler(WithArrays, oracle.CUnpickler):
            names = heard

        self.Unpickler = Unpickler

    def load(self, file, **keywords):
        return self.Unpickler(file, **keywords).load()


# Each loads the bytes, and adds what it resolves to a list of names.

def joblib_stream(data, names):
    load_with_joblib(io.BytesIO(data), names)


def joblib_file(data, names):
    load_with_joblib(io.BufferedReader(io.BytesIO(data)), names)


def load_with_joblib(file, names):
    numpy_pickle.pickle = PickleModule(names)  # for arrays of objects
    unpickler = JoblibUnpickler("nowhere", file)
    unpickler.names = names
    unpickler.load()


def torch_legacy(data, names):
    torch.serialization._legacy_load(io.BytesIO(data), None, PickleModule(names), encoding="utf-8")


def torch_zip(data, names):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("archive/data.pkl", data)
        archive.writestr("archive/version", "3\n")
    whole.seek(0)
    torch.serialization._load(torch._C.PyTorchFileReader(whole), None, PickleModule(names), encoding="utf-8")


def torch_weights_only(data, names):
    file = LineFile(data, names)
    weights_only.Unpickler(file).load()


class LineFile:
    """weights_only reads lines only for names, two for each."""

    def __init__(self, data, names):
        file = io.BytesIO(data)
        self.read = file.read
        self.next_line = file.readline
        self.names = names
        self.module = None

    def readline(self):
        line = self.next_line()
        if self.module is None:
            self.module = line
        else:
            # A name that is refused is not resolved, but it may be by the next version. One that breaks
            # off is on no list.
            if line.endswith(b"\n"):
                self.names.append((self.module[:-1].decode(), line[:-1].decode(), False))
            self.module = None
        return line


def refuse(*_arguments):
    raise OSError


# Asked for the source of a class, torch would write down how it differs.
torch.serialization.get_source_lines_and_file = refuse


def readers(data):
    """(name of the loader, names that it resolved until it failed) for each."""
    loaders = [joblib_stream, joblib_file]
    if data.startswith(LEGACY_HEAD):
        loaders.append(torch_legacy)
    elif zlib.crc32(data) % 16 == 0:
        loaders.append(torch_zip)
    if weights_only is not None:
        loaders.append(torch_weights_only)
    for load in loaders:
        names = []
        oracle.forget_extensions()
        try:
            load(data, names)
        except Exception:  # whatever a hostile pickle makes them raise: it ends there
            pass
        # What breaks off behind GLOBAL names nothing at all.
        yield load.__name__, [name for name in names if name[0]]
