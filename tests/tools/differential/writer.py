"""A pickle that nobody wrote, made by grammar.

A Writer keeps a model of the machine's stack and memo, so that most of what it emits is carried out
to its end, and strays from it often enough to reach every way in which a reader can fail.
"""

import struct

MODULES = ["os", "posix", "builtins", "__builtin__", "copy_reg", "copyreg", "collections", "commands",
           "itertools", "cPickle", "urllib2", "UserDict", "exceptions", "torch", "torch.storage",
           "numpy.core.multiarray", "torch._utils", "mod1", "mod2", "mod3", "mod1.sub", "sklearn.svm",
           "string", "Queue", "StringIO"]
NAMES = ["system", "popen", "eval", "getoutput", "_reconstructor", "OrderedDict", "load", "loads", "imap",
         "urlopen", "name1", "name2", "name3", "Class", "Class.method", "os.system", "a.b.c", "izip",
         "UserDict", "StandardError", "xrange", "reduce", "_rebuild_tensor_v2", "FloatStorage", "scalar",
         "dtype", "unicode", "UserString", "intern"]
# Names that are spelled to be misread.
ODD_TEXTS = ["os\r", " os", "os ", "o s", "\u00e9l", "\uff4f\uff53", "o\0s", "", "os\t", "OS", ".", "a..b",
             "<locals>", "__builtins__", "x\u2028y", "'os'", "os\\n", "\U0001f600", "\\x6fs"]
# Names that the oracle answers with the real thing, so that names get computed (oracle.py).
REAL = [("builtins", "getattr"), ("builtins", "str"), ("builtins", "list"), ("builtins", "dict"),
        ("builtins", "tuple"), ("builtins", "set"), ("builtins", "bytearray"), ("operator", "add"),
        ("operator", "concat"), ("_codecs", "encode"), ("_codecs", "decode"), ("builtins", "chr"),
        ("copyreg", "_reconstructor"), ("collections", "OrderedDict"), ("collections", "deque"),
        ("functools", "partial"), ("copyreg", "__newobj__"), ("builtins", "object"),
        ("__builtin__", "str"), ("__builtin__", "getattr"), ("copy_reg", "_reconstructor")]
EXTENSION_CODES = [1, 2, 7, 255, 256, 65535, 65536, 0x7fffffff]

FIXED = {}  # bytes of argument behind an opcode, before any text
for _ops, _size in ((b"KhqCU\x8a\x8c\x80\x82", 1), (b"M\x83", 2), (b"JjrBTX\x8b\x84", 4),
                    (b"G\x8d\x8e\x95\x96", 8)):
    for _op in _ops:
        FIXED[_op] = _size
LINES = b"IFLSVPgp"
TWO_LINES = b"ci"
PLAIN_OPS = b"(.012NQR]abdelostu})\x81\x85\x86\x87\x88\x89\x8f\x90\x91\x92\x93\x94\x97\x98"
ALL_OPS = PLAIN_OPS + bytes(FIXED) + LINES + TWO_LINES


def utf8(text):
    return text.encode("utf-8", "surrogatepass")


class Writer:
    """One pickle in the making. `chunks` are its instructions; `stack` holds a letter a value."""

    def __init__(self, rng, memo=None):
        self.rng = rng
        self.random = rng.random
        self.chunks = []
        self.stack = []
        self.memo = {} if memo is None else memo  # index -> letter or (letter, text)
        self.protocol = 0

    def pick(self, items):
        return items[int(self.random() * len(items))]

    def emit(self, chunk):
        self.chunks.append(chunk)

    # ---- texts and numbers

    def text(self):
        r = self.random()
        if r < 0.42:
            return self.pick(MODULES)
        if r < 0.86:
            return self.pick(NAMES)
        if r < 0.93:
            return self.pick(ODD_TEXTS)
        return "".join(chr(self.pick((65, 97, 46, 48, 0x5f, 0xe9, 10, 39, 92, 0x4e2d)))
                       for _ in range(int(self.random() * 6)))

    def push_text(self, text):
        """Pushes a str by any of the opcodes that can."""
        data = utf8(text)
        r = self.random()
        if r < 0.30 and len(data) < 256:
            self.emit(b"\x8c" + bytes((len(data),)) + data)
        elif r < 0.52:
            self.emit(b"X" + struct.pack("<I", len(data)) + data)
        elif r < 0.57:
            self.emit(b"\x8d" + struct.pack("<Q", len(data)) + data)
        elif r < 0.67:
            self.emit(b"V" + self.raw_unicode(text) + b"\n")
        elif r < 0.77:
            self.emit(b"S" + self.quoted(data) + b"\n")
        elif r < 0.90 and len(data) < 256:
            self.emit(b"U" + bytes((len(data),)) + data)
        else:
            self.emit(b"T" + struct.pack("<I", len(data)) + data)
        self.stack.append(("s", text))

    def raw_unicode(self, text):
        out = []
        for c in text:
            code = ord(c)
            if code in (10, 92) or self.random() < 0.08 and code < 0x10000:
                out.append(b"\\u%04x" % code)
            elif code < 256:
                out.append(bytes((code,)))
            else:
                out.append(b"\\U%08x" % code if self.random() < 0.5 or code > 0xffff else b"\\u%04x" % code)
        return b"".join(out)

    def quoted(self, data):
        quote = self.pick(b"'\"")
        out = bytearray((quote,))
        for byte in data:
            if byte in (quote, 92, 10):
                out += b"\\x%02x" % byte if byte == 10 or self.random() < 0.3 else bytes((92, byte))
            elif self.random() < 0.06:
                out += self.pick((b"\\x%02x" % byte, b"\\%03o" % byte, b"\\%o" % byte))
            else:
                out.append(byte)
        out.append(quote)
        return bytes(out)

    def index_text(self, index):
        """An index as a line, in some form that a reader takes."""
        plain = b"%d" % index
        if self.random() < 0.8:
            return plain
        return self.pick((b" " + plain, plain + b"\r", b"+" + plain, b"0" + plain, plain + b"\0z",
                          plain + b" ", b"0_" + plain, b"\t" + plain, b"00" + plain, plain + b"L",
                          b"0x%x" % index, b"-" + plain, plain + b"0" * 22))

    def number(self, value):
        r = self.random()
        if r < 0.35 and 0 <= value < 256:
            self.emit(b"K" + bytes((value,)))
        elif r < 0.45 and 0 <= value < 65536:
            self.emit(b"M" + struct.pack("<H", value))
        elif r < 0.65:
            self.emit(b"J" + struct.pack("<i", value))
        elif r < 0.75:
            self.emit(b"\x8a\x05" + struct.pack("<q", value)[:5])
        elif r < 0.78:
            self.emit(b"\x8b\x06\0\0\0" + struct.pack("<q", value)[:6])
        else:
            text = self.pick((b"%d", b"%d", b"%d", b"0x%x", b"0o%o", b"%d\r", b" %d", b"%d\0q", b"+%d", b"%dL",
                              b"0%d")) % value
            self.emit((b"I" if self.random() < 0.6 else b"L") + text + b"\n")
        self.stack.append("i")

    # ---- the stack

    def height(self):
        """Values above the topmost mark."""
        count = 0
        for value in reversed(self.stack):
            if value == "M":
                break
            count += 1
        return count

    def mark(self):
        self.emit(b"(")
        self.stack.append("M")

    def pop_mark(self):
        for i in range(len(self.stack) - 1, -1, -1):
            if self.stack[i] == "M":
                items = self.stack[i + 1:]
                del self.stack[i:]
                return items
        return None

    def pop(self, count=1):
        if count:
            del self.stack[-count:]

    def value(self, depth=0):
        """Pushes anything."""
        r = self.random()
        if r < 0.34:
            self.push_text(self.text())
        elif r < 0.46:
            self.number(self.pick((0, 1, 2, 3, 7, 200, 255, 256, 65535, 65536, -1, 0x7fffffff)))
        elif r < 0.52:
            data = utf8(self.text())
            self.emit(self.pick((b"C" + bytes((len(data),)), b"B" + struct.pack("<I", len(data)),
                                 b"\x8e" + struct.pack("<Q", len(data)),
                                 b"\x96" + struct.pack("<Q", len(data)))) + data)
            self.stack.append("b")
        elif r < 0.72:
            op, kind = self.pick(((b"]", "l"), (b"}", "d"), (b")", "t"), (b"\x8f", "e"), (b"N", "n"),
                                  (b"\x88", "n"), (b"\x89", "n"), (b"I01\n", "n"), (b"F1.5\n", "n"),
                                  (b"G\x3f\xf0\0\0\0\0\0\0", "n"), (b"F 1_0.5e3 \n", "n")))
            self.emit(op)
            self.stack.append(kind)
        elif r < 0.88 or depth > 2:
            self.name()
        else:
            self.tuple(int(self.random() * 4), depth + 1)

    def tuple(self, size, depth=0):
        marked = size > 3 or self.random() < 0.25
        if marked:
            self.mark()
        for _ in range(size):
            self.value(depth)
        self.close_tuple(size, marked)

    def close_tuple(self, size, marked):
        if marked:
            self.emit(b"t")
            self.pop_mark()
        else:
            self.emit((b")", b"\x85", b"\x86", b"\x87")[size])
            self.pop(size)
        self.stack.append("t")

    # ---- the memo

    def put(self):
        if not self.stack or self.stack[-1] == "M":
            return
        r = self.random()
        if r < 0.45:
            index = len(self.memo)
            self.emit(b"\x94")
        else:
            index = self.pick((0, 1, 2, 3, len(self.memo), len(self.memo) + 1, 7, 255))
            if r < 0.75 and index < 256:
                self.emit(b"q" + bytes((index,)))
            elif r < 0.85:
                self.emit(b"r" + struct.pack("<I", index))
            else:
                self.emit(b"p" + self.index_text(index) + b"\n")
        self.memo[index] = self.stack[-1]

    def get(self, index=None):
        if index is None:
            if self.memo and self.random() < 0.95:
                index = self.pick(list(self.memo))
            else:
                index = int(self.random() * 6)
        r = self.random()
        if r < 0.55 and index < 256:
            self.emit(b"h" + bytes((index,)))
        elif r < 0.75:
            self.emit(b"j" + struct.pack("<I", index))
        else:
            self.emit(b"g" + self.index_text(index) + b"\n")
        self.stack.append(self.memo.get(index, "?"))

    def operand(self, text):
        """Pushes the text by a detour or none."""
        r = self.random()
        if r < 0.2:
            known = [index for index, value in self.memo.items() if value == ("s", text)]
            if known:
                self.get(self.pick(known))
                return
        self.push_text(text)
        if r > 0.75:
            self.put()
        if r > 0.9:
            self.emit(self.pick((b"2", b"20", b"N0", b"(0", b"(1")))
            if self.chunks[-1] == b"2":
                self.stack.append(self.stack[-1])
        if r > 0.97:
            index = len(self.memo) + 2
            self.emit(b"q%c0h%c" % (index & 0xff, index & 0xff))
            self.memo[index & 0xff] = ("s", text)

    # ---- names

    def name(self, module=None, name=None):
        if module is None:
            r = self.random()
            if r < 0.25:
                module, name = self.pick(REAL)
            else:
                module = self.pick(MODULES) if r < 0.93 else self.text()
                name = self.pick(NAMES) if r < 0.9 else self.text()
        r = self.random()
        if r < 0.45:
            self.emit(b"c" + utf8(module) + b"\n" + utf8(name) + b"\n")
        elif r < 0.93:
            self.operand(module)
            self.operand(name)
            self.emit(b"\x93")
            self.pop(2)
        else:
            # Operands that already lie there, whatever they are.
            if self.height() >= 2:
                self.emit(b"\x93")
                self.pop(2)
            else:
                self.emit(b"c\n" + utf8(name) + b"\n")
        self.stack.append("g")

    def extension(self):
        code = self.pick(EXTENSION_CODES)
        if self.random() < 0.75:
            self.name(self.pick(("copyreg", "copy_reg")), "add_extension")
            marked = self.random() < 0.3
            if marked:
                self.mark()
            self.operand(self.pick(MODULES))
            self.operand(self.pick(NAMES))
            self.number(code)
            self.close_tuple(3, marked)
            self.emit(b"R")
            self.pop(2)
            self.stack.append("n")
            if self.random() < 0.6:
                self.emit(b"0")
                self.pop()
        elif self.random() < 0.4:
            # The registry itself, written to.
            self.name("copyreg", "_inverted_registry")
            self.number(code)
            self.operand(self.pick(MODULES))
            self.operand(self.pick(NAMES))
            self.emit(b"\x86s0")
            self.pop(4)
        if self.random() < 0.1:
            code = self.pick(EXTENSION_CODES)
        if code < 256 and self.random() < 0.6:
            self.emit(b"\x82" + bytes((code,)))
        elif code < 65536 and self.random() < 0.7:
            self.emit(b"\x83" + struct.pack("<H", code))
        else:
            self.emit(b"\x84" + struct.pack("<I", code))
        self.stack.append("g")

    # ---- calls and stores

    def call(self):
        r = self.random()
        if r < 0.40:
            if not self.height() or self.random() < 0.85:
                self.name()
            if self.random() < 0.9:
                self.tuple(int(self.random() * 3))
            else:
                self.value()
            self.emit(b"R")
            self.pop(2)
        elif r < 0.55:
            self.name()
            self.tuple(int(self.random() * 2))
            if self.random() < 0.7:
                self.emit(b"\x81")
                self.pop(2)
            else:
                self.emit(b"}\x92")
                self.pop(2)
        elif r < 0.70:
            self.mark()
            self.name()
            for _ in range(int(self.random() * 3)):
                self.value(2)
            self.emit(b"o")
            self.pop_mark()
        elif r < 0.85:
            self.mark()
            for _ in range(int(self.random() * 3)):
                self.value(2)
            self.emit(b"i" + utf8(self.pick(MODULES)) + b"\n" + utf8(self.pick(NAMES)) + b"\n")
            self.pop_mark()
        else:
            self.computed_text()
            return
        self.stack.append("c")

    def computed_text(self):
        """A string that is made while loading."""
        text = self.pick(MODULES + NAMES)
        cut = int(self.random() * len(text))
        kind = self.pick(("add", "str", "decode", "persistent"))
        if kind == "add":
            self.name("operator", self.pick(("add", "concat")))
            self.push_text(text[:cut])
            self.push_text(text[cut:])
            self.emit(b"\x86R")
            self.pop(3)
        elif kind == "str":
            self.name("builtins", "str")
            self.push_text(text)
            self.emit(b"\x85R")
            self.pop(2)
        elif kind == "decode":
            self.name("_codecs", "decode")
            self.emit(b"C" + bytes((len(text),)) + text.encode() + b"\x85R")
            self.pop(1)
        else:
            self.emit(self.pick((b"Ppid\n", b"NQ", b"Pos\n")))
        self.stack.append("c")
        if self.random() < 0.5:
            self.operand(self.pick(NAMES))
            self.emit(b"\x93")
            self.pop(2)
            self.stack.append("g")

    def store(self):
        if not self.height() or self.random() < 0.4:
            self.pick((self.name, self.value, self.call))()
        r = self.random()
        if r < 0.2:
            self.value()
            self.emit(b"a")
            self.pop()
        elif r < 0.4:
            self.value()
            self.value()
            self.emit(b"s")
            self.pop(2)
        elif r < 0.6:
            self.value() if self.random() < 0.5 else self.state()
            self.emit(b"b")
            self.pop()
        else:
            self.mark()
            for _ in range(int(self.random() * 5)):
                self.value(2)
            self.emit(self.pick((b"e", b"u", b"\x90")))
            self.pop_mark()

    def state(self):
        self.emit(b"}")
        self.stack.append("d")
        for _ in range(int(self.random() * 3)):
            self.push_text(self.pick(("a", "b", "__setstate__", "__dict__", "append", "__class__")))
            self.value()
            self.emit(b"s")
            self.pop(2)

    def collect(self):
        items = self.pop_mark()
        if items is None:
            self.mark()
            return
        op, kind = self.pick(((b"t", "t"), (b"l", "l"), (b"d", "d"), (b"\x91", "e"), (b"1", None)))
        self.emit(op)
        if kind:
            self.stack.append(kind)

    def shuffle(self):
        r = self.random()
        if r < 0.3 and self.height():
            self.emit(b"2")
            self.stack.append(self.stack[-1])
        elif r < 0.6 and self.stack:
            self.emit(b"0")
            self.pop()
        elif r < 0.8:
            self.mark()
        elif r < 0.95:
            self.protocol = self.pick((0, 1, 2, 2, 3, 4, 4, 5))
            self.emit(b"\x80" + bytes((self.protocol,)))
        else:
            self.emit(bytes((self.pick(ALL_OPS),)) + bytes(self.pick((0, 1, 10, 48))
                                                           for _ in range(int(self.random() * 4))))

    def persistent(self):
        self.emit(self.pick((b"Ppid\n", b"NQ", b"P\n", b"P\xc3\xa9\n", b"X\1\0\0\0kQ", b"\x97", b"\x97\x98", b"]\x98")))
        self.stack.append("p")

    # ---- arrays as joblib writes them

    def array(self):
        """A wrapper of an array, and its bytes: behind it, or behind a frame that goes on after it."""
        first = len(self.chunks)
        self.emit(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81")
        self.stack.append("c")
        if self.random() < 0.3:
            self.put()
        shape = [self.pick((0, 1, 1, 2, 3, 5)) for _ in range(self.pick((0, 1, 1, 1, 2)))]
        code, item = self.pick(((b"f8", 8), (b"i4", 4), (b"u1", 1), (b"b1", 1), (b"S3", 3), (b"V12", 12), (b"O8", 0),
                                (b"U2", 8), (b"c16", 16)))
        aligned = self.random() < 0.4
        self.emit(b"}(")
        entries = [(b"shape", self.shape), (b"dtype", self.dtype), (b"order", lambda _: self.emit(b"X\1\0\0\0C")),
                   (b"subclass", lambda _: self.emit(b"cnumpy\nndarray\n")), (b"allow_mmap", lambda _: self.emit(b"\x89"))]
        if aligned:
            entries.append((b"numpy_array_alignment_bytes", lambda _: self.emit(b"K\x10")))
        if self.random() < 0.1:
            entries.insert(int(self.random() * len(entries)), self.pick(entries))
        if self.random() < 0.05:
            entries.pop(int(self.random() * len(entries)))
        if self.random() < 0.05:
            entries.append((self.pick((b"read", b"read_array", b"__class__", b"other")), lambda _: self.emit(b"cmod1\nname1\n")))
        for key, write in entries:
            self.emit(b"\x8c" + bytes((len(key),)) + key)
            write(shape if key == b"shape" else code)
        self.emit(b"ub")
        if self.random() < 0.35:
            # Between the wrapper and its bytes, the frame goes on.
            for _ in range(int(self.random() * 3)):
                self.pick((self.value, self.name, self.put, self.array))()
            self.chunks.insert(first, b"\x95" + struct.pack("<Q", sum(map(len, self.chunks[first:]))))
        size = item
        for count in shape:
            size *= count
        if code == b"O8":
            self.emit(b"".join(Writer(self.rng).write()))
        else:
            text = b"".join(Writer(self.rng).write()[:4]) if self.random() < 0.3 else b"\0\x01\xff\x3f"
            padding = self.pick((0, 1, 3, 15)) if aligned else 0
            self.emit((bytes((padding,)) + b"\xff" * padding if aligned else b"") + (text * (size + 1))[:size])
        if self.random() < 0.1:
            # Built once more.
            self.emit(self.pick((b"}b", b"h\0}b", b"Nb", b")b")))

    def shape(self, shape):
        numbers = b"".join(b"K%c" % count for count in shape)
        self.emit(b"(" + numbers + (b"t" if self.random() < 0.9 else b"l"))
        if self.random() < 0.05:
            self.emit(self.pick((b"0(J\xff\xff\xff\xfft", b"0(\x88K\2t", b"0(L4294967296\nL4294967297\nt", b"0(I02\nt",
                                 b"0(K\0L1099511627776\nL1099511627776\nt", b"0K\2\x85", b"0(G\x40\0\0\0\0\0\0\0t")))

    def dtype(self, code):
        self.emit(b"cnumpy\ndtype\n(" + (b"V%s\n" % code if self.random() < 0.95 else b"C%c%s" % (len(code), code)) +
                  b"I0\nI1\ntR")
        r = self.random()
        if code == b"O8":
            self.emit(b"(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK?tb")  # or NumPy falls over
        elif r < 0.7:
            self.emit(b"(K\x03X\x01\0\0\0<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb")
        elif r < 0.9:
            # One with a size of its own, which counts for some types only.
            self.emit(b"(K\x03X\x01\0\0\0|NNNK%cK\x01K\0tb" % self.pick((0, 3, 4, 12)))

    # ---- a whole pickle

    def write(self):
        if self.random() < 0.75:
            self.protocol = self.pick((0, 1, 2, 2, 3, 4, 4, 5))
            self.emit(b"\x80" + bytes((self.protocol,)))
        steps = (self.name, self.name, self.call, self.call, self.store, self.put, self.put, self.get, self.get,
                 self.value, self.collect, self.shuffle, self.persistent, self.extension)
        if self.random() < 0.06:
            steps += (self.array,) * 6
        for _ in range(1 + int(self.random() * 9)):
            self.pick(steps)()
        if not self.height():
            self.emit(b"N")
        if self.random() < 0.97:
            self.emit(b".")
        return self.chunks
