"""What is done to a pickle once it is written: frames put in, bytes changed."""

import struct

from writer import ALL_OPS, FIXED, TWO_LINES, Writer


def reads(chunk):
    """The reads that the C unpickler makes for an instruction, as (first, last) of the chunk."""
    op = chunk[0]
    if op in FIXED:
        head = 1 + FIXED[op]
        return [(1, head), (head, len(chunk))] if len(chunk) > head else [(1, head)]
    if op in TWO_LINES:
        middle = chunk.find(b"\n", 1) + 1
        return [(1, middle), (middle, len(chunk))]
    return [(1, len(chunk))] if len(chunk) > 1 else []


def filler(size):
    """Instructions without effect, of `size` bytes together; what cannot be had is left out."""
    if size >= 3 and size % 2:
        return b"K10" + b"N0" * ((size - 3) // 2)
    return b"N0" * (size // 2)


def straddle(chunks, rng):
    """Puts a FRAME in that ends inside an instruction, so that readers part ways there."""
    at = int(rng.random() * len(chunks))
    for _ in range(4):
        if len(chunks[at]) > 2:
            break
        at = int(rng.random() * len(chunks))
    chunk = chunks[at]
    before = int(rng.random() * (at + 1))
    end = int(rng.random() * (len(chunk) + 1))
    extra = []
    for first, last in reads(chunk):
        if first < end < last:
            lost = end - first
            if chunk[0] in FIXED and rng.random() < 0.6:
                extra = [filler(lost)]
            elif chunk[0] in FIXED and lost in (2, 5, 9):
                # What the stream reader carries out is text for the other.
                inner = b"".join(Writer(rng).write()[:6]).rstrip(b".")[:255]
                head = {2: b"\x8c" + bytes((len(inner),)), 5: b"X" + struct.pack("<I", len(inner)),
                        9: b"\x8d" + struct.pack("<Q", len(inner))}[lost]
                extra = [head + inner, b"0"]
    size = sum(map(len, chunks[before:at])) + end
    return (chunks[:before] + [b"\x95" + struct.pack("<Q", size)] + chunks[before:at + 1] +
            [piece for piece in extra if piece] + chunks[at + 1:])


def frame(chunks, rng):
    """Puts FRAMEs in: as picklers do, or nested, too short, too long, or past the end."""
    out = list(chunks)
    for _ in range(1 + int(rng.random() * 2.5)):
        r = rng.random()
        if r < 0.55:
            out = straddle(out, rng)
            continue
        first = int(rng.random() * len(out))
        last = first + int(rng.random() * (len(out) - first + 1))
        size = sum(map(len, out[first:last]))
        if r < 0.8:
            size = max(0, size + int(rng.random() * 20) - 10)
        elif r < 0.85:
            size = (0, 1, 1 << 20, 1 << 31, 1 << 40, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)[int(rng.random() * 8)]
        out.insert(first, b"\x95" + struct.pack("<Q", size))
    return out


def mutate(data, rng):
    data = bytearray(data)
    for _ in range(1 + int(rng.random() * 3)):
        if not data:
            break
        at = int(rng.random() * len(data))
        r = rng.random()
        if r < 0.2:
            data[at] = ALL_OPS[int(rng.random() * len(ALL_OPS))]
        elif r < 0.4:
            data[at] ^= 1 << int(rng.random() * 8)
        elif r < 0.55:
            del data[at:at + 1 + int(rng.random() * 4)]
        elif r < 0.7:
            data[at:at] = bytes((ALL_OPS[int(rng.random() * len(ALL_OPS))],))
        elif r < 0.8:
            data[at:at] = (b"\n", b"\0", b"\r", b"\x80\x02", b"\x80\x04", b"\xff", b"0", b"(", b"N0")[
                int(rng.random() * 9)]
        elif r < 0.9:
            del data[at:]
        else:
            size = 1 + int(rng.random() * 12)
            other = int(rng.random() * len(data))
            data[at:at] = data[other:other + size]
    return bytes(data)
