#!/usr/bin/env python3
"""Makes honest pickles with a real library; honest_pickles.py runs it inside the environments it makes.

    write.py FOLDER LIBRARY

Every object that the library's maker yields is written in two or three ways: by pickle, whose protocols
take turns, and by joblib or torch.save where those are at hand. FOLDER/index.jsonl has a line for each
file: which library and version made it, and how. Runs on Python 3.6 and newer.
"""
import json
import os
import pickle
import signal
import sys
import warnings

warnings.simplefilter("ignore")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", WANDB_DISABLED="true", TOKENIZERS_PARALLELISM="false", YOLO_VERBOSE="false",
                  HF_HUB_OFFLINE="1", CUDA_VISIBLE_DEVICES="")

import libraries
import more_networks
import networks
import rare_tables
import sciences
import tables
import unread
import unread_networks
import words


class Net:
    """A class of the user's own, in the program that writes."""

    def __init__(self):
        self.weights, self.name = [1.0, 2.0], "net"


def make_own():
    yield "object", Net()
    yield "list", [Net(), Net()]


def make_cloudpickle():
    import cloudpickle
    yield "plain", lambda path: open(path + ".pkl", "wb").write(cloudpickle.dumps({"a": [1, 2], "b": (None, 1.5)}))
    yield "function", lambda path: open(path + ".pkl", "wb").write(cloudpickle.dumps(lambda v: v + 1))


def make_dill():
    import dill
    yield "plain", lambda path: open(path + ".pkl", "wb").write(dill.dumps({"a": [1, 2], "b": (None, 1.5)}))
    yield "function", lambda path: open(path + ".pkl", "wb").write(dill.dumps(lambda v: v + 1))


MAKERS = [sys.modules[__name__], tables, rare_tables, networks, words, sciences, more_networks, unread, unread_networks]

# How objects are written.
OF_PYTHON = ("python", "own", "configs", "several")


def version_of(library):
    if library in OF_PYTHON:
        return "%d.%d" % sys.version_info[:2]
    name = libraries.DISTRIBUTIONS.get(library, library)
    try:
        from importlib import metadata
        return metadata.version(name)
    except Exception:
        try:
            import pkg_resources
            return pkg_resources.get_distribution(name).version
        except Exception:
            return "?"


def too_slow(*_):
    raise RuntimeError("took too long")


class Writer:
    """The files of one library, and what is said of them in the index."""

    def __init__(self, folder, library, index):
        self.folder, self.made_by, self.index = folder, library, index
        self.version, self.made, self.failed = version_of(library), 0, 0

    def write(self, name, how, writer):
        path = os.path.join(self.folder, "%s-%s" % (self.made_by, name.replace("/", "_")))
        before = set(os.listdir(self.folder))
        try:
            signal.alarm(60)
            writer(path)
            signal.alarm(0)
        except Exception as problem:
            signal.alarm(0)
            self.failed += 1
            print("  %s %s by %s: %s" % (self.made_by, name, how, str(problem)[:100]), file=sys.stderr)
            for file in set(os.listdir(self.folder)) - before:
                os.remove(os.path.join(self.folder, file))
            return
        for file in sorted(set(os.listdir(self.folder)) - before):
            self.made += 1
            self.index.write(json.dumps({"file": file, "library": libraries.DISTRIBUTIONS.get(self.made_by, self.made_by), "version": self.version, "how": how}) + "\n")

    def write_object(self, name, value, protocol, turn):
        def by_pickle(path):
            data = pickle.dumps(value, protocol)
            with open("%s.p%d.pkl" % (path, protocol), "wb") as file:
                file.write(data)
        self.write(name, "pickle %d" % protocol, by_pickle)
        if self.made_by in libraries.BY_JOBLIB and turn % 3 == 0:
            import joblib
            self.write(name, "joblib", lambda path: joblib.dump(value, path + ".joblib", compress=turn % 2 * 3))
        if self.made_by in libraries.BY_TORCH:
            import torch
            if turn % 4:
                self.write(name, "torch.save", lambda path: torch.save(value, path + ".pt"))
            else:
                self.write(name, "torch.save, legacy", lambda path: torch.save(value, path + ".pth", _use_new_zipfile_serialization=False))


def main():
    folder, library = sys.argv[1:]
    maker = next(getattr(module, "make_" + library) for module in MAKERS if hasattr(module, "make_" + library))
    os.makedirs(folder, exist_ok=True)
    protocols = [4, 2, 3, 0, 1] + ([5] if sys.version_info >= (3, 8) else [])
    signal.signal(signal.SIGALRM, too_slow)
    with open(os.path.join(folder, "index.jsonl"), "w") as index:
        writer, turn = Writer(folder, library, index), 0
        try:
            makers = maker()
            while True:
                signal.alarm(300)
                try:
                    name, value = next(makers)
                except StopIteration:
                    break
                finally:
                    signal.alarm(0)
                if callable(value) and getattr(value, "__name__", "") == "<lambda>":
                    writer.write(name, "its own", value)
                    continue
                turn += 1
                writer.write_object(name, value, protocols[(turn - 1) % len(protocols)], turn)
        except Exception as problem:
            print("%s stopped: %s: %s" % (library, type(problem).__name__, str(problem)[:300]), file=sys.stderr)
        print("%s %s: %d files, %d could not be written" % (library, writer.version, writer.made, writer.failed), file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
