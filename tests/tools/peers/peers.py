#!/usr/bin/env python3
"""Compares with the scanner that the Hub uses: no name that it resolves may be missing from ours.

    peers.py --program COUNTERSCAN --cache FOLDER [--streams COUNT]

Installs picklescan from PyPI into an environment of its own, writes a corpus (corpus.py: honest
files, every way to name something in every kind of file, generated streams), lets both name what
the files import, and prints what came of it. Not compared are names that picklescan makes of what
it does not know: "unknown", no text at all, and str() of a memo slot that holds none, or that holds
what a GLOBAL before it named; nor names with control characters, which no module has; nor a text that
is no whole pickle ("cat", "dog" in two lines begins like one); nor, in torch's legacy files, what stands
behind an opcode that there is not: every unpickler stops there, picklescan begins a new pickle.
"""

import argparse
import collections
import io
import json
import pathlib
import pickletools
import re
import shutil
import subprocess
import sys
import venv

import corpus

PICKLESCAN = "picklescan==0.0.32"  # the Hub's, autumn 2026
NUMPY = "numpy<2"                  # picklescan reads .npy headers with its private functions
MADE_UP = re.compile(r"|unknown|None|True|False|b['\"].*|-?[0-9.]+(e[+-]?[0-9]+)?L?|nan|-?inf", re.S)


def environment(folder):
    python = folder / "bin" / "python"
    stamp = folder / "installed"
    if not stamp.exists() or stamp.read_text() != PICKLESCAN + NUMPY:
        print("peers: installing %s ..." % PICKLESCAN, file=sys.stderr)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", PICKLESCAN, NUMPY],
                       check=True)
        stamp.write_text(PICKLESCAN + NUMPY)
    return python


def ours(program, folder):
    """File name -> what the report says of it."""
    done = subprocess.run([program, "scan", "--av", "off", "--hub", "off", "--depth", "structure", "-o", "json",
                           "--no-progress", str(folder)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    report = json.loads(done.stdout)
    if not report["complete"]:
        raise SystemExit("peers: the scan was cut short")
    return {pathlib.PurePath(file["path"]).name: file for file in report["files"]}


def spellings(module, name):
    """The pair, and as our report has it where picklescan reads bytes as Latin-1."""
    again = tuple(part.encode("latin-1", "replace").decode("utf-8", "backslashreplace") for part in (module, name))
    return {(module, name), again}


def is_made_up(part, names):
    """Whether picklescan made this part of a name up: of what it does not know, or of a whole name in the memo."""
    memo_of_global = tuple(part.split(" ", 1)) in names
    return bool(memo_of_global or MADE_UP.fullmatch(part) or not part.isprintable())


def is_behind_a_break(path, attribute):
    """Whether the file names this only where no unpickler gets to."""
    if not path.name.endswith("-legacy.pt"):
        return False
    data = path.read_bytes()
    stream = io.BytesIO(data)
    try:
        while stream.tell() < len(data):
            for _ in pickletools.genops(stream):
                pass
    except Exception:  # whatever pickletools dies of, an unpickler would not live on either
        return data.find(attribute.encode()) >= stream.tell() - 1
    return False


def kind_of(name):
    return "%s%s" % (name.split("-")[0], "" if name.endswith(".pkl") else " " + pathlib.PurePath(name).suffix)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, required=True, help="counterscan, as built")
    parser.add_argument("--cache", type=pathlib.Path, required=True, help="folder for the environment and the corpus")
    parser.add_argument("--streams", type=int, default=4000, help="generated streams (%(default)s)")
    options = parser.parse_args()

    python = environment(options.cache / "picklescan")
    folder = options.cache / "corpus"
    shutil.rmtree(folder, ignore_errors=True)
    corpus.write(folder, options.streams)
    asked = subprocess.run([python, str(pathlib.Path(__file__).with_name("ask_picklescan.py")), str(folder)],
                           stdout=subprocess.PIPE, check=True)
    theirs = json.loads(asked.stdout)
    files = ours(options.program, folder)

    rows = collections.defaultdict(collections.Counter)
    missing = []
    for name, names in theirs.items():
        row = rows[kind_of(name)]
        row["files"] += 1
        row["flagged"] += files[name]["verdict"] in ("suspicious", "unsafe")
        if isinstance(names, str):
            row["died"] += 1
            continue
        if files[name]["type"] == "text":
            row["made up"] += len(names)
            continue
        listed = {(i["module"], i["name"]) for i in files[name]["imports"]}
        pairs = {tuple(pair) for pair in names}
        for module, attribute in names:
            if is_made_up(module, pairs) or is_made_up(attribute, pairs) or is_behind_a_break(folder / name, attribute):
                row["made up"] += 1
                continue
            row["names"] += 1
            if not spellings(module, attribute) & listed:
                row["missing"] += 1
                missing.append((name, module, attribute))

    layout = "%-20s %7s %7s %8s %9s %9s %9s"
    print(layout % ("files", "", "flagged", "names", "missing", "made up", "died of"))
    totals = collections.Counter()
    for kind in sorted(rows):
        row = rows[kind]
        totals.update(row)
        print(layout % (kind, row["files"], row["flagged"], row["names"], row["missing"], row["made up"], row["died"]))
    print(layout % ("all", totals["files"], totals["flagged"], totals["names"], totals["missing"], totals["made up"],
                    totals["died"]))
    print("flagged: suspicious or worse by us; names: that picklescan resolves; missing: of those, not in our list;")
    print("made up: names of what it does not know; died of: files that it raises an exception for, naming nothing.")
    for name, module, attribute in missing[:40]:
        print("missing in %s: %r, %r" % (folder / name, module, attribute))
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
