"""Streams for the differential test: pickles made by grammar, recombined, framed and mutated.

All randomness comes from one random.Random, so that a seed gives the same streams again.
"""

from framing import frame, mutate
from writer import Writer


# What torch.save wrote before an object: a magic number, a version, and what it knew of the machine.
LEGACY_HEAD = (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19." b"\x80\x02M\xe9\x03."
               b"\x80\x02}q\0(X\x10\0\0\0protocol_versionq\1M\xe9\3X\r\0\0\0little_endianq\2\x88u.")


class Streams:
    """An endless row of streams; pieces of the last ones come back in later ones."""

    KEPT = 64

    def __init__(self, rng):
        self.rng = rng
        self.kept = []

    def pickle(self, memo):
        rng = self.rng
        chunks = Writer(rng, memo).write()
        if self.kept and rng.random() < 0.2:
            other = self.kept[int(rng.random() * len(self.kept))]
            cut, begin = int(rng.random() * len(chunks)), int(rng.random() * len(other))
            chunks = chunks[:cut] + other[begin:]
        if len(self.kept) < self.KEPT:
            self.kept.append(chunks)
        else:
            self.kept[int(rng.random() * self.KEPT)] = chunks
        if rng.random() < 0.35:
            chunks = frame(chunks, rng)
        return b"".join(chunks)

    def next(self):
        rng = self.rng
        count = 1 if rng.random() < 0.7 else 2 + int(rng.random() * 2)
        memo = {} if rng.random() < 0.5 else None
        data = b"".join(self.pickle(memo) for _ in range(count))
        if rng.random() < 0.02:
            data = LEGACY_HEAD + data
        return mutate(data, rng) if rng.random() < 0.3 else data
