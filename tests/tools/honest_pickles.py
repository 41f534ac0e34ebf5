"""Honest pickles, made by real libraries: how many does the program call suspicious? (realworld.py --honest)

Environments with different Pythons and versions are made in the cache folder; in each, honest/write.py
makes objects of every library and writes them. The files are scanned, and counted by what the table of
listed classes owes to the library that made them:

    read             its version was read to make the table (pickle/policy/policy_packages.txt)
    other version    other versions of it were read, not this one
    other library    nothing of it was read
    shipped          pickles that public packages ship as data, as listed in realworld.py
    one pickler      several objects that one Pickler wrote into one file
    own classes      objects of a class in the program that wrote them
    with code        written by dill or cloudpickle, whose files hold code

What was held out was chosen before it was looked at. Whoever adds names for a held-out library or version to
the table must read it, and hold out another in its place.

An environment that cannot be made, and a library that writes nothing, are told of at the end, and the exit
status is 1: the figures would not be of what they say.
"""

import collections
import glob
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = HERE.parent.parent / "pickle" / "policy" / "policy_packages.txt"
MAKERS = HERE / "honest"
sys.path.insert(0, str(MAKERS))

from environments import ENVIRONMENTS  # noqa: E402
from libraries import BY_JOBLIB, BY_TORCH, DISTRIBUTIONS  # noqa: E402


def python_of(version):
    """A Python of this version that can make environments: one that pyenv has installed, or one on the path."""
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    for python in [*sorted(glob.glob(f"{root}/versions/{version}.*/bin/python")), shutil.which(f"python{version}")]:
        if not python:
            continue
        said = subprocess.run([python, "-c", "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"], stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False)
        if said.stdout.strip() == version:
            return python
    return None


def environment(cache, name, version, packages):
    """The Python of an environment that has the packages; made when it is not there."""
    folder, python = cache / name, cache / name / "bin" / "python"
    wanted = "\n".join(packages)
    done = folder / "made"
    if done.exists() and done.read_text() == wanted:
        return python
    base = python_of(version)
    if not base:
        raise OSError(f"no Python {version}")
    print(f"honest: making {name} with Python {version} ...", file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    quiet = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "check": False}
    subprocess.run([base, "-m", "venv", str(folder)], **quiet)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "--upgrade", "pip<24.1"], **quiet)
    installed = subprocess.run([*pip, "--no-compile", "--only-binary", ":all:", *packages], **quiet)
    if installed.returncode:
        raise OSError((installed.stderr.strip().splitlines() or ["pip failed"])[-1][:200])
    done.write_text(wanted)
    return python


def maker_of(library):
    """The text that decides what is written for a library: its maker, and what runs it."""
    texts = [path.read_text() for path in sorted(MAKERS.glob("*.py")) if path.name != "environments.py"]
    maker = next(filter(None, (re.search(rf"^def make_{library}\(\):.*?(?=^\S|\Z)", text, re.DOTALL | re.MULTILINE) for text in texts)), None)
    if not maker:
        raise OSError(f"nothing makes objects of {library}")
    ways = f"{library in BY_JOBLIB} {library in BY_TORCH} {DISTRIBUTIONS.get(library, library)}"
    return (MAKERS / "write.py").read_text().partition("# How objects are written")[2] + ways + maker.group()


def write(cache, name, python, library):
    """The folder of files that a library of the environment writes; made once."""
    folder = cache / "files" / name / library
    done = folder / "written"
    wanted = maker_of(library)
    if done.exists() and done.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"honest: {name} writes {library} ...", file=sys.stderr, flush=True)
    with (cache / "files" / f"{name}.log").open("a") as log:
        subprocess.run([str(python), str(MAKERS / "write.py"), str(folder), library], cwd=cache, stdin=subprocess.DEVNULL,
                       stdout=log, stderr=log, check=False, timeout=1800)
    if (folder / "index.jsonl").exists():
        done.write_text(wanted)
    return folder


def versions_read():
    read = {}
    for line in MANIFEST.read_text().splitlines():
        if line and not line.startswith("#"):
            head, _, versions = line.partition(": ")
            read[head.partition(" (")[0].lower()] = set(versions.split())
    return read


def group_of(entry, read):
    library = entry["library"].lower().replace("_", "-")
    if library in OF_PYTHON:
        return OF_PYTHON[library]
    if library not in read:
        return "other library"
    return "read" if entry["version"].partition("+")[0] in read[library] else "other version"


def scan(program, folder):
    """{file name: its part of the report}"""
    done = subprocess.run([program, "scan", "--av", "off", "--hub", "off", "-o", "json", "--no-progress", str(folder)],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=3600)
    return {pathlib.PurePath(file["path"]).name: file for file in json.loads(done.stdout)["files"]}


def worst(file):
    order = ["caution", "suspicious", "unsafe"]
    findings = sorted(file["findings"], key=lambda finding: order.index(finding["level"]), reverse=True)
    return f"{findings[0]['rule']} {findings[0]['message'][:150]}" if findings else ""


OF_PYTHON = {"python": "read", "configs": "read", "several": "one pickler", "own": "own classes", "cloudpickle": "with code", "dill": "with code"}
GROUPS = ("read", "other version", "other library", "shipped", "one pickler", "own classes", "with code")
HELD_OUT = ("other version", "other library", "shipped")
COUNTED_APART = ("own classes", "with code")
VERDICTS = ("clean", "caution", "incomplete", "suspicious", "unsafe")


class Tally:
    """What was said of the files, by group."""

    def __init__(self):
        self.verdicts, self.libraries, self.flagged = collections.defaultdict(collections.Counter), collections.defaultdict(set), []

    def count(self, group, library, version, name, file):
        self.verdicts[group][file["verdict"]] += 1
        self.libraries[group].add(library)
        if file["verdict"] in ("suspicious", "unsafe"):
            self.flagged.append((group, f"{library} {version}", name, file["verdict"], worst(file)))

    def row(self, title, groups):
        """Prints a line of the table; True when too many files of the groups were flagged."""
        verdicts = sum((self.verdicts[group] for group in groups), collections.Counter())
        total, bad = sum(verdicts.values()), verdicts["suspicious"] + verdicts["unsafe"]
        if not total:
            return False
        libraries = set().union(*(self.libraries[group] for group in groups))
        print(f"{title:<16}{total:>7}{len(libraries):>11}" + "".join(f"{verdicts[verdict]:>12}" for verdict in VERDICTS) +
              f"{bad:>14} = {100 * bad / total:.2f} %")
        return bad * 100 >= total

    def print(self):
        """True when too many files were flagged."""
        print("\nfiles at suspicious or worse:")
        for group, library, name, verdict, finding in self.flagged:
            print(f"  {group:<14} {library:<28} {name[-48:]:<48} {verdict:<10} {finding}")
        print(f"\n{'made by':<16}{'files':>7}{'libraries':>11}" + "".join(f"{verdict:>12}" for verdict in VERDICTS) + f"{'suspicious or worse':>24}")
        for group in GROUPS:
            self.row(group, [group])
        known = self.row("  read, shipped", ["read", "shipped", "one pickler"])
        held_out = self.row("  held out", HELD_OUT)
        return known or held_out


def run(program, cache, only, shipped):
    """Makes, scans and counts. `shipped` is a list of (name, path). Returns the exit status."""
    read, tally, left_out = versions_read(), Tally(), []
    cache = cache.resolve()  # the makers run in it
    cache.mkdir(parents=True, exist_ok=True)
    for name, version, packages, libraries in ENVIRONMENTS:
        if only and name not in only:
            continue
        try:
            python = environment(cache, name, version, packages.split())
        except (OSError, subprocess.TimeoutExpired) as problem:
            left_out.append(f"{name}: {problem}")
            continue
        for library in libraries.split():
            try:
                folder = write(cache, name, python, library)
                entries = [json.loads(line) for line in (folder / "index.jsonl").read_text().splitlines()]
                report = scan(program, folder) if entries else {}
            except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
                left_out.append(f"{library} of {name}: {problem}")
                continue
            if not entries:
                left_out.append(f"{library} of {name}: wrote nothing ({cache / 'files' / name}.log)")
            for entry in entries:
                if entry["file"] in report:
                    tally.count(group_of(entry, read), entry["library"], entry["version"], entry["file"], report[entry["file"]])
    for name, path in shipped:
        package, _, version = name.partition("/")[0].partition("==")
        for file in scan(program, path).values():
            if file["imports"]:  # there are pickles in it
                tally.count("shipped", package, version, name, file)
    failed = tally.print()
    for problem in left_out:
        print(f"left out: {problem}")
    return 1 if failed or left_out else 0
