"""A zip file whose only member is the zip file itself: whoever opens what he finds never comes to an end.

The deflate stream is a program that writes itself with a given head and tail around it, made of two
commands of ten bytes each: "write the next n bytes" (a stored block) and "write the last n bytes
again" (a match of n bytes at distance n). The plan is Russ Cox's, "Zip Files All The Way Down"
(research.swtch.com/zip, 2010); RFC 1951 has the bits.
"""

import struct
import zlib

COMMAND = 10
NAME = "again.zip"


class Bits:
    def __init__(self):
        self.bits = []

    def number(self, value, count):
        self.bits += [value >> i & 1 for i in range(count)]

    def code(self, value, count):
        """Huffman codes go in with their first bit first."""
        self.bits += [value >> (count - 1 - i) & 1 for i in range(count)]

    def empty_block(self):
        self.number(0b010, 3)  # fixed codes, not the last block
        self.code(0, 7)

    def stored_block(self, size, last=False):
        """The header of a stored block, at the next whole byte."""
        self.number(int(last), 3)
        self.bits += [0] * (-len(self.bits) % 8)
        self.number(size, 16)
        self.number(size ^ 0xFFFF, 16)

    def command(self):
        data = bytes(sum(bit << i for i, bit in enumerate(self.bits[at:at + 8])) for at in range(0, len(self.bits), 8))
        assert len(data) == COMMAND, len(data)
        return data


def write(size):
    bits = Bits()
    for _ in range(4):
        bits.empty_block()
    bits.stored_block(size)
    return bits.command()


def length_code(size):
    """Returns (code, bits of the code, rest, bits of the rest) for a match of 19 to 257 bytes."""
    for extra, first, base in ((2, 269, 19), (3, 273, 35), (4, 277, 67), (5, 281, 131)):
        step = 1 << extra
        if size < base + 4 * step:
            symbol, rest = first + (size - base) // step, (size - base) % step
            return (symbol - 256, 7, rest, extra) if symbol < 280 else (symbol - 280 + 0xC0, 8, rest, extra)
    raise ValueError(size)


def distance_code(size):
    """Returns (code, rest, bits of the rest) for a distance of 17 to 256 bytes."""
    for extra in range(3, 7):
        base = (1 << (extra + 1)) + 1
        if size < base + (2 << extra):
            return 2 * extra + 2 + ((size - base) >> extra), (size - base) & ((1 << extra) - 1), extra
    raise ValueError(size)


def repeat(size, last=False):
    match = Bits()
    match.number(0b010, 3)
    code, count, rest, extra = length_code(size)
    match.code(code, count)
    match.number(rest, extra)
    code, rest, extra = distance_code(size)
    match.code(code, 5)
    match.number(rest, extra)
    match.code(0, 7)
    bits = Bits()
    bits.empty_block()
    bits.bits += match.bits
    bits.stored_block(0, last)
    return bits.command()


def with_checksum(checksum):
    name = NAME.encode()
    head_size, tail_size = 30 + len(name), 46 + len(name) + 22
    head_write, head_repeat = write(head_size + COMMAND), repeat(head_size + COMMAND)
    tail_write, tail_repeat = write(tail_size + COMMAND), repeat(tail_size + COMMAND, last=True)
    one, four, four_again, nothing = write(COMMAND), write(4 * COMMAND), repeat(4 * COMMAND), write(0)

    def program(head, tail):
        return b"".join([
            head_write, head, head_write, head_repeat,
            one, head_repeat, one, one, four, head_repeat, one, one, four, four_again,
            four, four_again, four, four_again, four, four_again,
            four, four_again, nothing, nothing, tail_write, four_again, nothing, nothing, tail_write,
            tail_repeat, tail, tail_repeat])

    packed = len(program(bytes(head_size), bytes(tail_size)))
    size = head_size + packed + tail_size
    fields = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0x21, checksum, packed, size, len(name), 0)
    head = b"PK\3\4" + fields + name
    entry = b"PK\1\2" + struct.pack("<H", 20) + fields + struct.pack("<HHHLL", 0, 0, 0, 0, 0) + name
    tail = entry + b"PK\5\6" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(entry), head_size + packed, 0)
    assert len(head) == head_size and len(tail) == tail_size
    return head + program(head, tail) + tail


def quine_zip():
    """CRC-32 is linear: the checksum that the file has when it says so solves 32 equations over GF(2)."""
    constant = zlib.crc32(with_checksum(0))
    rows = []  # (which bits of the checksum are in the equation, what they add up to)
    columns = [zlib.crc32(with_checksum(1 << i)) ^ constant ^ (1 << i) for i in range(32)]
    for bit in range(32):
        rows.append([sum((columns[i] >> bit & 1) << i for i in range(32)), constant >> bit & 1])
    checksum, done = 0, []
    for bit in range(32):
        pivot = next((row for row in rows if row[0] >> bit & 1), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        for row in rows + done:
            if row[0] >> bit & 1:
                row[0] ^= pivot[0]
                row[1] ^= pivot[1]
        done.append(pivot)
    for mask, value in done:
        checksum |= value * (mask & -mask)
    return with_checksum(checksum)
