"""Honest pickles, made by real libraries: how many does the program call suspicious? (realworld.py --honest)

Environments with different Pythons and versions are made in the cache folder; in each, honest_writers.py
makes objects of every library and writes them. The files are scanned, and counted by what the table of
listed classes owes to the library that made them:

    read             its version was read to make the table (pickle/policy/policy_packages.txt)
    other version    other versions of it were read, not this one
    other library    nothing of it was read
    shipped          pickles that public packages ship as data, as listed in realworld.py
    own classes      objects of a class in the program that wrote them
    with code        written by dill or cloudpickle, whose files hold code

What was held out was chosen before it was looked at. Whoever adds names for a held-out library or version to
the table must read it, and hold out another in its place.
"""

import collections
import glob
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
MANIFEST = HERE.parent.parent / "pickle" / "policy_packages.txt"

# Name, Python, packages, makers of honest_writers.py whose objects are made.
ENVIRONMENTS = [
    ("sklearn-0.20", "3.6", "scikit-learn==0.20.4 numpy==1.14.6 pandas==0.23.4 scipy==1.2.3 joblib==0.11 xgboost==0.90 statsmodels==0.10.2",
     "python numpy scipy pandas sklearn xgboost statsmodels"),
    ("sklearn-0.22", "3.7", "scikit-learn==0.22.2.post1 numpy==1.18.5 pandas==1.0.5 scipy==1.4.1 joblib==0.14.1 xgboost==1.0.2 lightgbm==2.3.1 statsmodels==0.11.1",
     "numpy scipy pandas sklearn xgboost lightgbm statsmodels"),
    ("sklearn-0.23", "3.8", "scikit-learn==0.23.1 numpy==1.17.5 pandas==1.0.3 scipy==1.3.3 xgboost==1.3.3 lightgbm==3.2.1 statsmodels==0.12.0 joblib==0.16.0 "
     "nltk==3.7 lifelines==0.26.0", "numpy scipy pandas sklearn xgboost lightgbm statsmodels nltk lifelines"),
    ("sklearn-1.1", "3.9", "scikit-learn==1.1.3 numpy==1.21.6 pandas==1.4.4 scipy==1.8.1 joblib==1.1.1 xgboost==1.5.2 lightgbm==3.3.2 statsmodels==0.13.2 "
     "imbalanced-learn==0.9.1 category-encoders==2.5.0 feature-engine==1.4.0 catboost==1.0.4 gensim==4.1.2",
     "numpy scipy pandas sklearn imblearn xgboost lightgbm statsmodels category_encoders feature_engine catboost gensim"),
    ("sklearn-1.4", "3.10", "scikit-learn==1.4.2 numpy==1.25.2 pandas==2.1.4 scipy==1.12.0 joblib==1.3.2 xgboost==2.0.0 lightgbm==4.3.0 statsmodels==0.14.1 "
     "imbalanced-learn==0.12.0", "numpy scipy pandas sklearn imblearn xgboost lightgbm statsmodels own"),
    ("sklearn-1.9", "3.12", "scikit-learn==1.9.1 numpy==2.5.5 pandas==3.1.1 scipy==1.18.1 joblib==1.6.0 xgboost==3.4.1 lightgbm==4.7.0 statsmodels==0.15.0 "
     "imbalanced-learn==0.14.2 category-encoders==2.11.2 feature-engine==1.9.4 catboost==1.2.10",
     "python numpy scipy pandas sklearn imblearn xgboost lightgbm statsmodels category_encoders feature_engine catboost own"),
    ("others-3.10", "3.10", "hmmlearn==0.3.3 pmdarima==2.1.1 mlxtend==0.23.4 kmodes==0.12.2 pyod==3.6.7 tslearn==0.9.0 mapie==0.8.3 scikit-optimize==0.10.2 "
     "ngboost==0.5.4 pygam==0.12.0 sktime==0.29.0 numpy==1.26.4", "hmmlearn pmdarima mlxtend kmodes pyod tslearn mapie skopt ngboost pygam sktime"),
    ("others-3.11", "3.11", "river==0.26.1 optuna==5.0.0 deap==1.4.4 rank-bm25==0.2.2 sympy==1.14.0 shapely==2.2.0 xarray==2026.9.0 pgmpy==0.1.26 "
     "bayesian-optimization==3.4.0 sacremoses==0.2.0 textblob==0.20.1 scikit-learn==1.7.2 pandas==2.3.3 numpy==2.3.3 scipy==1.16.2",
     "river optuna deap rank_bm25 sympy shapely xarray pgmpy bayes_opt sacremoses textblob sklearn pandas numpy scipy"),
    ("words-3.10", "3.10", "keras-preprocessing==1.1.2 omegaconf==2.4.0 easydict==1.14 addict==2.4.0 munch==4.0.0 python-box==7.4.1 ml-collections==1.1.0 yacs==0.1.8 "
     "spacy==3.6.1 networkx==3.0 pillow==10.4.0 gensim==4.3.0 nltk==3.9.1 pyannote.core==5.0.0 lifelines==0.27.4 sklearn-crfsuite==0.5.0 shap==0.43.0 "
     "hdbscan==0.8.36 cloudpickle==3.1.3 dill==0.4.1 numpy==1.26.4 scipy==1.11.4",
     "keras omegaconf configs spacy networkx pillow gensim nltk pyannote lifelines sklearn_crfsuite shap hdbscan cloudpickle dill"),
    ("torch-1.12", "3.8", "torch==1.12.1 torchvision==0.13.1 transformers==4.28.1 pytorch-lightning==1.7.7 timm==0.6.11 fastai==2.7.10 skorch==0.12.1 torchmetrics==0.10.3 "
     "pytorch-tabnet==4.0 tokenizers numpy==1.23.5 scikit-learn==1.1.3 speechbrain==0.5.14",
     "torch torchvision transformers tokenizers pytorch_lightning timm fastai skorch torchmetrics pytorch_tabnet speechbrain"),
    ("torch-2.3", "3.10", "torch==2.3.1 torchvision==0.18.1 transformers==4.44.2 accelerate==0.30.1 diffusers==0.27.2 peft==0.11.1 trl==0.8.6 lightning==2.3.3 timm==1.0.3 "
     "ultralytics==8.2.50 skorch==1.0.0 stable-baselines3==2.3.0 sentence-transformers==3.2.1 torch-geometric==2.4.0 monai==1.3.0 datasets==2.19.2 numpy==1.26.4 "
     "torchmetrics==1.4.0 spacy==3.7.2", "torch torchvision transformers tokenizers accelerate diffusers peft trl lightning timm ultralytics skorch stable_baselines3 "
     "sentence_transformers torch_geometric monai datasets torchmetrics spacy"),
    ("torch-2.6", "3.11", "torch==2.6.0 torchvision==0.21.0 transformers==4.49.0 accelerate==1.3.0 diffusers==0.31.0 peft==0.14.0 trl==0.15.2 lightning==2.2.5 "
     "pytorch-lightning==2.2.5 timm==1.0.9 ultralytics==8.3.100 skorch==0.15.0 sentence-transformers==3.4.1 torch-geometric==2.5.3 datasets==3.1.0 numpy==1.26.4",
     "torch torchvision transformers tokenizers accelerate diffusers peft trl lightning pytorch_lightning timm ultralytics skorch sentence_transformers torch_geometric datasets"),
]


def python_of(version):
    """A Python of this version: on the path, or one that pyenv has installed."""
    found = shutil.which(f"python{version}")
    if found:
        return found
    root = os.environ.get("PYENV_ROOT", os.path.expanduser("~/.pyenv"))
    return next(iter(sorted(glob.glob(f"{root}/versions/{version}.*/bin/python"))), None)


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
    installed = subprocess.run([*pip, "--only-binary", ":all:", *packages], **quiet)
    if installed.returncode:
        raise OSError((installed.stderr.strip().splitlines() or ["pip failed"])[-1][:200])
    done.write_text(wanted)
    return python


def write(cache, name, python, libraries):
    """The folder of files that the environment's libraries write; made once."""
    folder = cache / "files" / name
    done = folder / "written"
    wanted = (HERE / "honest_writers.py").read_text() + " ".join(libraries)
    if done.exists() and done.read_text() == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for library in libraries:  # each by itself: one that crashes takes no other with it
        print(f"honest: {name} writes {library} ...", file=sys.stderr)
        with (cache / "files" / f"{name}.log").open("a") as log:
            subprocess.run([str(python), str(HERE / "honest_writers.py"), str(folder), library], cwd=cache, stdin=subprocess.DEVNULL,
                           stdout=log, stderr=log, check=False, timeout=3600)
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
    library = (entry["library"] or "python").lower().replace("_", "-")
    if library in ("own", "python"):
        return "own classes" if library == "own" else "read"
    if library in ("cloudpickle", "dill"):
        return "with code"
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


GROUPS = ("read", "other version", "other library", "shipped", "own classes", "with code")
VERDICTS = ("clean", "caution", "incomplete", "suspicious", "unsafe")


def run(program, cache, only, shipped):
    """Makes, scans and counts. `shipped` is a list of (name, path). Returns the exit status."""
    read, counts, libraries, flagged = versions_read(), collections.defaultdict(collections.Counter), collections.defaultdict(set), []

    def count(group, library, name, file):
        counts[group][file["verdict"]] += 1
        libraries[group].add(library)
        if file["verdict"] in ("suspicious", "unsafe"):
            flagged.append((group, library, name, file["verdict"], worst(file)))

    cache.mkdir(parents=True, exist_ok=True)
    for name, version, packages, writers in ENVIRONMENTS:
        if only and name not in only:
            continue
        try:
            folder = write(cache, name, environment(cache, name, version, packages.split()), writers.split())
        except (OSError, subprocess.TimeoutExpired) as problem:
            print(f"honest: {name} left out: {problem}", file=sys.stderr)
            continue
        report = scan(program, folder)
        for line in (folder / "index.jsonl").read_text().splitlines():
            entry = json.loads(line)
            if entry["file"] in report:
                count(group_of(entry, read), f"{entry['library'] or 'python'} {entry['version']}", entry["file"], report[entry["file"]])
    for name, path in shipped:
        for file in scan(program, path).values():
            if file["imports"]:  # there are pickles in it
                count("shipped", name.partition("/")[0].partition("==")[0], name, file)

    print("\nfiles at suspicious or worse:")
    for group, library, name, verdict, finding in flagged:
        print(f"  {group:<14} {library:<28} {name[-48:]:<48} {verdict:<10} {finding}")
    print(f"\n{'made by':<16}{'files':>7}{'libraries':>11}" + "".join(f"{verdict:>12}" for verdict in VERDICTS) + f"{'suspicious or worse':>22}")
    failed = False
    for group in GROUPS:
        total = sum(counts[group].values())
        if total:
            bad = counts[group]["suspicious"] + counts[group]["unsafe"]
            failed = failed or (bad * 100 >= total and group not in ("own classes", "with code"))
            print(f"{group:<16}{total:>7}{len({l.partition(' ')[0] for l in libraries[group]}):>11}" +
                  "".join(f"{counts[group][verdict]:>12}" for verdict in VERDICTS) + f"{100 * bad / total:>20.2f} %")
    return 1 if failed else 0
