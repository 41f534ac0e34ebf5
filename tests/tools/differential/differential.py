#!/usr/bin/env python3
"""Holds the analyser to what real unpicklers resolve: no name may go unseen.

    differential.py --program NAMES_PROGRAM [COUNT | SECONDSs] [--seed SEED] [--python PYTHON ...]

Each Python makes streams of its own (streams.py), reads each with both of its unpicklers in every
way that programs read (oracle.py), with the loaders of joblib and torch where it has them
(loaders.py), and asks the analyser for its names (worker.py). The first has a Python 2.7 read its
streams too, where there is one (python2.py). Wrong is a name that a reader resolves and the analyser does not list, unless it lists one that is unknown; and
readers that part ways without a finding. Failing streams are kept, the first of them minimised.
"""

import argparse
import collections
import glob
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
DEFAULT_SEED = "counterscan"
DEFAULT_SECONDS = 60.0


def pythons():
    """Debian's own, and one of each version that pyenv has, from 3.6 on."""
    found = {}
    for path in ["/usr/bin/python3"] + sorted(
            glob.glob(os.path.expanduser("~/.pyenv/versions/3.*/bin/python")) + glob.glob("/usr/bin/python3.*[0-9]")):
        try:
            version = subprocess.run([path, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
                                     stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            continue
        number = tuple(map(int, version.split(".")[:2]))
        if number >= (3, 6):
            found.setdefault(number, (path, version))
    return [found[number] for number in sorted(found)]


def python2():
    """A Python 2.7, or None: for those who still read pickles with one."""
    found = sorted(glob.glob(os.path.expanduser("~/.pyenv/versions/2.7*/bin/python")) + glob.glob("/usr/bin/python2.7"))
    return found[-1] if found else None


PROGRESS_SECONDS = 60


class Share:
    """One Python at work."""

    def __init__(self, path, version, options, seed, count, seconds):
        self.version = version
        self.totals = collections.Counter()
        self.failures = []
        self.done = False
        command = [path, str(HERE / "worker.py"), options.program, options.failures, seed, str(count), str(seconds)]
        if options.python2 is not None and path == options.first:
            command.append(options.python2)
        # CPython itself grumbles on standard error about some of what it is given.
        os.makedirs(options.failures, exist_ok=True)
        self.log = open(os.path.join(options.failures, "python-%s.log" % version.replace("/", "_")), "w")
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=self.log, universal_newlines=True)

    def listen(self, deadline_note):
        for line in self.process.stdout:
            report = json.loads(line)
            if "done" in report:
                self.done = True
                continue
            self.failures += report.pop("failures")
            self.totals["names"] = report.pop("names")
            self.totals.update(report)
            deadline_note(self)
        self.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("amount", nargs="?", default="%gs" % DEFAULT_SECONDS,
                        help="streams in all (5000000), or seconds (60s); default %(default)s")
    parser.add_argument("--program", required=True, help="pickle_names, as built")
    parser.add_argument("--failures", default="build/differential", help="where failing streams go")
    parser.add_argument("--seed", default=DEFAULT_SEED, help="another gives other streams")
    parser.add_argument("--python", action="append", help="a Python to use; default: every version found")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="Pythons at work at once")
    options = parser.parse_args()
    if options.amount.endswith("s"):
        count, seconds = 1 << 62, float(options.amount[:-1])
    else:
        count, seconds = int(options.amount), 1e9

    chosen = [(path, path) for path in options.python] if options.python else pythons()
    # One of them has its streams read by Python 2 as well.
    options.python2, options.first = python2(), chosen[0][0]
    per_python = max(1, count // len(chosen))
    rounds = -(-len(chosen) // max(1, options.jobs))
    started = time.monotonic()
    waiting, running, shares = list(enumerate(chosen)), [], []

    def note(share):
        for path, lines in share.failures[-1:]:
            if share.totals["told"] != len(share.failures):
                share.totals["told"] = len(share.failures)
                print("differential: %s: %s" % (path, "; ".join(lines)), file=sys.stderr)

    told = started
    while waiting or running:
        if time.monotonic() - told > PROGRESS_SECONDS:
            told = time.monotonic()
            print("differential: %d streams, %d failures" % (sum(s.totals["streams"] for s in shares),
                                                             sum(len(s.failures) for s in shares)), file=sys.stderr)
        while waiting and len(running) < max(1, options.jobs):
            number, (path, version) = waiting.pop(0)
            share = Share(path, version, options, "%s/%s" % (options.seed, version), per_python, seconds / rounds)
            share.thread = threading.Thread(target=share.listen, args=(note,))
            share.thread.start()
            shares.append(share)
            running.append(share)
        for share in list(running):
            share.thread.join(0.2)
            if not share.thread.is_alive():
                running.remove(share)

    layout = "%-24s %10s %12s %8s %10s %10s %5s %9s"
    print(layout % ("Python", "streams", "resolved", "names", "unknown", "part ways", "fell", "failures"))
    totals = collections.Counter()
    failed = 0
    for share in shares:
        t = share.totals
        print(layout % (share.version, t["streams"], t["resolved"], t["names"], t["excused"], t["apart"], t["fell"],
                        len(share.failures)) + ("" if share.done else "  (died)"))
        totals.update(t)
        failed += len(share.failures) + (not share.done)
    print(layout % ("all, in %d s" % (time.monotonic() - started), totals["streams"], totals["resolved"], "",
                    totals["excused"], totals["apart"], totals["fell"], failed))
    print("resolved: names, each time a reader asked for one; unknown: those that only an unknown name covers;")
    print("part ways: streams that two readers see differently; fell: batches that brought CPython itself down,")
    print("which do not count. Failing streams: %s" % options.failures)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
