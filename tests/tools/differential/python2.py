"""What Python 2.7 resolves: its pickle and its cPickle, with find_class watched. Runs under Python 2.

Standard input holds streams, each behind its length (32 bits, little-endian). For each, one line of
standard output: a JSON array of [module, name, reader], the bytes of the names as latin-1.
"""

import cPickle
import copy_reg
import cStringIO
import json
import pickle
import resource
import StringIO
import struct
import sys
import zlib

MEMORY = 512 << 20
PICKLES = 8


class StandIn(object):
    """Goes along with whatever a pickle does next."""

    def __new__(cls, *_arguments, **_keywords):
        return object.__new__(cls)

    def __init__(self, *_arguments, **_keywords):
        pass

    def __call__(self, *_arguments, **_keywords):
        return self

    def __setitem__(self, key, value):
        pass

    def nothing(self, *_arguments):
        pass

    __setstate__ = append = extend = nothing


class OldStyle:
    """INST and OBJ make these without a call."""

    def __setstate__(self, state):
        pass

    def append(self, item):
        pass

    extend = append


def function(*_arguments):
    return StandIn()


function.__safe_for_unpickling__ = True
copy_reg.constructor(function)
ANSWERS = (StandIn, StandIn, StandIn, function, OldStyle, "os", [], {})


def resolve(module, name):
    if (module, name) == ("copy_reg", "add_extension"):
        return copy_reg.add_extension
    return ANSWERS[zlib.crc32(module + ":" + name) % len(ANSWERS)]


def load_all(unpickler_of, file, names, one_unpickler):
    for registry in (copy_reg._extension_registry, copy_reg._inverted_registry, copy_reg._extension_cache):
        registry.clear()

    def find_class(module, name):
        names.append((module, name))
        return resolve(module, name)

    try:
        unpickler = unpickler_of(file, find_class)
        for _ in range(PICKLES):
            unpickler.load()
            if not one_unpickler:
                unpickler = unpickler_of(file, find_class)
    except Exception:  # whatever a hostile pickle makes them raise: it ends there
        pass


def plain(file, find_class):
    unpickler = pickle.Unpickler(file)
    unpickler.find_class = find_class
    unpickler.persistent_load = lambda key: StandIn
    return unpickler


def compiled(file, find_class):
    unpickler = cPickle.Unpickler(file)
    unpickler.find_global = find_class
    unpickler.persistent_load = lambda key: StandIn
    return unpickler


READERS = (("pickle", plain, StringIO.StringIO), ("cPickle", compiled, cStringIO.StringIO),
           ("cPickle, stream", compiled, StringIO.StringIO))


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while True:
        head = sys.stdin.read(4)
        if len(head) < 4:
            return
        data = sys.stdin.read(struct.unpack("<I", head)[0])
        heard = []
        for reader, unpickler_of, file_of in READERS:
            for one_unpickler in (False, True):
                names = []
                load_all(unpickler_of, file_of(data), names, one_unpickler)
                # What breaks off behind GLOBAL names nothing at all.
                heard += [(module.decode("latin-1"), name.decode("latin-1"), reader) for module, name in names if module]
        print(json.dumps(sorted(set(heard))))
        sys.stdout.flush()


if __name__ == "__main__":
    main()
