#!/usr/bin/env python3
"""Writes pickle/listed_classes.def: classes of libraries, read from their packages.

    list_classes.py PACKAGE... > pickle/listed_classes.def

PACKAGE is a wheel or a directory that holds packages (site-packages). Nothing is imported: the
sources are parsed. Several versions of one library may be given; their names are united. Classes
that would do more than exist when an object of them is created or dropped are left out.
"""
import ast
import pathlib
import re
import sys
import textwrap
import zipfile

# Modules whose classes honest files hold. First match wins; False leaves the module out.
MODULES = [
    (r"sklearn\.(externals|_build_utils|datasets|conftest|utils\._testing|utils\._mocking|utils\._joblib)\b", False),
    (r"sklearn\.utils\.(_show_versions|_response|_plotting|parallel|fixes|_test_common|estimator_checks)\b", False),
    (r".*\.(tests|testing|conftest|setup|_testing|benchmarks)\b", False),
    (r"sklearn\.", True),
    (r"torch\.nn\.modules\.", True),
    (r"torch\.nn\.(quantized|intrinsic|qat|quantizable|backends)\.", True),
    (r"torch\.nn\.parallel\.(data_parallel|distributed)$", True),
    (r"torch\.nn\.utils\.(spectral_norm|weight_norm|parametrize|parametrizations|prune)$", True),
    (r"torch\.nn\.(attention|parameter)\b", False),
    (r"torch\.ao\.nn\.", True),
    (r"torch\.ao\.quantization\.(observer|fake_quantize|qconfig|stubs|quant_type)$", True),
    (r"torch\.quantization\.(observer|fake_quantize|qconfig|stubs|quant_type)$", True),
    (r"torch\.optim\.(?!_multi_tensor)", True),
    (r"torch\.distributions\.", True),
    (r"torch\.utils\.data\.(dataset|sampler)$", True),
    (r"torch\.cuda\.amp\.grad_scaler$", True),
    (r"torch\.amp\.grad_scaler$", True),
    (r"scipy\.(interpolate|spatial|stats|optimize|sparse|signal|cluster)\.", True),
    (r"lightgbm\.(basic|sklearn|engine|callback)$", True),
    (r"xgboost\.(core|sklearn|callback|dask)$", True),
]

# An object of a class with one of these does something when it is dropped or looked at.
EFFECTS = {"__del__", "__getattr__", "__getattribute__", "__init_subclass__", "__reduce__"}
KEPT_DESPITE = {"Module", "Pipeline"}
ENUMS = {"Enum", "IntEnum", "Flag", "IntFlag", "StrEnum"}


def wanted(module):
    for pattern, keep in MODULES:
        if re.match(pattern, module):
            return keep
    return False


def sources(path):
    """(module, source) of every Python file."""
    path = pathlib.Path(path)
    if path.is_dir():
        files = ((str(f.relative_to(path)), f.read_bytes) for f in sorted(path.glob("**/*.py")))
    else:
        archive = zipfile.ZipFile(path)
        files = ((n, lambda n=n: archive.read(n)) for n in sorted(archive.namelist()) if n.endswith(".py"))
    for name, read in files:
        module = name[:-3].replace("/", ".")
        if module.endswith(".__init__"):
            module = module[: -len(".__init__")]
        if wanted(module):
            yield module, read()


def origin_of(path, module):
    """The name and version of the package that a module came from."""
    if path.suffix == ".whl":
        return "-".join(path.name.split("-")[:2])
    top = {"sklearn": "scikit_learn"}.get(module.split(".")[0], module.split(".")[0])
    for info in path.glob(f"{top}-*"):
        return re.sub(r"\.(dist|egg)-info$", "", info.name) + " (Debian)"
    return top


def classes(body):
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield node
        elif isinstance(node, (ast.If, ast.Try)):
            yield from classes(node.body)
            yield from classes(node.orelse)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    found, origins = {}, set()
    for path in sys.argv[1:]:
        for module, source in sources(path):
            origins.add(origin_of(pathlib.Path(path), module))
            try:
                tree = ast.parse(source)
            except SyntaxError:
                continue
            for node in classes(tree.body):
                methods = {n.name for n in node.body if isinstance(n, ast.FunctionDef)}
                if methods & EFFECTS and node.name not in KEPT_DESPITE:
                    continue
                bases = {b.attr if isinstance(b, ast.Attribute) else getattr(b, "id", "") for b in node.bases}
                use = "kEither" if bases & ENUMS else "kInstantiate"
                found.setdefault((module, use), set()).add(node.name)
    print("// Classes of libraries: written by list_classes.py, not by hand, from")
    for origin in sorted(origins):
        print(f"//   {origin}")
    for (module, use), names in sorted(found.items()):
        for line in textwrap.wrap(" ".join(sorted(names)), 90, break_long_words=False):
            print(f'LISTED({use}, "{module}", "{line}")')


if __name__ == "__main__":
    main()
