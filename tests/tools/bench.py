#!/usr/bin/env python3
"""Measures counterscan's time and memory against its targets, and against openssl and clamscan.

    bench.py --program build/release/counterscan --walk-pickle build/release/tests/walk-pickle
             --anchor-scan build/release/tests/anchor-scan --fake-hub build/release/tests/fake-hub --cache build/bench [--scale 1.0] [--only PART,...] [--peers]

With --peers picklescan is installed from PyPI into the cache and runs on the same pickles, which
takes some minutes and 10 GB of memory. What a pickle's instruction costs is counted by callgrind on
two files of different length: the difference leaves out what it costs to start.

Time is CPU time, user and system, of every process a command started: what it costs, whatever
else the machine does. Two programs that are compared run in turn, and the ratio is the median of
the ratios of neighbours, because a busy machine drifts. Memory is PSS, summed over all processes
of the scan at one moment, at its highest.

The exit status is 0 when everything could be measured, also when a target is missed.
"""

import argparse
import ctypes
import json
import os
import pathlib
import resource
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
import make_signatures  # noqa: E402  beside this file
import make_workload  # noqa: E402

MIB = 1 << 20
MARKER_NAME = "Bench.Marker"
# The test string every scanner knows, in two halves, so that no scanner finds it in this file.
MARKER = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
# What the small database looks for besides: text of attacks on model files, in no weights.
PATTERNS = ["import os;os.system(", "subprocess.Popen(['/bin/sh'", "bash -i >& /dev/tcp/", "curl -fsSL http://",
            "powershell -EncodedCommand ", "exec(base64.b64decode(", "pty.spawn('/bin/bash')", "nc -e /bin/sh "]

PICKLESCAN = "picklescan==0.0.32"
# How much less CPU time than picklescan's each file may take.
PICKLES = {"giant_p4.pkl": 100, "giant_p0.pkl": 70, "flood.pkl": 70}

SAMPLES = "/usr/share/clamav-testfiles"
CORES_FILES = 48

CONTAINERS = {"pickles500.zip": 50, "small_checkpoints": 10, "mixed": 10}

PR_SET_CHILD_SUBREAPER = 36


class CannotRun(Exception):
    pass


# ---- Measuring ---------------------------------------------------------------------------------

class Run:
    """One finished command: its exit status, output, CPU and wall seconds, and peak PSS if asked."""

    def __init__(self, command, expect, watch_memory=False, watch_cpu=False, environment=None):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
            process = subprocess.Popen([str(part) for part in command], stdin=subprocess.DEVNULL,
                                       stdout=output, stderr=errors, env={**os.environ, **(environment or {})})
            memory = MemoryWatcher(process.pid) if watch_memory else None
            cpu = CpuWatcher(process.pid) if watch_cpu else None
            self.status = process.wait()
            self.wall = time.perf_counter() - start
            self.peak = memory.finish() if memory else None
            self.cpu_of_processes = cpu.finish() if cpu else None
            reap_descendants()
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            self.cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            output.seek(0)
            self.output = output.read().decode(errors="replace")
            errors.seek(0)
            if self.status not in expect:
                raise CannotRun(f"{' '.join(map(str, command))}: exit status {self.status}: "
                                f"{errors.read().decode(errors='replace').strip()[-300:]}")


SERVERS = set()  # processes of ours that outlive the commands


def children():
    lists = pathlib.Path("/proc/self/task").glob("*/children")
    return {int(pid) for text in lists for pid in text.read_text(encoding="ascii").split()}


def reap_descendants():
    """Waits for what a command left behind: this process adopts orphans, so no CPU time is lost."""
    for _ in range(500):
        left = children() - SERVERS
        if not left:
            return
        for pid in left:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                pass
        time.sleep(0.01)
    raise CannotRun("processes are still running 5 seconds after the command ended")


class MemoryWatcher:
    """Sums PSS over a process and its descendants again and again, and keeps the highest sum."""

    def __init__(self, pid):
        self._pid, self._peak, self._ended = pid, 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def finish(self):
        self._ended.set()
        self._thread.join()
        return self._peak

    def _watch(self):
        while not self._ended.wait(0.005):
            self._peak = max(self._peak, sum(map(pss, family(self._pid))))


class CpuWatcher(MemoryWatcher):
    """Notes how much CPU time each process of a command has taken, as long as it lives."""

    def __init__(self, pid):
        self._seconds = {}
        super().__init__(pid)

    def finish(self):
        super().finish()
        return self._seconds

    def _watch(self):
        ticks = os.sysconf("SC_CLK_TCK")
        while not self._ended.wait(0.01):
            for pid in family(self._pid):
                try:
                    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as status:
                        fields = status.read().rpartition(")")[2].split()
                    self._seconds[pid] = (int(fields[11]) + int(fields[12])) / ticks
                except OSError:
                    pass  # it ended meanwhile


def family(pid):
    members, waiting = [], [pid]
    while waiting:
        member = waiting.pop()
        members.append(member)
        try:
            for task in os.listdir(f"/proc/{member}/task"):
                with open(f"/proc/{member}/task/{task}/children", encoding="ascii") as children:
                    waiting += map(int, children.read().split())
        except OSError:
            pass  # it ended meanwhile
    return members


def pss(pid):
    try:
        with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as rollup:
            return sum(int(line.split()[1]) * 1024 for line in rollup if line.startswith("Pss:"))
    except OSError:
        return 0


def in_turn(ours, theirs, runs):
    """Runs both alternately. Returns (our median CPU, their median CPU, median of ours/theirs)."""
    pairs = [(ours(), theirs()) for _ in range(runs)]
    return (statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs),
            statistics.median(a / b for a, b in pairs))


# ---- The table ---------------------------------------------------------------------------------

class Table:
    def __init__(self):
        self.failures = 0
        print(f"{'what':<58} {'target':>14} {'measured':>14}  result")

    def row(self, what, measured, unit, at_most=None, at_least=None, judged=True, note=""):
        show = lambda value: f"{value:.3g} {unit}" if value < 1000 else f"{value:.0f} {unit}"
        target = f"<= {show(at_most)}" if at_most is not None else f">= {show(at_least)}" if at_least is not None else ""
        met = (at_most is None or measured <= at_most) and (at_least is None or measured >= at_least)
        result = "" if not target else "not judged at this scale" if not judged else "met" if met else "MISSED"
        print(f"{what:<58} {target:>14} {show(measured):>14}  {result}{note and '  ' + note}", flush=True)

    def failed(self, what, why):
        self.failures += 1
        print(f"{what:<58} could not run: {why}", flush=True)


class Bench:
    def __init__(self, program, walk_pickle, anchor_scan, fake_hub, cache, scale, runs, peers):
        self.program, self.walk_pickle, self.anchor_scan, self.cache = program, walk_pickle, anchor_scan, cache
        self.fake_hub = fake_hub
        self.scale, self.runs, self.peers = scale, runs, peers
        self.full_size = scale == 1.0
        self.table = Table()

    def data(self, name, scale=None):
        scale = scale or self.scale
        folder = self.cache / f"scale-{scale:g}"
        if not (folder / name).exists():
            print(f"bench: writing {name} ...", file=sys.stderr)
        make_workload.make(folder, scale, only=[name])
        return folder / name

    def scan(self, *arguments, expect=(0, 2, 3), **options):
        command = [self.program, "scan", "--hub", "off", "--no-progress", *arguments]
        return Run(command, expect, **options)

    def median_cpu(self, *arguments, **options):
        return statistics.median(self.scan(*arguments, **options).cpu for _ in range(self.runs))

    # ---- parts ----

    def start(self):
        walls = [Run([self.program, "version"], (0,)).wall for _ in range(41)]
        self.table.row("version, wall", statistics.median(walls) * 1000, "ms", at_most=15)

    def structure(self):
        cpu = self.median_cpu("--depth", "structure", self.data("torch_zip.pt"))
        self.table.row("torch zip 1 GiB, --depth structure", cpu * 1000, "ms", at_most=30, judged=self.full_size)

    def digest(self):
        for name in ("model.safetensors", "torch_zip.pt"):
            path = self.data(name)
            ours, theirs, ratio = in_turn(
                lambda: self.scan("--av", "off", path).cpu,
                lambda: Run(["openssl", "dgst", "-sha256", path], (0,)).cpu, self.runs)
            self.table.row(f"{name}, --av off, against openssl dgst -sha256", ratio, "x", at_most=1.25,
                           note=f"{ours:.3f} s against {theirs:.3f} s")

    def clamav(self):
        database = self.small_database()
        clamscan = self.clamscan(database)
        for name in ("model.safetensors", "torch_zip.pt"):
            path = self.data(name)
            theirs = Run([*clamscan, path], (0,)).cpu
            whole, without, engine = [], [], []
            for _ in range(self.runs):
                whole.append(self.scan("--av", "lib", "--db", database, path).cpu)
                without.append(self.scan("--av", "off", path).cpu)
                engine.append(whole[-1] - without[-1])
            part = max(statistics.median(engine), 0.001)
            size = path.stat().st_size / MIB
            self.table.row(f"{name}, ClamAV part, against clamscan", theirs / part, "x", at_least=20, judged=self.full_size,
                           note=f"{size / part:.0f} against {size / theirs:.0f} MiB per CPU second")
            self.table.row(f"{name}, the whole scan, against clamscan", theirs / statistics.median(whole), "x",
                           note=f"{statistics.median(whole):.2f} s against {theirs:.2f} s")
            self.marked_copy(name, database, clamscan)

    def marked_copy(self, name, database, clamscan, scale=None):
        """Both must find a marker in the last bytes of the weights: so both looked."""
        write = {"torch_zip.pt": make_workload.write_torch_zip, "model.safetensors": make_workload.write_safetensors}[name]
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            path = pathlib.Path(folder) / name
            size = int(1024 * MIB * (scale or self.scale))
            write(path, make_workload.big_shapes(size), make_workload.Weights(1), tail=MARKER)
            theirs = Run([*clamscan, path], (0, 1)).output
            report = json.loads(self.scan("--av", "lib", "--db", database, "-o", "json", path, expect=(0, 1, 2)).output)
        found = {"clamscan": MARKER_NAME in theirs,
                 "counterscan": any(finding["engine"] == "clamav" for finding in report["files"][0]["findings"])}
        what = f"{name} with a marker in its last bytes"
        if all(found.values()):
            print(f"{what:<58} {'found by both':>14} {'found by both':>14}  met", flush=True)
        else:
            self.table.failed(what, f"not found by {', '.join(who for who, did in found.items() if not did)}")

    @staticmethod
    def clamscan(database):
        return ["clamscan", "-d", database, "--max-filesize=2000M", "--max-scansize=4000M", "--max-scantime=0", "--no-summary"]

    def large(self):
        """A database of 450,000 signatures; a sixteenth of the file, because clamscan takes minutes for all of it."""
        database = self.large_database()
        clamscan = self.clamscan(database)
        tiny = self.cache / "tiny.bin"
        tiny.write_bytes(b"nothing to see here, and no signature either")
        lib = ("--av", "lib", "--db", database)
        load, their_load, ratio = in_turn(lambda: self.scan(*lib, tiny).cpu, lambda: Run([*clamscan, tiny], (0,)).cpu, self.runs)
        self.table.row("450,000 signatures, loading, against clamscan", ratio, "x", at_most=0.5, note=f"{load:.2f} s against {their_load:.2f} s")
        peak = max(self.scan(*lib, self.data("model.safetensors"), watch_memory=True).peak for _ in range(2))
        self.table.row("450,000 signatures, PSS of all processes", peak / MIB, "MiB", at_most=256)
        # Programs, documents and archives of all kinds: libclamav takes them apart, with all signatures.
        peak = max(self.scan("--av", "auto", "--db", database, SAMPLES, expect=(1, 2), watch_memory=True).peak for _ in range(2))
        self.table.row("450,000 signatures, PSS of all processes, parsing", peak / MIB, "MiB", at_most=256)

        scale = self.scale / 16
        for name in ("model.safetensors", "torch_zip.pt"):
            path = self.data(name, scale)
            size = path.stat().st_size / MIB
            theirs = Run([*clamscan, path], (0,)).cpu - their_load
            parts = [self.scan(*lib, path).cpu - load - self.scan("--av", "off", path).cpu for _ in range(self.runs)]
            # What is left of so short a file is little more than noise.
            part = max(statistics.median(parts), 0.02)
            self.table.row(f"450,000 signatures, {name}, against clamscan", theirs / part, "x", at_least=20,
                           note=f"{size / part:.0f} against {size / theirs:.1f} MiB per CPU second, without loading")
            self.marked_copy(name, database, clamscan, scale)

        folder = self.cache / "small-files"
        folder.mkdir(exist_ok=True)
        rng = random.Random(3)
        for i in range(400):
            (folder / f"{i}.txt").write_text("".join(rng.choices("abcdefghij \n", k=rng.randint(500, 6000))), encoding="ascii")
        ours, theirs, ratio = in_turn(lambda: self.scan(*lib, folder).cpu, lambda: Run([*clamscan, "-r", folder], (0,)).cpu, 1)
        self.table.row("450,000 signatures, 400 small files, against clamscan", ratio, "x", at_most=0.25, note=f"{ours:.2f} s against {theirs:.2f} s")

        for path in (self.data("model.safetensors"), self.data("torch_zip.pt", 0.25)):
            run = Run([self.anchor_scan, *sorted(database.glob("*.[nl]db")), path, "--libclamav"], (0,))
            print("\n".join(f"    {line}" for line in run.output.splitlines()), flush=True)

    def cores(self):
        """Files shared between workers: how much of one worker's CPU time the busier of two takes."""
        # So many that one file more or less is little: on a busy machine workers get unequal shares of it.
        folder = self.cache / f"cores-{self.scale:g}"
        folder.mkdir(exist_ok=True)
        for i in range(CORES_FILES):
            path = folder / f"{i}.safetensors"
            if not path.exists():
                make_workload.write_safetensors(path, make_workload.big_shapes(int(16 * MIB * self.scale)), make_workload.Weights(1), salt=i)
        busiest = []
        for processors in ("0", "0,1"):
            command = ["taskset", "-c", processors, self.program, "scan", "--hub", "off", "--no-progress", "--av", "lib",
                       "--db", self.small_database(), folder]
            busiest.append(statistics.median(max(Run(command, (0, 2), watch_cpu=True).cpu_of_processes.values())
                                             for _ in range(self.runs)))
        self.table.row(f"{CORES_FILES} files, busier of two workers, against one worker", busiest[1] / busiest[0], "x", at_most=0.55,
                       judged=self.full_size, note=f"{busiest[1]:.2f} s against {busiest[0]:.2f} s")

    def large_database(self):
        folder = self.cache / "large-database"
        if not (folder / "bench.ndb").exists():
            print("bench: writing 450,000 signatures ...", file=sys.stderr)
            make_signatures.make(folder)
            (folder / "bench.ndb").write_text(f"{MARKER_NAME}:0:*:{MARKER.hex()}\n", encoding="ascii")
        return folder

    def small_database(self):
        folder = self.cache / "database"
        folder.mkdir(parents=True, exist_ok=True)
        rows = {MARKER_NAME: MARKER, **{f"Bench.Text-{i}": text.encode() for i, text in enumerate(PATTERNS)}}
        (folder / "bench.ndb").write_text("".join(f"{name}:0:*:{data.hex()}\n" for name, data in rows.items()), encoding="ascii")
        return folder

    def memory(self):
        for name in ("torch_zip.pt", "model.safetensors"):
            peak = max(self.scan("--av", "builtin", self.data(name), watch_memory=True).peak for _ in range(2))
            self.table.row(f"{name}, --av builtin, PSS of all processes", peak / MIB, "MiB", at_most=128)

    def many(self):
        path = self.data("mixed")
        count = sum(len(files) for _, _, files in os.walk(path))
        hashed, full, _ = in_turn(lambda: self.scan("--av", "off", "--depth", "bytes", path).cpu,
                                  lambda: self.scan("--av", "off", path).cpu, self.runs)
        self.table.row(f"mixed, {count} files, hashed (--av off --depth bytes)", hashed, "s", at_most=0.4, judged=self.full_size)
        self.table.row(f"mixed, {count} files, hashed and analysed (--av off)", full, "s")
        self.table.row(f"mixed, {count} files, --av builtin", self.median_cpu("--av", "builtin", path), "s")

    def hub(self):
        """What the comparison with saved answers of the Hub adds to a scan."""
        path, answers = self.data("repository"), self.data("repository-hub.json")
        count = sum(len(files) for _, _, files in os.walk(path))
        identity = ("--repo", make_workload.REPOSITORY, "--revision", make_workload.COMMIT)
        fixed = {"SOURCE_DATE_EPOCH": "1795651200"}  # two hours after the answers
        alone, beside, added, summary = [], [], [], None
        for _ in range(2 * self.runs):
            alone.append(self.scan("--av", "off", *identity, path).cpu)
            command = [self.program, "scan", "--no-progress", "--av", "off", *identity, "--hub", f"file:{answers}", "-o", "json", path]
            summary = Run(command[:-3] + [path], (0, 2, 3), environment=fixed)
            beside.append(summary.cpu)
            added.append(beside[-1] - alone[-1])
        report = json.loads(Run(command, (0, 2, 3), environment=fixed).output)
        unknown = [file["path"] for file in report["files"] if file["hub"]["state"] != "safe"]
        if unknown:
            raise CannotRun(f"{len(unknown)} files were not found in the answers: {unknown[0]}")
        self.table.row(f"{count} files, what --hub file: adds", statistics.median(added), "s", at_most=0.2, judged=self.full_size,
                       note=f"{statistics.median(beside):.2f} s against {statistics.median(alone):.2f} s, answers of {answers.stat().st_size / MIB:.0f} MiB")

    def live(self):
        """The status of 1,000 repositories from a Hub on loopback, 16 requests at a time: three and a list for each."""
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            scenario = pathlib.Path(folder) / "scenario.json"
            scenario.write_text(json.dumps({"bulk": 1000}), encoding="ascii")
            hub = subprocess.Popen([self.fake_hub, "--scenario", scenario], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            SERVERS.add(hub.pid)
            try:
                ready = json.loads(hub.stdout.readline())
                address = {"HF_ENDPOINT": ready["endpoint"], "SSL_CERT_FILE": ready["ca_file"], "HF_TOKEN": "", "HF_HUB_OFFLINE": ""}
                for what, options in (("every file of 1,000 repositories", ()), ("1,000 repositories, --quick", ("--quick",))):
                    command = [self.program, "hub", "status", "--author", "bulk", "--quiet", "--format", "json", *options]
                    runs = [Run(command, (1,), watch_memory=True, environment=address) for _ in range(self.runs)]
                    asked = json.loads(runs[0].output)["summary"]
                    if (asked["repositories"], asked["flagged"], asked["left"]) != (1000, 100, 0):
                        raise CannotRun(f"hub status says {asked}")
                    self.table.row(f"{what}, wall", statistics.median(run.wall for run in runs), "s", at_most=3)
                    self.table.row(f"{what}, CPU", statistics.median(run.cpu for run in runs), "s")
                    self.table.row(f"{what}, PSS", max(run.peak for run in runs) / MIB, "MiB", at_most=64)
            finally:
                hub.stdin.close()
                hub.wait()
                SERVERS.discard(hub.pid)

    def small(self):
        path = self.data("small_checkpoints")
        count = len(list(path.iterdir()))
        for av in ("off", "builtin"):
            self.table.row(f"{count} small checkpoints, --av {av}", self.median_cpu("--av", av, path), "s")


    def pickles(self):
        structure = ("--av", "off", "--depth", "structure")
        for name, times in PICKLES.items():
            path = self.data(name)
            ours = self.median_cpu(*structure, path)
            size = path.stat().st_size / MIB
            self.table.row(f"{name}, {size:.0f} MiB, --depth structure", ours, "s", note=f"{size / ours:.0f} MiB per CPU second")
            peak = self.scan(*structure, path, watch_memory=True).peak
            self.table.row(f"{name}, PSS of all processes", peak / MIB, "MiB", at_most=160)
            if self.peers:
                theirs = Run([self.picklescan(), "-p", path], (0, 1)).cpu
                self.table.row(f"{name}, against {PICKLESCAN}", theirs / ours, "x", at_least=times, judged=self.full_size,
                               note=f"{ours:.3f} s against {theirs:.1f} s")
        path = self.data("arrays.pkl")
        self.table.row("arrays.pkl, 256 MiB of arrays, --depth structure", self.median_cpu(*structure, path) * 1000, "ms",
                       at_most=10, judged=self.full_size)

    def archives(self):
        """Containers, each read by whoever opens it; what counts is the part that picklescan reads too."""
        bytes_only, unpacked, ratio = in_turn(
            lambda: self.scan("--av", "off", self.data("torch_zip.pt")).cpu,
            lambda: self.scan("--av", "off", "--depth", "bytes", self.data("torch_zip.pt")).cpu, self.runs)
        self.table.row("torch_zip.pt, unpacked, against its bytes alone", ratio, "x", at_most=1.03, judged=self.full_size,
                       note=f"{bytes_only:.3f} s against {unpacked:.3f} s")
        for name, times in CONTAINERS.items():
            path = self.data(name)
            ours = self.median_cpu("--av", "off", path)
            self.table.row(f"{name}, --av off", ours, "s")
            if self.peers:
                theirs = Run([self.picklescan(), "-p", self.read_by_picklescan(path)], (0, 1)).cpu
                self.table.row(f"{name}, against {PICKLESCAN}", theirs / ours, "x", at_least=times, judged=self.full_size,
                               note=f"{ours:.3f} s against {theirs:.1f} s")

    def read_by_picklescan(self, path):
        """The path, or a copy of a folder without random bytes named .dat: at one of those it gives up."""
        if not path.is_dir() or not next(path.rglob("*.dat"), None):
            return path
        copy = path.with_name(path.name + "-without-dat")
        for file in path.rglob("*.*"):
            place = copy / file.relative_to(path)
            if file.is_file() and file.suffix != ".dat" and not place.exists():
                place.parent.mkdir(parents=True, exist_ok=True)
                place.hardlink_to(file)
        return copy

    def picklescan(self):
        place = self.cache / "venv"
        if not (place / "bin/picklescan").exists():
            print(f"bench: installing {PICKLESCAN} ...", file=sys.stderr)
            Run([sys.executable, "-m", "venv", place], (0,))
            Run([place / "bin/pip", "--quiet", "install", PICKLESCAN], (0,))
        return place / "bin/picklescan"

    def instructions(self):
        for name, target in (("giant_p4.pkl", 45), ("giant_p0.pkl", None), ("flood.pkl", None)):
            (few, few_cost), (many, many_cost) = (self.callgrind(self.data(name, scale)) for scale in (0.01, 0.03))
            self.table.row(f"{name}, machine instructions for one of the pickle's", (many_cost - few_cost) / (many - few), "",
                           at_most=target)

    def callgrind(self, path):
        """Pickle instructions in the file, and machine instructions that walking it took."""
        with tempfile.TemporaryDirectory(dir=self.cache) as folder:
            counts = pathlib.Path(folder) / "callgrind.out"
            run = Run(["valgrind", "--tool=callgrind", f"--callgrind-out-file={counts}", self.walk_pickle, path], (0,))
            totals = [line for line in counts.read_text(encoding="ascii", errors="replace").splitlines()
                      if line.startswith(("summary:", "totals:"))]
        return int(run.output.split()[0]), int(totals[0].split()[1])


PARTS = ("start", "structure", "digest", "many", "hub", "live", "small", "archives", "pickles", "instructions", "memory", "clamav", "large", "cores")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--walk-pickle", type=pathlib.Path, help="the program whose instructions are counted")
    parser.add_argument("--anchor-scan", type=pathlib.Path, help="the program that measures the search for anchors by itself")
    parser.add_argument("--fake-hub", type=pathlib.Path, help="the Hub on loopback that is asked")
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--peers", action="store_true", help="run picklescan, installed from PyPI, beside it")
    parser.add_argument("--scale", type=float, default=1.0, help="shrink the files, for a quick look")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", type=lambda names: names.split(","), default=PARTS, help=", ".join(PARTS))
    options = parser.parse_args()
    unknown = set(options.only) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")

    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    options.cache.mkdir(parents=True, exist_ok=True)
    bench = Bench(options.program, options.walk_pickle, options.anchor_scan, options.fake_hub, options.cache.resolve(), options.scale, options.runs, options.peers)
    for part in options.only:
        try:
            getattr(bench, part)()
        except (CannotRun, OSError, KeyError, ValueError) as problem:
            bench.table.failed(part, problem)
    return 1 if bench.table.failures else 0


if __name__ == "__main__":
    sys.exit(main())
