#!/usr/bin/env python3
"""One Python's share of the differential test: streams, real unpicklers, and the analyser's word.

    worker.py NAMES_PROGRAM FAILURES_DIR SEED STREAMS SECONDS [PYTHON2]

Runs under any Python from 3.6 on. Prints one JSON object a batch; the last has "done".
"""

import json
import os
import random
import resource
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

try:
    # joblib's and torch's, where they are installed. First: the oracle puts stand-ins in the place of
    # some of their modules.
    import loaders
except ImportError:
    loaders = None
import oracle
import streams

BATCH = 2000
MINIMISED = 12  # failing streams that are made smaller
UNKNOWN = 0xffffffff
# The analyser keeps so many bytes of a name: enough to say that nothing has such a name.
KEPT_NAME_BYTES = 256
# What a hostile length may make the unpicklers ask for, and fill.
MEMORY = 256 << 20


class Answer:
    """The analyser's word on one stream."""

    __slots__ = ("names", "partial", "rules", "end", "gaps")

    def missed(self, module, name):
        """True when this name is neither listed, nor covered by one that is said to be unknown."""
        spellings = spelled(module), spelled(name)
        for module_bytes in spellings[0]:
            for name_bytes in spellings[1]:
                if (module_bytes, name_bytes) in self.names:
                    return False
        return True

    def excused(self, module, name):
        modules, names = spelled(module), spelled(name)
        return any((m is None or m in modules) and (n is None or n in names) for m, n in self.partial)


def spelled(text):
    """The bytes that a str may have come from."""
    try:
        out = [text.encode("utf-8", "surrogateescape")[:KEPT_NAME_BYTES]]
    except UnicodeEncodeError:
        out = [text.encode("utf-8", "surrogatepass")[:KEPT_NAME_BYTES]]
    if len(out[0]) == len(text):
        return out
    try:
        out.append(text.encode("latin-1")[:KEPT_NAME_BYTES])
    except UnicodeEncodeError:
        pass
    return out


def is_plausible(name):
    """False for what no importable thing is called: the analyser does not follow a pickle that
    stands behind another and has no better names, or all raw data would be full of pickles."""
    return 0 < len(name) <= 255 and all(" " < c < "\x7f" and c != "\\" or c.isalnum() for c in name)


class Failed(Exception):
    """The analyser broke down."""


def analyse(program, batch):
    data = b"".join(struct.pack("<I", len(stream)) + stream for stream in batch)
    done = subprocess.run([program], input=data, stdout=subprocess.PIPE, preexec_fn=lift_memory_limit)
    if done.returncode != 0:
        raise Failed("exit status %d" % done.returncode)
    return parse(done.stdout, len(batch))


def limit_memory():
    """For the unpicklers, which believe every length."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        taken = int(statm.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))


def lift_memory_limit():
    """For the analyser, which needs no such limit, and reserves terabytes when it is sanitized."""
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))


def parse(data, count):
    at = 0
    u32 = struct.Struct("<I").unpack_from
    answers = []

    def text():
        nonlocal at
        size, = u32(data, at)
        at += 4
        if size == UNKNOWN:
            return None
        at += size
        return data[at - size:at]

    for _ in range(count):
        answer = Answer()
        names, partial = set(), []
        number, = u32(data, at)
        at += 4
        for _ in range(number):
            module, name = text(), text()
            if module is None or name is None:
                partial.append((module, name))
            else:
                names.add((module, name))
        answer.names, answer.partial = names, partial
        number, = u32(data, at)
        at += 4
        answer.rules = [text() for _ in range(number)]
        answer.end, answer.gaps = struct.unpack_from("<QI", data, at)
        at += 12
        answers.append(answer)
    return answers


class Python2:
    """A Python 2.7 that reads streams beside us (python2.py)."""

    def __init__(self, path):
        self.command = [path, os.path.join(os.path.dirname(os.path.abspath(__file__)), "python2.py")]
        self.process = None

    def readers(self, data):
        """[(name of the reader, names that it resolved)]"""
        if self.process is None:
            self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                            preexec_fn=lift_memory_limit)
        try:
            self.process.stdin.write(struct.pack("<I", len(data)) + data)
            self.process.stdin.flush()
            heard = json.loads(self.process.stdout.readline().decode())
        except (OSError, ValueError):
            self.process = None  # it fell over
            return []
        return [("Python 2.7's " + reader, [(as_python3(module), as_python3(name), False)])
                for module, name, reader in heard]


def as_python3(name):
    """The bytes of a name of Python 2, as Python 3 would have read them."""
    return name.encode("latin-1").decode("utf-8", "surrogateescape")


python2 = None


class Heard:
    """What the readers resolved in one stream."""

    def __init__(self, plan, data):
        self.by_reader = [(reader, names) for reader, names in oracle.readers(plan, data)]
        # These take arrays, and text, as CPython does not: that they part ways is no news.
        self.by_loader = list(loaders.readers(data)) if loaders else []
        if python2:
            self.by_loader += python2.readers(data)

    def wanted(self):
        """Every name that must be known, as (as written, as Python 3 has it) -> reader."""
        out = {}
        for reader, names in self.by_reader + self.by_loader:
            for module, name, python2 in names:
                if not isinstance(module, str) or not isinstance(name, str):
                    continue  # encoding="bytes": refused by the import itself
                python3 = oracle.python3_name(module, name) if python2 else (module, name)
                out.setdefault(((module, name), python3), reader)
        return out

    def part_ways(self):
        """Two readers that were given the same and resolved different names; or None."""
        first = None
        for reader, names in self.by_reader:
            if reader == "loads":
                continue
            names = {(module, name) for module, name, _ in names}
            if first is None:
                first = reader, names
            elif names != first[1]:
                return "%s and %s part ways" % (first[0], reader)
        return None


def problems(data, plan_seed, heard, answer):
    """What is wrong with the analyser's word; and how many names only "unknown" covers."""
    wrong, excused = [], 0
    inside = None
    for (written, python3), reader in heard.wanted().items():
        if not answer.missed(*written) and not answer.missed(*python3):
            continue
        if answer.excused(*written):
            excused += 1
            continue
        if answer.end < len(data) and not (is_plausible(written[0]) and is_plausible(written[1])):
            # Is it named in what the analysis left to its caller?
            if inside is None:
                inside = Heard(plan_of(plan_seed), data[:answer.end]).wanted()
            if (written, python3) not in inside:
                continue
        wrong.append("%s resolves %r, %r: not listed" % (reader, written, python3))
    # A stream that breaks off is never called clean: its gap speaks for it.
    if not answer.rules and not answer.gaps:
        if answer.end < len(data):
            heard = Heard(plan_of(plan_seed), data[:answer.end])
        apart = heard.part_ways()
        if apart:
            wrong.append(apart + ": nothing found")
    return wrong, excused


def plan_of(plan_seed):
    return oracle.Plan(random.Random(plan_seed))


def minimised(program, data, plan_seed):
    """The smallest part of the stream that still shows a problem of the same kind."""

    def shows(candidate, kind):
        plan = plan_of(plan_seed)
        plan.file = True
        try:
            answer = analyse(program, [candidate])[0]
        except Failed:
            return ["crash"] if kind in (None, "crash") else []
        wrong, _ = problems(candidate, plan_seed, Heard(plan, candidate), answer)
        return [line for line in wrong if kind is None or line.rsplit(": ", 1)[1] == kind]

    first = shows(data, None)
    if not first:
        return data, []
    kind = first[0].rsplit(": ", 1)[-1]
    size = max(1, len(data) // 2)
    tries = 0
    while tries < 1500:
        at, changed = 0, False
        while at < len(data) and tries < 1500:
            candidate = data[:at] + data[at + size:]
            tries += 1
            if shows(candidate, kind):
                data, changed = candidate, True
            else:
                at += size
        if size == 1 and not changed:
            break
        size = max(1, size // 2)
    return data, shows(data, kind)


def save(folder, data, lines):
    os.makedirs(folder, exist_ok=True)
    name = os.path.join(folder, "py%d.%d-%08x" % (*sys.version_info[:2], oracle.zlib.crc32(data)))
    with open(name + ".pkl", "wb") as file:
        file.write(data)
    with open(name + ".txt", "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write("%r\n%s\n" % (data, "\n".join(lines)))
    return name + ".pkl"


def read_batch(program, folder, seed, batch_number, size, minimise):
    """One batch of streams: what is to be reported of it."""
    rng = random.Random("%s/%d" % (seed, batch_number))
    source = streams.Streams(rng)
    batch = [source.next() for _ in range(size)]
    plan_seeds = [rng.getrandbits(64) for _ in range(size)]
    report = {"streams": size, "resolved": 0, "excused": 0, "apart": 0, "failures": []}
    names = set()
    try:
        answers = analyse(program, batch)
    except Failed:
        answers = None
    for i, data in enumerate(batch):
        try:
            answer = answers[i] if answers else analyse(program, [data])[0]
        except Failed as failed:
            report["failures"].append([save(folder, data, [str(failed)]), [str(failed)]])
            continue
        heard = Heard(plan_of(plan_seeds[i]), data)
        for _, found in heard.by_reader + heard.by_loader:
            report["resolved"] += len(found)
            names.update(name[:2] for name in found)
        wrong, excused = problems(data, plan_seeds[i], heard, answer)
        report["excused"] += excused
        report["apart"] += heard.part_ways() is not None
        if wrong:
            if minimise > 0:
                minimise -= 1
                small, lines = minimised(program, data, plan_seeds[i])
                if lines:
                    data, wrong = small, lines
            report["failures"].append([save(folder, data, wrong), wrong])
    report["names"] = sorted({oracle.zlib.crc32(repr(name).encode()) for name in names})
    return report


def in_child(work):
    """What work() returns, done by a child of its own; None when it dies. Some of what is generated
    makes CPython itself fall over (3.13.0, for one)."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with os.fdopen(writing, "w") as pipe:
            json.dump(work(), pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status = os.waitpid(child, 0)
    return json.loads(text) if status == 0 else None


def main():
    global python2
    program, folder, seed, count, seconds = sys.argv[1:6]
    if len(sys.argv) > 6:
        python2 = Python2(sys.argv[6])
    limit_memory()
    count, deadline = int(count), time.monotonic() + float(seconds)
    done = batch_number = minimise = 0
    names = set()
    while done < count and time.monotonic() < deadline:
        size = min(BATCH, count - done)
        report = in_child(lambda: read_batch(program, folder, seed, batch_number, size, MINIMISED - minimise))
        batch_number += 1
        done += size
        if report is None:
            report = {"fell": 1, "failures": []}
        else:
            names.update(report.pop("names"))
            minimise += len(report["failures"])
        report["names"] = len(names)
        print(json.dumps(report), flush=True)
    print(json.dumps({"done": True}), flush=True)


if __name__ == "__main__":
    main()
