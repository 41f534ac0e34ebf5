"""What real unpicklers resolve: CPython's own, with find_class watched, on every way to read.

Names are answered with stand-ins that go along with whatever a pickle does next, so that readers
come as far as they can. A few are the real thing (writer.REAL), harmless, so that names get
computed. Nothing else is imported or called.
"""

import builtins
import codecs
import collections
import copyreg
import functools
import io
import operator
import os
import pickle
import sys
import tempfile
import types
import zlib

try:
    import _compat_pickle
except ImportError:
    _compat_pickle = None

import writer

PROBE = "_counterscan_probe"


# ---- Stand-ins ----------------------------------------------------------------------------------

class Obliging:
    """A method that takes anything, on classes and on their instances alike."""

    def __get__(self, instance, owner):
        return _nothing


def _nothing(*_args, **_keywords):
    return None


class StandInType(type):
    def __getattr__(cls, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return cls

    def __setitem__(cls, key, value):
        hash(key)


class StandIn(metaclass=StandInType):
    result = None

    def __new__(cls, *_args, **_keywords):
        return object.__new__(cls) if cls.result is None else cls.result

    def __init__(self, *_args, **_keywords):
        pass

    def __call__(self, *_args, **_keywords):
        return self

    def __setitem__(self, key, value):
        hash(key)

    __setstate__ = Obliging()
    append = Obliging()
    extend = Obliging()
    add = Obliging()


class Stranger(StandIn):
    """Has none of the methods: BUILD goes for its __dict__, APPEND fails."""

    __setstate__ = property(lambda self: (_ for _ in ()).throw(AttributeError("__setstate__")))


StandIn.result = None
RESULTS = (None, None, None, None, None, "os", "system", StandIn, (), ("os", "system"), 1)


@functools.lru_cache(maxsize=4096)
def stand_in_class(kind, result):
    base = Stranger if kind == 1 else StandIn
    return StandInType("Made", (base,), {"result": RESULTS[result]})


def stand_in(module, name):
    """The same for the same name, whoever asks."""
    number = zlib.crc32((module + ":" + name).encode("utf-8", "surrogatepass"))
    kind = number % 16
    if kind < 11:
        return stand_in_class(number // 16 % 4, number // 64 % len(RESULTS))
    if kind == 11:
        return _nothing
    if kind == 12:
        return "os"
    if kind == 13:
        return {}
    if kind == 14:
        return []
    return stand_in_class(0, 0)()


# ---- The real things ----------------------------------------------------------------------------

registered = []  # extension codes of the stream that is being read


def add_extension(module, name, code):
    copyreg.add_extension(module, name, code)
    registered.append((module, name, code))


def forget_extensions():
    if registered or copyreg._inverted_registry or copyreg._extension_registry:
        registered.clear()
        copyreg._extension_registry.clear()
        copyreg._inverted_registry.clear()
    copyreg._extension_cache.clear()


REAL = {("_codecs", "encode"): codecs.encode, ("_codecs", "decode"): lambda data: data.decode(),
        ("operator", "add"): operator.add, ("operator", "concat"): operator.concat,
        ("copyreg", "_reconstructor"): copyreg._reconstructor, ("copyreg", "__newobj__"): copyreg.__newobj__,
        ("collections", "OrderedDict"): collections.OrderedDict, ("collections", "deque"): collections.deque,
        ("functools", "partial"): functools.partial, ("copyreg", "add_extension"): add_extension,
        ("copyreg", "_inverted_registry"): copyreg._inverted_registry}
for _module, _name in writer.REAL:
    if _module == "builtins":
        REAL[_module, _name] = getattr(builtins, _name)
for _module, _name in writer.REAL + [("copy_reg", "add_extension")]:
    _python3 = {"__builtin__": "builtins", "copy_reg": "copyreg"}.get(_module)
    if _python3:
        REAL[_module, _name] = REAL[_python3, _name]


def resolve(module, name):
    try:
        return REAL[module, name]
    except KeyError:
        return stand_in(module, name)


# ---- Unpicklers that are watched ----------------------------------------------------------------

setattr(builtins, PROBE, 2)
sys.modules["__builtin__"] = types.ModuleType("__builtin__")
setattr(sys.modules["__builtin__"], PROBE, 3)


class Watched:
    """What both unpicklers have on top: names are written down, and answered with stand-ins."""

    def find_class(self, module, name):
        # The base maps Python 2's names while its protocol is below 3; C does not show which it is.
        python2 = super().find_class("__builtin__", PROBE) == 2
        self.names.append((module, name, python2))
        return resolve(module, name)


class WithPersistentLoad:
    def persistent_load(self, pid):
        return self.persistent(pid)


class CUnpickler(Watched, pickle.Unpickler):
    pass


class CUnpicklerPersistent(WithPersistentLoad, CUnpickler):
    pass


class PyUnpickler(Watched, pickle._Unpickler):
    pass


class PyUnpicklerPersistent(WithPersistentLoad, PyUnpickler):
    pass


PERSISTENT = (None, lambda pid: "os", lambda pid: StandIn, lambda pid: pid, lambda pid: StandIn(),
              lambda pid: ("os", "system"))


class Plan:
    """How a program reads: what it hands to the unpickler, and whether one reads all pickles."""

    def __init__(self, rng):
        self.one_unpickler = rng.random() < 0.5
        self.persistent = PERSISTENT[int(rng.random() * 6)] if rng.random() < 0.6 else None
        r = rng.random()
        self.encoding = "ASCII" if r < 0.5 else "utf-8" if r < 0.8 else "latin1" if r < 0.95 else "bytes"
        self.buffers = sys.version_info >= (3, 8) and rng.random() < 0.5
        self.peek_bytes = 1 + int(rng.random() * 40)
        self.file = rng.random() < 0.02

    def unpickler(self, c, file, names):
        kind = ((PyUnpickler, PyUnpicklerPersistent), (CUnpickler, CUnpicklerPersistent))[c][
            self.persistent is not None]
        keywords = {"buffers": iter([b"one", bytearray(b"two"), b"three"])} if self.buffers else {}
        unpickler = kind(file, encoding=self.encoding, **keywords)
        unpickler.names = names
        unpickler.persistent = self.persistent
        return unpickler


def load_all(plan, c, file):
    """Loads until something fails; what was resolved on the way."""
    names = []
    forget_extensions()
    try:
        unpickler = plan.unpickler(c, file, names)
        for _ in range(8):
            unpickler.load()
            if not plan.one_unpickler:
                unpickler = plan.unpickler(c, file, names)
    except Exception:  # whatever a hostile pickle makes them raise: it ends there
        pass
    return names


class Whole(io.BytesIO):
    """Shows all that is left when peeked at: the C unpickler reads it as it reads memory."""

    def peek(self, _size):
        return self.getvalue()[self.tell():]


class Plain:
    """A file with nothing but read and readline."""

    def __init__(self, data):
        file = io.BytesIO(data)
        self.read = file.read
        self.readline = file.readline


def from_disk(plan, data, buffering):
    with tempfile.TemporaryFile() as file:
        file.write(data)
        file.flush()
        with os.fdopen(os.dup(file.fileno()), "rb", buffering) as again:
            again.seek(0)
            return load_all(plan, True, again)


def readers(plan, data):
    """(name of the reader, names that it resolved) for each."""
    yield "C, memory", load_all(plan, True, Whole(data))
    yield "C, stream", load_all(plan, True, io.BytesIO(data))
    yield "C, peeking %d" % plan.peek_bytes, load_all(
        plan, True, io.BufferedReader(io.BytesIO(data), plan.peek_bytes))
    yield "Python", load_all(plan, False, io.BytesIO(data))
    if plan.file:
        yield "C, plain stream", load_all(plan, True, Plain(data))
        yield "C, open file", from_disk(plan, data, -1)
        yield "C, unbuffered file", from_disk(plan, data, 0)
        if LOADS:
            yield "loads", loads(plan, data)


# ---- pickle.loads itself ------------------------------------------------------------------------
# It makes its own unpickler, so names are seen by an audit hook (Python 3.8 and later) and imported
# in earnest: from modules that are stand-ins themselves, or not at all.

LOADS = hasattr(sys, "addaudithook")
watching = None  # names of the loads call under way


class Refused(Exception):
    pass


class StandInModule(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(self.__name__, name)


STAND_IN_MODULES = ("mod1", "mod2", "mod3", "mod1.sub", "torch", "torch.storage", "torch._utils",
                    "numpy.core.multiarray", "sklearn.svm")
# What has been imported in earnest (loaders.py) stays what it is, and is refused.
STAND_IN_MODULES = tuple(_module for _module in STAND_IN_MODULES if _module not in sys.modules)


def _hear(event, arguments):
    if watching is None or event != "pickle.find_class":
        return
    watching.append((arguments[0], arguments[1], False))
    if arguments[0] not in STAND_IN_MODULES:
        raise Refused()


if LOADS:
    sys.addaudithook(_hear)
    for _module in STAND_IN_MODULES:
        sys.modules[_module] = StandInModule(_module)


def loads(plan, data):
    global watching
    names = []
    forget_extensions()
    watching = names
    try:
        pickle.loads(data, encoding=plan.encoding)
    except Exception:
        pass
    finally:
        watching = None
    return names


# ---- What they would import ---------------------------------------------------------------------

def python3_name(module, name):
    """What the base find_class makes of the name under protocol < 3."""
    if (module, name) in _compat_pickle.NAME_MAPPING:
        return _compat_pickle.NAME_MAPPING[module, name]
    if module in _compat_pickle.IMPORT_MAPPING:
        return _compat_pickle.IMPORT_MAPPING[module], name
    return module, name
