#!/usr/bin/env python3
"""Reads every #include line and fails on an arrow that points upward.

The two tables below are the rules. A folder may include itself, and the folders named in its
row, which all stand above it in the table: so the table cannot hold a circle.

    includes.py ROOT    check the tree
    includes.py --test  check this checker, on trees made to be wrong
"""

import fnmatch
import pathlib
import re
import sys
import tempfile
import unittest

ANALYSERS = "base model pickle* detect container"

# The parent's half of the worker folder.
FLEET = "channel clamd clamd_connection clamd_protocol control fleet inspection messages scratch slot wire worker_link worker_pool zygote_process"

# layer -> (its files, the layers it may include, "*" in a name as in file names). The first pattern
# that matches a file wins.
LAYERS = {
    "base": ("scanner/base/*", ""),
    "model": ("scanner/model/*", "base"),
    # Inside pickle/ the arrows point down as well: the machine knows no policy, the policy no judge.
    "pickle-words": ("pickle/outcome.h pickle/rule*.* pickle/content/decompressor.h", "base"),
    "pickle-stream": ("pickle/stream/*", "base"),
    "pickle-content": ("pickle/content/*", "base pickle-words pickle-stream"),
    "pickle-machine": ("pickle/machine/*", "base pickle-stream pickle-content"),
    "pickle-policy": ("pickle/policy/*", "base pickle-words pickle-content pickle-machine"),
    "pickle-narration": ("pickle/narration/*", "base pickle-words pickle-stream pickle-machine pickle-policy"),
    "pickle-judge": ("pickle/judge/*", "base pickle-words pickle-stream pickle-content pickle-machine pickle-policy pickle-narration"),
    "pickle-readings": ("pickle/readings/*", "base pickle-words pickle-stream pickle-content pickle-machine pickle-policy"),
    "pickle-sniff": ("pickle/sniff.*", "base pickle-stream pickle-machine pickle-policy"),
    "pickle-walk": ("pickle/walk/*", "base pickle-*"),
    "pickle": ("pickle/*", "base pickle-*"),
    "detect": ("scanner/detect/*", "base model"),
    "hubclient": ("hubclient/*", "base model"),
    "container": ("scanner/container/*", "base model pickle* detect"),
    "format": ("scanner/format/*", ANALYSERS),
    "engine": ("scanner/engine/*", ANALYSERS + " format"),
    # It must not pull in what opens hostile files.
    "fleet": (" ".join(f"scanner/worker/{name}.*" for name in FLEET.split()), "base model"),
    "worker": ("scanner/worker/*", ANALYSERS + " format engine fleet"),
    "crosscheck": ("scanner/crosscheck/*", "base model pickle-policy hubclient"),
    "report": ("scanner/report/*", "base model"),
    # On top, and still without container, format and engine: the parent parses no model bytes.
    "cli": ("scanner/cli/*", "base model pickle* detect hubclient fleet crosscheck report"),
}

# outside header -> the only files that may include it. One library, one owner.
OWNERS = {
    "clamav.h": "scanner/engine/clamav*",
    "zip.h": "scanner/container/libzip_view*",
    "archive*.h": "scanner/container/archive*",
    "zlib.h": "scanner/container/*",
    "bzlib.h": "scanner/container/decoder_bzip2*",
    "lzma.h": "scanner/container/decoder_xz*",
    "zstd*.h": "scanner/container/decoder_zstd*",
    "lz4*.h": "scanner/container/decoder_lz4*",
    "seccomp.h": "scanner/worker/sandbox*",
    "linux/seccomp.h": "scanner/worker/sandbox*",
    "linux/landlock.h": "scanner/worker/sandbox*",
    "openssl/*": "scanner/base/digest*",
    "curl/*": "hubclient/curl_*",
    "netdb.h": "hubclient/*",
    "nlohmann/*": "hubclient/*",
    "rapidjson/*": "hubclient/json_parser.cc scanner/format/safetensors_header.cc",
    "CLI/*": "scanner/cli/*",
    "tl/expected.hpp": "scanner/base/result.h",
}

# What pickle/ promises to do without: files, network, clocks, processes.
PICKLE_REFUSES = """chrono ctime filesystem fstream iostream thread
                    fcntl.h unistd.h poll.h dirent.h time.h sys/*""".split()

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
OUR_ROOTS = ("scanner/", "pickle/", "hubclient/", "tests/", "fixtures/")


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns.split())


def layer_of(path):
    return next((name for name, (files, _) in LAYERS.items() if matches(path, files)), None)


def check_include(path, layer, ours, outside):
    """What is wrong with one #include line, or None."""
    if ours is not None:
        if not ours.startswith(OUR_ROOTS):
            return f'includes "{ours}": write the path from the root'
        target = layer_of(ours)
        if target is None:
            return f'includes "{ours}", which belongs to no layer'
        if target != layer and not matches(target, LAYERS[layer][1]):
            return f'includes "{ours}": {layer} may not include {target}'
        return None
    for header, owners in OWNERS.items():
        if fnmatch.fnmatchcase(outside, header) and not matches(path, owners):
            return f"includes <{outside}>, which belongs to {owners}"
    if layer.startswith("pickle") and any(fnmatch.fnmatchcase(outside, header) for header in PICKLE_REFUSES):
        return f"includes <{outside}>: pickle does without files, network, clocks and processes"
    return None


def check_tree(root):
    """Returns (files read, list of complaints)."""
    complaints, count = [], 0
    for folder in ("pickle", "scanner", "hubclient"):
        for source in sorted((root / folder).rglob("*")):
            if source.suffix not in (".h", ".cc", ".def", ".inc"):
                continue
            count += 1
            path = source.relative_to(root).as_posix()
            layer = layer_of(path)
            if layer is None:
                complaints.append(f"{path}: belongs to no layer: give its folder a row in LAYERS")
                continue
            for number, line in enumerate(source.read_text(encoding="utf-8").splitlines(), 1):
                if (found := INCLUDE.match(line)) and (wrong := check_include(path, layer, *found.groups())):
                    complaints.append(f"{path}:{number}: {wrong}")
    return count, complaints


class Checker(unittest.TestCase):
    def complaints(self, **files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for path, text in files.items():
                target = root / path.replace("__", "/").replace("_DOT_", ".")
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            return check_tree(root)[1]

    def wrong(self, path, line):
        found = self.complaints(**{path.replace("/", "__").replace(".", "_DOT_"): f"// text\n{line}\n"})
        self.assertLessEqual(len(found), 1)
        return found[0] if found else ""

    def test_rows_name_only_rows_above_them(self):
        above = []
        for layer, (_, allowed) in LAYERS.items():
            for name in allowed.split():
                self.assertTrue(fnmatch.filter(above, name), f"{name} in the row of {layer}")
            above.append(layer)

    def test_an_arrow_down_is_fine(self):
        self.assertEqual(self.wrong("scanner/model/report.h", '#include "scanner/base/level.h"'), "")
        self.assertEqual(self.wrong("scanner/cli/scan.cc", '#include "scanner/worker/fleet.h"'), "")

    def test_an_arrow_up_is_named_with_its_line(self):
        self.assertEqual(self.wrong("scanner/base/text.cc", '#include "scanner/model/report.h"'),
                         'scanner/base/text.cc:2: includes "scanner/model/report.h": base may not include model')

    def test_the_parents_half_of_the_worker_may_not_see_the_engine(self):
        line = '#include "scanner/engine/clamav.h"'
        self.assertIn("fleet may not include engine", self.wrong("scanner/worker/fleet.cc", line))
        self.assertEqual(self.wrong("scanner/worker/zygote.cc", line), "")

    def test_the_parent_may_not_open_hostile_files(self):
        self.assertIn("cli may not include container",
                      self.wrong("scanner/cli/scan.cc", '#include "scanner/container/zip_reader.h"'))

    def test_a_library_has_one_owner(self):
        self.assertIn("belongs to", self.wrong("scanner/cli/scan.cc", "#include <clamav.h>"))
        self.assertIn("belongs to", self.wrong("scanner/worker/zygote.cc", "# include <openssl/evp.h>"))
        self.assertEqual(self.wrong("scanner/engine/clamav.cc", "#include <clamav.h>"), "")

    def test_pickle_does_without_files_and_clocks(self):
        for header in ("chrono", "fstream", "sys/stat.h"):
            self.assertIn("does without", self.wrong("pickle/machine/machine.cc", f"#include <{header}>"))

    def test_paths_are_from_the_root_and_folders_have_a_row(self):
        self.assertIn("path from the root", self.wrong("scanner/base/text.cc", '#include "text.h"'))
        self.assertIn("no layer", self.wrong("scanner/surprise/a.cc", "#include <vector>"))
        self.assertIn("no layer", self.wrong("scanner/base/a.cc", '#include "tests/support/zip_builder.h"'))


def main():
    if sys.argv[1:] == ["--test"]:
        unittest.main(argv=sys.argv[:1])
    count, complaints = check_tree(pathlib.Path(sys.argv[1]))
    for complaint in complaints:
        print(complaint)
    print(f"{count} files read, {len(complaints)} includes that point the wrong way")
    return 1 if complaints or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
