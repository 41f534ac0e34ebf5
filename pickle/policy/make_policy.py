#!/usr/bin/env python3
"""Writes listed_classes.def, called_methods.def and attribute_setters.def from the packages that policy_packages.txt
names. None is imported.

    make_policy.py fetch  CACHE   downloads the packages into the folder CACHE, with pip
    make_policy.py write  CACHE   reads them and writes the table
    make_policy.py review CACHE [PACKAGE...]   says which classes are left out, and why

A class is listed when nothing that loading can make of it does anything: creating an object
without calling the class (__new__), giving it a state or items (__setstate__, __setattr__,
__setitem__, append, extend, add), asking it for attributes, comparing it as a key, dropping it
(__del__). Each of these methods, here and in every base class, may call only what is known to
compute: see harmless_path(). What is beyond that is left out, or has a row in REVIEWED.

A class whose __reduce__ names the class, an enumeration or an exception is called by its pickles:
then __init__ must be harmless as well. A function that a __reduce__ names is listed as callable
when it is harmless by the same rules. Other functions are never listed as callable: those of
FUNCTION_MODULES, which honest objects keep in their attributes, may be named but not called.
"""
import concurrent.futures
import itertools
import multiprocessing
import pathlib
import pickle
import re
import subprocess
import sys
import textwrap

import read_packages

HERE = pathlib.Path(__file__).parent
MANIFEST = HERE / "policy_packages.txt"
TABLE = HERE / "listed_classes.def"
CALLED_METHODS = HERE / "called_methods.def"
SETTERS = HERE / "attribute_setters.def"

# ---- What is harmless ---------------------------------------------------------------------------

BUILTINS = frozenset("""
    abs all any bool bytearray bytes callable chr complex dict divmod enumerate float format frozenset hasattr hash hex id int
    isinstance issubclass iter len list max min next object oct ord pow print property range repr reversed round set setattr
    slice sorted str sum super tuple type zip getattr delattr vars memoryview
""".split())
EXCEPTIONS = frozenset(name for name, value in vars(__import__("builtins")).items()
                       if isinstance(value, type) and issubclass(value, BaseException))
# Methods of text, numbers and containers. What is called may be anything that has a method of the name.
METHODS = frozenset("""
    add any all append astype capitalize clear clone copy count decode detach difference discard encode endswith extend fill
    format get group groups index insert intersection isdigit isidentifier issubset item items join keys lower lstrip match
    max mean min numel partition pop popitem ravel replace reshape rpartition rsplit rstrip search setdefault setflags size sort
    split splitlines startswith std strip sum title tolist transpose union update upper values view warn warning info debug
    error dim __contains__ __eq__ __getitem__ __setitem__ __hash__ __len__ __iter__ __new__ __init__ __setstate__ __getstate__
    __setattr__ __getattr__ __getattribute__ __delitem__ __delattr__ __missing__ __reduce__ __reduce_ex__ __init_subclass__
    is_alive acquire release mro cpu bit_length total_seconds isoformat to unsqueeze squeeze flatten narrow removesuffix
    removeprefix numpy as_subclass as_tensor nonzero indices token_to_id id_to_token bind apply_defaults isdisjoint expandtabs
    getdata tocsr tocoo tocsc toarray todense swapaxes cumsum searchsorted view_as expand contiguous size stride storage data_ptr
    _replace _asdict zfill center ljust rjust casefold fromkeys popleft appendleft rotate most_common subtract elements
    __contains__ __getattr__ __torch_function__ dtype ndim get_shape as_list is_integer hexdigest warning_once warn_once
""".split())
PATHS = re.compile(r"""
    (np|numpy)\.(?!load|save|fromfile|genfromtxt|memmap|vectorize|frompyfunc|apply|piecewise|fromfunction|lib\.|f2py|ctypeslib|testing|distutils)\w+
    | numpy\.random\.\w+ | numpy\.linalg\.\w+ | numpy\.ma\.\w+
    | torch\.(tensor|as_tensor|zeros|ones|empty|full|arange|Size|device|is_tensor|Generator|get_default_dtype|numel|isfinite|equal
      |cuda\.is_available|nn\.Parameter|nn\.parameter\.Parameter|typename|is_grad_enabled|no_grad|finfo|_C\._log_api_usage_once|stack|cat)
    | (copy|_copy)\.(copy|deepcopy) | collections\.(?!namedtuple)\w+ | (math|cmath|time|datetime|warnings|numbers|decimal|fractions|abc|enum)(\.\w+)+
    | (logging|logger|log|_logger|LOGGER)\.(getLogger|debug|info|warning|warn|error|warning_once)
    | threading\.(Lock|RLock|local|Condition|Event|get_ident|current_thread) | weakref\.(ref|proxy|Weak\w+Dictionary|WeakSet)
    | itertools\.(count|chain|repeat|product|islice|cycle|zip_longest) | chain\.from_iterable | typing\.\w+ | typing_extensions\.\w+
    | re\.(compile|match|search|sub|split|fullmatch|escape|findall) | os\.getpid | os\.path\.(join|basename|dirname|splitext|isabs)
    | (object|dict|list|tuple|set|str|int|float|bytes|frozenset|bytearray|type)\.\w+ | (\w+\.)+__(new|init|setattr|setstate|getattribute|getstate|setitem|hash|eq|getitem|delattr|class_getitem)__
    | inspect\.(isclass|isfunction|ismethod|cleandoc|getdoc) | textwrap\.\w+ | string\.(?!Formatter|Template)\w+ | random\.Random | six\.(iteritems|itervalues|text_type|string_types)
    | (scipy\.sparse|sp|sparse)\.(issparse|isspmatrix\w*|csr_matrix|csc_matrix|coo_matrix) | functools\.(partial|wraps)
    | inspect\.(signature|getattr_static|getmro|currentframe|getouterframes|getfullargspec) | dataclasses\.(fields|is_dataclass|field|asdict|replace) | fields | warn
    | operator\.(index|eq|ne|add|mul) | packaging\.version\.(parse|Version) | uuid\.(uuid4|UUID) | pathlib\.(Path|PurePath) | sys\.(getsizeof|intern)
""", re.VERBOSE)

# Bases that are not among the packages, and do nothing by themselves when an object is loaded.
BASES = re.compile(r"""
    object | (abc\.)?ABC | (typing\.|typing_extensions\.)?(Generic|Protocol|NamedTuple|TypedDict|Sequence|Mapping|MutableMapping|Dict|List|Iterator|Iterable|Set|MutableSequence|Callable|Hashable|Sized|Container|Collection|Any)
    | (enum\.)?(Enum|IntEnum|Flag|IntFlag|StrEnum|EnumMeta|ReprEnum) | dict | list | tuple | set | frozenset | str | bytes | int | float | complex | bool | type
    | (collections\.)?(abc\.)?(OrderedDict|defaultdict|Counter|deque|UserDict|UserList|UserString|ChainMap|Sequence|Mapping|MutableMapping|MutableSequence|Iterable|Iterator|Set|MutableSet|Hashable|Sized|Container|Collection|Callable|Reversible|Generator)
    | collections\.abc\.\w+ | (datetime\.)?(datetime|date|time|timedelta|tzinfo) | numbers\.\w+ | contextlib\.(ContextDecorator|AbstractContextManager) | threading\.local
    | (six\.)?Iterator | json\.JSONEncoder | JSONEncoder | string\.Formatter | argparse\.(Action|Namespace|HelpFormatter) | logging\.(Filter|Formatter) | ast\.NodeVisitor | random\.Random
    | torch\._C\.(_FunctionBase|_TensorBase|TensorBase|Generator|StorageBase|FloatStorageBase|_ScriptClass) | torch\._C\.\w+Base
    | weakref\.(Weak\w+|ref) | sklearn\.(base|utils|feature_selection)\.[\w.]+ | sklearn\.\w+\.base\.\w+ | _OneToOneFeatureMixin | numpy\.(ndarray|ma\.MaskedArray|matrix|recarray|generic|float64|void|lib\.mixins\.NDArrayOperatorsMixin)
    | abc\.ABCMeta | ABCMeta | node | (lightgbm|xgboost)\.(compat|sklearn)\.\w+ | numpy\.[\w.]*ndarray | (sklearn|scipy|torch|numpy|statsmodels)\.[\w.]+ | _RichResult | \w+ResultBase
    | lightning_lite\.[\w.]+ | huggingface_hub\.(CardData|\w+Mixin) | (Inplace|Item|Displayed)Transform
    | pandas\.api\.extensions\.\w+ | pandas\._libs\.[\w.]+ | tokenizers\.\w+
    | decimal\.Decimal | fractions\.Fraction | array\.array | functools\.partial
""", re.VERBOSE)
# Of these, objects are made by calling the class: their __reduce__ says so.
CALLED = re.compile(r"set|frozenset|bytearray|(collections\.)?(OrderedDict|defaultdict|Counter|deque)|(datetime\.)?(datetime|date|time|timedelta|tzinfo)|"
                    r"(decimal\.)?Decimal|(fractions\.)?Fraction|array\.array")
# Compiled modules that read files or streams, whose types may do so as soon as they are made.
COMPILED_LEFT_OUT = re.compile(r"pandas\._libs\.(parsers|json|window\.parsers|sas)|pandas\.io|scipy\.(io|_lib)\b|srsly\b|astropy\.(io|utils)|skimage\.feature\._cascade|.*\b_?\w*(stream|reader|parser|messagestream)\w*$")
# Parts of packages whose objects run programs, fetch or open things once they are put to use. No model is
# made of them.
REACHING_OUT = re.compile(r"""
    langchain(_community|_classic)?\.(?!docstore\b|schema\b|documents\b).* | langchain_core\.(?!documents\b|messages\b|embeddings\b|load\.serializable$).*
    | llama_index\.(?!core\.(schema|data_structs)\b).* | ase\.(db|gui|io|cli|calculators\.(?!(emt|singlepoint|lj|morse|mixing|harmonic|calculator)$))\b.*
    | astropy\.(samp|io|utils|extern)\b.* | chess\.(engine|gaviota|syzygy)$ | deepchem\.(data\.data_loader$|molnet\b.*|utils\b.*) | arch\.data\b.*
    | pyomo\.(solvers|opt|dataportal|scripting|neos|contrib|common\.(fileutils|download|shutdown|tee|tempfiles|config|timing))\b.* | pulp\.apis\b.*
    | stanza\.(server|pipeline\.external|utils)\b.* | lerobot\.(robots|motors|cameras|teleoperators|transport|async_inference|rl|utils|datasets|scripts)\b.* | evaluate\b.*
    | Bio\.(File|bgzf|Entrez|SearchIO|ExPASy|KEGG\.REST|TogoWS|Application|SCOP|UniProt|\w+\.Applications|PDB\.PDBList)\b.* | polars\.(io|_utils|catalog|dataframe\.plotting)\b.*
    | torchrl\.(_utils|services|render|trainers\.algorithms)\b.* | super_gradients\.(training\.pipelines|common)\b.* | mne\.(io|datasets|realtime|report)\b.*
    | pymatgen\.(io|command_line|ext|cli)\b.* | (demucs|yolov5|basicsr)\.utils\.(download\w*|callbacks|loggers)\b.* | pymc\.sampling\b.* | optimum\.(commands|exporters)\b.*
    | torch\.utils\.data\.datapipes\.(dataframe|utils\.decoder)\b.* | transformers\.(agents|tools)\b.*
    | tianshou\.(env|highlevel)\b.* | d3rlpy\.(cli|logging)\b.* | tldextract\.(cache|remote|suffix_list)$ | imodels\.experimental\b.* | pykeen\.datasets\b.* | dgl\.(distributed|data)\b.*
""", re.VERBOSE)
# Slots of Python's own classes that are properties of others.
SLOTS_OF_PYTHON = {("xml.dom.minidom", "Element"): {"prefix"}}
# Classes that only say which package is missing.
STAND_INS = re.compile(r"\.dummy_\w+$")
ENUMS = re.compile(r"(enum\.)?(Enum|IntEnum|Flag|IntFlag|StrEnum|ReprEnum)")

# What loading calls of an object's class, and what a call of the class calls besides.
LOADING = "__new__ __setstate__ __del__ __getattr__ __getattribute__ __setattr__".split()
# Called with items of the pickle, or by the dict or set that an object is a key of. They get no state
# to run: these may do anything but what read_packages.RISKY_WORDS tells of, and call what they are given.
HOLDING = "__setitem__ __missing__ __hash__ __eq__ append extend add".split()
HOLDING_RISKS = read_packages.RISKY_WORDS - {"setattr", "__dict__", "vars", "delattr", "register", "walk", "call", "session"}
# Of these, what tells even in a method that such a method calls.
FURTHER_RISKS = frozenset("""
    eval exec open __import__ import_module system popen Popen subprocess check_output check_call pickle dill cloudpickle marshal
    joblib urlopen requests socket unlink rmtree memmap
""".split())
CALLING = ("__init__", "__post_init__", "_missing_")

# Looked at by hand: these methods are harmless although the rules above cannot tell.
#   (pattern of class, methods): why
REVIEWED = {
    # Hooks are the process's own; the rest sorts values into dicts.
    (r"torch\.nn\.modules\.module\.Module", "__setattr__ __getattr__ __setstate__ __delattr__ __init__"),
    # Runs text of its state, which the judge reads: run_text.h.
    (r"scipy\.stats\._distn_infrastructure\.rv_\w+", "__setstate__"),
    # Brings the attributes of older versions up to date.
    (r"torch\.nn\.modules\.\w+\.\w+", "__setstate__"),
    # Loads a booster from bytes; old ones, from the name of a model file at worst.
    (r"xgboost\.(sklearn\.XGBModel|core\.Booster)", "__setstate__"),
    (r"torch_geometric\.data\.(data|storage|hetero_data|batch|temporal|view)\.\w+", "__getattr__ __setattr__ __setstate__ __setitem__"),
    (r"(lightning\.pytorch|pytorch_lightning)\.(core|demos|utilities|callbacks|trainer|loggers)\..*", "__getattr__ __setattr__ __setstate__ __jit_unused_properties__"),
    (r"sentence_transformers\.model_card\.\w+", "__setattr__"),
    (r"formulaic\.(formula|utils\.structured|model_spec)\.\w+", "__getattr__ __setattr__ __new__"),
    # Wraps the class's own step().
    (r"torch\.optim\.optimizer\.Optimizer", "__setstate__"),
    (r"torch\.optim\.(\w+\.)?\w+", "__setstate__"),
    # Old five-tuples are taken for set_(); __torch_function__ is a listed class's.
    (r"torch\.(_tensor|tensor|_C)\.\w+", "*"),
    (r"torch\.nn\.parameter\.\w+", "*"),
    (r"torch\.storage\.\w+", "*"),
    (r"torch\.overrides\.\w+", "*"),
    # Attributes of a wrapped object, with a word of warning.
    (r"diffusers\.(configuration_utils\.ConfigMixin|models\.modeling_utils\.ModelMixin|pipelines\.pipeline_utils\.DiffusionPipeline|pipeline_utils\.DiffusionPipeline)",
     "__getattr__ __setattr__"),
    (r"transformers\.(file_utils|utils\.generic)\.ModelOutput", "__setattr__ __setitem__ __post_init__ __init_subclass__"),
    (r"diffusers\.utils\.outputs\.BaseOutput", "__setattr__ __setitem__"),
    (r"transformers\.tokenization_\w+\.(SpecialTokensMixin|PreTrainedTokenizer\w*|PreTrainedTokenizerBase|TokenizersBackend|PythonBackend)", "__setattr__ __getattr__"),
    (r"peft\..*", "__getattr__"),
    (r"(gym|gymnasium)\.(core|vector|experimental\.vector)\b.*", "__getattr__ __setattr__"),
    (r"statsmodels\.base\.wrapper\.ResultsWrapper", "__getattribute__"),
    (r"(fastai|fastcore)\..*", "__getattr__ __setattr__"),
    # Wraps the metric's own update() and compute(); compares by making another metric.
    (r"(torchmetrics|pytorch_lightning\.metrics)\..*", "__setstate__ __setattr__ __getattr__ __hash__ __eq__"),
    # Notes which arguments a layer was made with.
    (r"(keras|tf_keras)\..*\.(Layer|Operation|Metric|BaseOptimizer|KerasVariable|Loss)", "__new__ __setattr__ __eq__"),
    (r"PIL\.(\w+)\.\w+", "__eq__ __setstate__ __getattr__"),
    # Works out anew what its pattern of letters asks for.
    (r"einops\.layers\.\w+Mixin", "__setstate__"),
    # Chooses one of its own representations of the rows.
    (r"sympy\.polys\.matrices\.\w+\.(DomainMatrix|DDM|SDM|DFM)", "__new__ __init__"),
    # Array business throughout; pandas.io is not among them.
    (r"pandas\.(core|api|tseries|compat)\..*", "__new__ __setstate__ __eq__ __hash__ __getattr__ __setattr__ __setitem__ append add"),
    (r"scipy\.(interpolate|sparse|spatial|optimize|signal)\..*", "__setstate__ __new__"),
    (r"sklearn\.isotonic\.IsotonicRegression", "__setstate__"),
    # Runs a formula of its state, which the judge reads: run_text.h.
    (r"statsmodels\.base\.data\.\w+", "__setstate__"),
    (r"scipy\.sparse\..*", "__setitem__ __getattr__ __eq__"),
    (r"scipy\.sparse\.linalg\.(_)?interface\.LinearOperator", "__new__"),
    (r"monai\.transforms\.transform\.MapTransform", "__new__"),
    (r"numpy\.ma\.(core|mrecords)\.\w+", "__setstate__ __setattr__ __setitem__ __eq__ __new__ __getattribute__"),
    (r"numpy\.(matrixlib\.defmatrix|core\.records|_core\.records|core\.defchararray|_core\.defchararray|rec)\.\w+", "*"),
    (r"sklearn\.(base\.BaseEstimator|utils\.(_bunch\.)?Bunch|tree\._?tree\.\w+)", "__setstate__ __getattr__"),
    (r"omegaconf\.(base|basecontainer|dictconfig|listconfig|nodes)\.\w+", "__setattr__ __getattr__ __setitem__ __setstate__ __eq__ __hash__ append __getattribute__"),
    (r"(yacs\.config|addict\.addict|easydict|munch|box\.\w+|ml_collections\.config_dict\.config_dict)\.\w+", "__setattr__ __getattr__ __setitem__ __setstate__ __init__ __new__ append"),
    (r"pydantic\.(main|v1\.main)\.BaseModel", "__setattr__ __getattr__ __setstate__ __eq__"),
}

# Functions that honest objects keep in their attributes: metrics, activations, kernels, collators.
FUNCTION_MODULES = re.compile(r"""
    sklearn\.(metrics|feature_selection|preprocessing|neural_network|gaussian_process|decomposition|covariance|linear_model|cluster|kernel_approximation|feature_extraction)\b
    | sklearn\.utils\.(extmath|validation|_?mask|sparsefuncs|metaestimators)$
    | scipy\.(spatial\.distance|special|stats|signal|linalg|optimize|interpolate|fft|fftpack|integrate|ndimage)\b
    | numpy\.(linalg|fft|(core|_core)\.(fromnumeric|numeric|function_base|shape_base|_methods|multiarray|arrayprint)
      |lib\.(_?(function_base|arraysetops|nanfunctions|shape_base|twodim_base|ufunclike|type_check|index_tricks|stride_tricks|polynomial)(_impl)?))\b
    | torch\.(functional|nn\.(functional|init)|special|utils\.data\._utils\.collate|utils\.data\.(dataloader|_utils\.worker)|optim\.lr_scheduler)$
    | torch\.ao\.quantization\.(observer|fake_quantize|qconfig)$
    | transformers\.(activations|modeling_rope_utils|pytorch_utils|data\.data_collator|trainer_pt_utils|trainer_utils|optimization)$ | transformers\.models\.\w+\.modeling_\w+$
    | timm\.(layers|models)\b | torchvision\.(transforms|ops|models)\b | torchaudio\.(functional|transforms)\b | torchmetrics\.(functional|utilities|metric)\b
    | fastai\b | fastcore\b | ultralytics\.(nn|utils\.(ops|loss|tal|metrics))\b | pytorch_tabnet\b | segmentation_models_pytorch\b
    | nltk\.(tokenize|stem|metrics|util|probability)\b | gensim\.(parsing|utils|matutils|models)\b | spacy\.(lang|lexeme|util|attrs|tokens|pipeline|ml|training|lookups|vocab)\b | thinc\b
    | keras\.(?:\w+\.)*(activations|losses|metrics|initializers|regularizers|constraints|callbacks)\b | tf_keras\.(?:\w+\.)*(activations|losses|metrics|initializers)\b
    | xgboost\.(callback|sklearn|training|rabit)$ | lightgbm\.(callback|sklearn)$ | imblearn\b | category_encoders\b | feature_engine\b
    | statsmodels\.(genmod|tsa|regression|discrete|base|tools|stats|nonparametric)\b | patsy\b | hdbscan\b | umap\b | pynndescent\b | lifelines\b
    | speechbrain\.(nnet|processing|lobes|utils|dataio)\b | pyannote\b | monai\.(transforms|networks|losses|metrics)\b | torch_geometric\.(nn|data|transforms|utils)\b
    | sentence_transformers\.(util|losses|models)\b | datasets\.features\b | einops\b | open_clip\b | diffusers\.(models|training_utils|optimization)\b
    | stable_baselines3\.common\.(utils|type_aliases|policies|torch_layers|preprocessing)$ | gymnasium\.spaces\b | gym\.spaces\b | jax\.(nn|numpy)\b | jax\._src\.(nn|numpy)\b | flax\b | optax\b
    | (ema|denoising_diffusion|vit|vector_quantize)_pytorch\b | x_transformers\b | rotary_embedding_torch\b | pytorch_(optimizer|metric_learning|forecasting|widedeep)\b
    | kornia\b | gpytorch\b | botorch\b | pykeen\.(nn|losses|regularizers|models)\b | tsai\.(models|losses|metrics)\b | dgl\.nn\b | imodels\b | sksurv\b | sklego\b
    | skimage\.(feature|filters|transform|measure|metrics|exposure|color|morphology)\b | aeon\.(distances|transformations)\b | pyts\b | arch\b | copulas\b
    | shap\b | skorch\b | pytz\b | dateutil\b | TTS\b | nemo\.collections\b | allennlp\.(nn|modules|data|training)\b | bertopic\b | flair\b
""", re.VERBOSE)

# ---- The packages -------------------------------------------------------------------------------

# A wheel for any platform has the same sources; those for macOS are the smallest.
PLATFORMS = ("macosx_11_0_arm64 macosx_12_0_arm64 macosx_13_0_arm64 macosx_14_0_arm64 macosx_10_9_x86_64 macosx_10_12_x86_64 "
             "macosx_10_13_x86_64 macosx_10_14_x86_64 macosx_10_15_x86_64 macosx_10_6_intel macosx_11_0_universal2 "
             "macosx_10_9_universal2 macosx_10_13_universal2 macosx_11_0_x86_64 manylinux1_x86_64 manylinux2010_x86_64 "
             "manylinux2014_x86_64 manylinux_2_17_x86_64 manylinux_2_24_x86_64 manylinux_2_27_x86_64 manylinux_2_28_x86_64 "
             "linux_x86_64 any").split()
PYTHONS = ("3.8", "3.10", "3.12", "3.7", "3.6", "3.13")


def manifest():
    """(package, its top-level modules, versions) of every line."""
    for line in MANIFEST.read_text().splitlines():
        if line and not line.startswith("#"):
            package, modules, versions = re.fullmatch(r"(\S+)(?: \(([^)]*)\))?: (.*)", line).groups()
            yield package, (modules or package.replace("-", "_")).split(), versions.split()


def fetch(cache, package, version):
    folder = cache / f"{package}-{version}"
    if list(folder.glob("*.whl")):
        return
    for python in PYTHONS:
        command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:",
                   "--dest", str(folder), "--python-version", python, "--implementation", "cp", f"{package}=={version}"]
        for platform in PLATFORMS:
            command += ["--platform", platform]
        if not subprocess.run(command, check=False, capture_output=True).returncode:
            return
    sys.exit(f"make_policy: no wheel of {package} {version}")


def read(cache, package, tops, versions):
    """Keeps the facts about a package in a file, where an earlier run has not."""
    kept = cache / f"{package}.facts"
    signature = (read_packages.FORMAT, tops, versions)
    if kept.exists():
        with kept.open("rb") as file:
            if pickle.load(file) == signature:
                return
    seen, found = {}, []
    for version in versions:
        wheel = next((cache / f"{package}-{version}").glob("*.whl"))
        found.append(dict(read_packages.modules_of(wheel, tops, seen)))
    with kept.open("wb") as file:
        pickle.dump(signature, file)
        pickle.dump(found, file)


def facts_of(cache, package):
    """{module: ModuleFacts} of each version, the newest last."""
    with (cache / f"{package}.facts").open("rb") as file:
        pickle.load(file)
        return pickle.load(file)


# ---- Judging ------------------------------------------------------------------------------------

class Packages:
    """One version of a package, and the newest of every other."""

    def __init__(self, own, newest):
        self.own, self.newest, self.lines = own, newest, {}

    def module(self, name):
        return self.own.get(name) or self.newest.get(name)

    def find(self, module, name, depth=0):
        """(module, name) of where `name`, as `module` sees it, is defined; or the dotted name outside, and ""."""
        facts = self.module(module)
        if facts is None or depth > 12:
            return f"{module}.{name}" if module else name, ""
        if name in facts.classes or name in facts.functions:
            return module, name
        root, dot, rest = name.partition(".")
        if root in facts.imports:
            return self.find_path(facts.imports[root] + dot + rest, depth + 1)
        for star in facts.stars:
            found = self.find(star, name, depth + 1)
            if found[1]:
                return found
        if self.module(f"{module}.{root}") and rest:
            return self.find(f"{module}.{root}", rest, depth + 1)
        return name, ""

    def find_path(self, path, depth=0):
        parts = path.split(".")
        for length in range(len(parts) - 1, 0, -1):
            module = ".".join(parts[:length])
            if self.module(module):
                found = self.find(module, ".".join(parts[length:]), depth + 1)
                return found if found[1] else (path, "")
        return path, ""

    def line(self, module, name):
        """The class and all its bases, each once: [(module, name)]; a base that is not here is (dotted name, "")."""
        key = (module, name)
        if key in self.lines:
            return self.lines[key]
        self.lines[key] = [key]  # ends a circle
        line = [key]
        facts = self.module(module).classes[name]
        for base in facts.bases:
            found = self.find(module, base)
            if found == key:
                continue
            if found[1] and found[1] in (self.module(found[0]).classes):
                ancestors = self.line(*found)
            elif found[1]:
                ancestors = [(f"{found[0]}.{found[1]}", "")]
            else:
                ancestors = [found]
            line += [a for a in ancestors if a not in line]
        self.lines[key] = line
        return line

    def problems(self, module, name, methods):
        """What the methods of a class do that is not known to be harmless."""
        line, found = self.line(module, name), set()
        for at, base in line:
            if not base:
                if not BASES.fullmatch(at) and at.rpartition(".")[2] not in EXCEPTIONS:
                    found.add(f"base {at}")
                continue
            if self.module(at).compiled:
                continue
            for method in methods:
                function = self.module(at).classes[base].methods.get(method)
                if function and not reviewed(f"{at}.{base}", method):
                    found |= {f"{base}.{method} {what}" for what in self.doings(at, function, line, set())}
            for method in HOLDING:
                function = self.module(at).classes[base].methods.get(method)
                if function and not reviewed(f"{at}.{base}", method):
                    risks = HOLDING_RISKS & set(function.risks) | FURTHER_RISKS & self.risks(line, method, set())
                    found |= {f"{base}.{method} has {risk}" for risk in risks}
                    found |= {f"{base}.{method} calls {kind} {name}" for kind, name in function.calls if kind == "param"}
        return found

    def risks(self, line, method, seen):
        """The risky words of a method, and of those of its own object that it calls."""
        if method in seen or len(seen) > 20:
            return set()
        seen.add(method)
        found = set()
        for at, base in line:
            function = self.module(at).classes[base].methods.get(method) if base and not self.module(at).compiled else None
            if function and not reviewed(f"{at}.{base}", method):
                found |= set(function.risks)
                for kind, name in function.calls:
                    if kind == "self":
                        found |= self.risks(line, name, seen)
        return found

    def doings(self, module, function, line, seen):
        """What a function calls, at first or second hand, that is not known to be harmless."""
        if id(function) in seen or len(seen) > 60:
            return set()
        seen.add(id(function))
        found = set()
        for kind, name in function.calls:
            if kind == "name":
                found |= self.name_doings(module, name, seen)
            elif kind == "path":
                found |= self.path_doings(module, name, seen)
            elif kind in ("self", "super"):
                found |= self.method_doings(line, name, kind, seen)
            elif kind == "receiver":
                for at, base in line[:1]:
                    found |= self.class_doings(at, base, seen)
            elif kind == "getattr":
                continue  # looks; what comes of a call of it is a call of "other" or "local"
            elif kind == "method":
                if name not in METHODS:
                    found.add(f"calls .{name}()")
            else:
                found.add(f"calls {kind} {name}".rstrip())
        return found

    def method_doings(self, line, name, kind, seen):
        owners = [(at, base) for at, base in line if base and name in self.module(at).classes[base].methods]
        if not owners:
            known = name in METHODS or name.startswith("__") or kind == "super"
            return set() if known or any(base and self.module(at).compiled for at, base in line) else {f"calls self.{name}()"}
        found = set()
        for at, base in owners:
            if not reviewed(f"{at}.{base}", name):
                found |= self.doings(at, self.module(at).classes[base].methods[name], line, seen)
        return found

    def name_doings(self, module, name, seen):
        if name in BUILTINS or name in EXCEPTIONS:
            return set()
        return self.found_doings(self.find(module, name), name, seen)

    def path_doings(self, module, path, seen):
        root, _, rest = path.partition(".")
        facts = self.module(module)
        if facts and rest and root not in facts.imports and root not in facts.classes and root not in facts.functions:
            if path.rpartition(".")[2] in METHODS:
                return set()  # of a variable of the module
        origin = facts.imports.get(root) if facts else None
        whole = f"{origin}.{rest}" if origin and rest else origin or path
        if PATHS.fullmatch(whole) or PATHS.fullmatch(path):
            return set()
        return self.found_doings(self.find_path(whole) if origin else self.find(module, path), whole, seen)

    def found_doings(self, found, shown, seen):
        at, name = found
        if not name:
            last = at.rpartition(".")[2]
            return set() if PATHS.fullmatch(at) or BASES.fullmatch(at) or last in EXCEPTIONS else {f"calls {shown}()"}
        if PATHS.fullmatch(f"{at}.{name}"):
            return set()
        facts = self.module(at)
        if name in facts.classes:
            return self.class_doings(at, name, seen)
        if facts.compiled or reviewed(f"{at}.{name}", ""):
            return set()
        return self.doings(at, facts.functions[name], [], seen)

    def called_methods(self, module, name):
        """Methods that a class calls on itself when it is loaded, compared or changed: a state may replace them."""
        line, called = self.line(module, name), set()
        for method in LOADING + HOLDING:
            self.follow_receiver(line, method, called, set())
        return called

    def kept_methods(self, line):
        """Methods of a class that its objects, or those of its bases, keep in attributes, and that only compute."""
        own = [self.module(at).classes[base] for at, base in line if base]
        for method in sorted({name for facts in own for name in facts.kept}):
            owner = next((facts for facts in own if method in facts.methods), None)
            if owner is None or method in owner.decorated:
                continue
            function = owner.methods[method]
            if not function.risks and not any(kind == "param" for kind, _ in function.calls):
                yield method

    def attributes(self, module, name):
        """(properties that can be set, slots, whether its __setstate__ sets each) of a class and its bases."""
        setters, slots, each = set(), set(), False
        for at, base in self.line(module, name):
            if base:
                facts = self.module(at).classes[base]
                setters |= set(facts.setters)
                slots |= set(facts.slots)
                taker = facts.methods.get("__setstate__")
                each = each or (taker is not None and "setattr" in taker.risks)
        return setters, slots, each

    def follow_receiver(self, line, method, called, seen):
        owners = [(at, base) for at, base in line if base and method in self.module(at).classes[base].methods]
        for at, base in owners:
            function = self.module(at).classes[base].methods[method]
            if id(function) in seen or len(seen) > 60:
                continue
            seen.add(id(function))
            for kind, name in function.calls:
                if kind == "self" and any(base and name in self.module(at).classes[base].methods for at, base in line):
                    called.add(name)
                if kind in ("self", "super"):
                    self.follow_receiver(line, name, called, seen)

    def class_doings(self, at, name, seen):
        """What a call of a class does."""
        found, line = set(), self.line(at, name)
        for where, base in line:
            if not base:
                if not BASES.fullmatch(where) and where.rpartition(".")[2] not in EXCEPTIONS:
                    found.add(f"makes a {where}")
                continue
            for method in ("__new__", "__init__", "__post_init__"):
                function = self.module(where).classes[base].methods.get(method)
                if function and not reviewed(f"{where}.{base}", method):
                    found |= self.doings(where, function, line, seen)
        return found


def reviewed(dotted, method):
    return any(re.fullmatch(pattern, dotted) and (method in methods.split() or methods == "*")
               for (pattern, methods) in REVIEWED)


def is_enumeration(line):
    return any(not base and ENUMS.fullmatch(at) for at, base in line)


def is_exception(line):
    return any(not base and at.rpartition(".")[2] in EXCEPTIONS for at, base in line)


class Table:
    def __init__(self):
        self.called = set()  # methods that listed classes call on themselves while they are loaded
        self.setters = set()  # properties that can be set, of listed classes
        self.slots = {}     # (module, name) -> slots of a listed class
        self.set_each = {}  # (module, name) -> setters of one whose __setstate__ sets what is in a dict
        self.rows = {}      # (module, name) -> uses
        self.left_out = {}  # (module, name) -> why

    def add(self, module, name, use):
        self.rows.setdefault((module, name), set()).add(use)

    def judge(self, packages, module, facts):
        if (facts.compiled and COMPILED_LEFT_OUT.match(module)) or STAND_INS.search(module) or REACHING_OUT.fullmatch(module):
            return
        for name, function in facts.functions.items():
            if facts.compiled:
                self.add(module, name, "kCall")
            elif FUNCTION_MODULES.match(module) and not function.risks and not name.startswith("__"):
                if not any(kind in ("param", "getattr", "receiver") for kind, _ in function.calls):
                    for shown in {module, shown_module(module, facts.shown_in.get(name))}:
                        self.add(shown, name, "kInstantiate")
        for name, found in facts.classes.items():
            self.judge_class(packages, module, name, found)

    def judge_class(self, packages, module, name, facts):
        line = packages.line(module, name)
        at = facts.shown_in or module
        problems = packages.problems(module, name, LOADING)
        if problems:
            self.left_out[at, name] = problems
            return
        self.called |= packages.called_methods(module, name)
        setters, slots, each = packages.attributes(module, name)
        self.setters |= setters
        for where in {at, module}:
            if slots:
                self.slots.setdefault((where, name), set()).update(slots)
            if each and setters - slots:
                self.set_each.setdefault((where, name), set()).update(setters - slots)
        if facts.shown_in:
            self.add(module, name, instantiated(name))
        use = instantiated(name)
        callers = [(where, base, packages.module(where).classes[base].methods[method]) for where, base in line if base
                   for method in ("__reduce__", "__reduce_ex__") if method in packages.module(where).classes[base].methods]
        called = is_enumeration(line) or is_exception(line) or facts.reduces or any(not b and CALLED.fullmatch(a) for a, b in line)
        for method in packages.kept_methods(line):
            self.add(at, f"{name}.{method}", "kInstantiate")
        for where, base, function in callers:
            for kind, head in function.returns:
                if kind == "receiver" or (kind == "name" and packages.find(where, head) == (where, base)):
                    called = True
                elif kind in ("name", "path"):
                    self.judge_rebuilder(packages, where, head)
                elif kind == "self" and head != "__class__":
                    self.judge_constructor(packages, module, name, line, head)
        if called:
            problems = packages.problems(module, name, CALLING)
            if problems:
                self.left_out[at, name + " (called)"] = problems
            else:
                use = "kEither"
        self.add(at, name, use)

    def judge_rebuilder(self, packages, module, name):
        """A function that a __reduce__ names."""
        at, found = packages.find(module, name) if "." not in name else packages.find_path(name)
        if not found or found not in packages.module(at).functions or packages.module(at).compiled:
            return
        problems = packages.doings(at, packages.module(at).functions[found], [], set())
        if problems:
            self.left_out[at, found + "()"] = problems
        else:
            self.add(at, found, "kCall")

    def judge_constructor(self, packages, module, name, line, method):
        """A method of the class that its __reduce__ names: protocol 4 writes Class.method."""
        problems = packages.method_doings(line, method, "self", set())
        if problems:
            self.left_out[module, f"{name}.{method}()"] = problems
        else:
            self.add(module, f"{name}.{method}", "kCall")


    def drop_what_any_version_left_out(self):
        for module, name in self.left_out:
            if name.endswith(" (called)"):
                uses = self.rows.get((module, name.partition(" ")[0]))
                if uses and "kEither" in uses:
                    uses.discard("kEither")
                    uses.add(instantiated(name.partition(" ")[0]))
            else:
                self.rows.pop((module, name.removesuffix("()")), None)


def instantiated(name):
    """The use of a class of this name that may be instantiated."""
    return "kInstantiate" if name.rpartition(".")[2].lstrip("_")[:1].isupper() else "kSmallClass"


def shown_module(module, said):
    """NumPy's functions say that they are in numpy, whatever file they are in."""
    if said:
        return said
    if re.match(r"numpy\.(core|_core|lib)\.", module):
        return "numpy"
    return "numpy.linalg" if module.startswith("numpy.linalg.") else "numpy.fft" if module.startswith("numpy.fft.") else module


# ---- Writing ------------------------------------------------------------------------------------

SECTION_BYTES = 60_000  # compilers need not take longer texts than 65,536 bytes


def sections(rows):
    """Runs of rows of one top-level package, each short enough, no module in two of them."""
    run, size = [], 0
    for module, of_module in itertools.groupby(rows, key=lambda row: row[0]):
        of_module = list(of_module)
        more = sum(len(module) + len(names) + 4 for _, _, names in of_module)
        if run and (run[-1][0].partition(".")[0] != module.partition(".")[0] or size + more > SECTION_BYTES):
            yield run
            run, size = [], 0
        run += of_module
        size += more
    if run:
        yield run


def write(table, versions):
    grouped = {}
    for (module, name), uses in table.rows.items():
        use = next(iter(uses)) if len(uses) == 1 else "kEither" if uses & {"kCall", "kEither"} else "kInstantiate"
        grouped.setdefault((module, use), set()).add(name)
    rows = [(module, use, line) for (module, use), names in sorted(grouped.items())
            for line in textwrap.wrap(" ".join(sorted(names)), 100, break_long_words=False, break_on_hyphens=False)]
    lines = ["// Classes and functions of libraries: written by make_policy.py, not by hand.",
             "//",
             "// LISTED(use, module, \"names\")     uses: listed_names.def",
             "// SECTION(first module, rows)      rows sorted by module; listed_classes.h",
             ""]
    last = ""
    for run in sections(rows):
        top = run[0][0].partition(".")[0]
        if top != last:
            lines += [f"// {top}: {origin}" for origin in versions[top]]
        last = top
        lines.append(f'SECTION("{run[0][0]}",')
        lines += [f'LISTED({use}, "{module}", "{names}")' for module, use, names in run]
        lines.append(")")
    TABLE.write_text("\n".join(lines) + "\n")


def write_called(names):
    names = sorted(name for name in names if re.fullmatch(r"[A-Za-z]\w*|_[A-Za-z]\w*", name))
    lines = ["// Methods that listed classes call on themselves while they are loaded: written by make_policy.py, not by hand.",
             "//",
             '// CALLED("names")',
             ""]
    lines += [f'CALLED("{line}")' for line in textwrap.wrap(" ".join(names), 110, break_long_words=False, break_on_hyphens=False)]
    CALLED_METHODS.write_text("\n".join(lines) + "\n")


def write_setters(table):
    lines = ["// Attributes that run code of a listed class when they are set: written by make_policy.py, not by hand.",
             "//",
             '// SETTERS("names")                     properties that some class lets be set',
             '// SLOTS("module", "class", "names")    the class has slots, these properties among them; "*": not known which',
             '// SET_EACH("module", "class", "names") the class has these properties, and sets each key of a dict that is its state',
             ""]
    wanted = table.setters | {"*"}
    lines += [f'SETTERS("{line}")' for line in textwrap.wrap(" ".join(sorted(table.setters)), 110, break_long_words=False, break_on_hyphens=False)]
    for macro, rows in (("SLOTS", table.slots | SLOTS_OF_PYTHON), ("SET_EACH", table.set_each)):
        for (module, name), names in sorted(rows.items()):
            if macro == "SET_EACH" and module.startswith("pandas."):
                continue  # its states have names, offsets and zones as the setters take them
            listed = (module, name) in table.rows or (module, name) in SLOTS_OF_PYTHON
            if (names & wanted or macro == "SLOTS") and listed:
                lines.append(f'{macro}("{module}", "{name}", "{" ".join(sorted(names & wanted))}")')
    SETTERS.write_text("\n".join(lines) + "\n")


NEWEST = {}  # module -> ModuleFacts, of the newest version of every package


def judge(cache, package):
    table = Table()
    for modules in facts_of(cache, package):
        here = Packages(modules, NEWEST)
        for module, facts in modules.items():
            table.judge(here, module, facts)
    return table


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("fetch", "write", "review"):
        sys.exit(__doc__)
    verb, cache, only = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    packages = list(manifest())
    if verb == "fetch":
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            list(pool.map(lambda one: fetch(cache, *one), [(p, v) for p, _, versions in packages for v in versions]))
        return
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        list(pool.map(read, *zip(*[(cache, *one) for one in packages])))
    newest, versions = {}, {}
    for package, tops, read_of in packages:
        for top in tops:
            versions.setdefault(top.partition(".")[0], []).append(f"{package} {' '.join(read_of)}")
        newest.update(facts_of(cache, package)[-1])
    NEWEST.update(newest)
    table = Table()
    with concurrent.futures.ProcessPoolExecutor(3, multiprocessing.get_context("fork")) as pool:
        judged = [package for package, _, _ in packages if verb == "write" or not only or package in only]
        for found in pool.map(judge, [cache] * len(judged), judged):
            for key, uses in found.rows.items():
                table.rows.setdefault(key, set()).update(uses)
            for kept, more in ((table.slots, found.slots), (table.set_each, found.set_each)):
                for key, names in more.items():
                    kept.setdefault(key, set()).update(names)
            table.left_out.update(found.left_out)
            table.called |= found.called
            table.setters |= found.setters
    table.drop_what_any_version_left_out()
    if verb == "write":
        write(table, versions)
        write_called(table.called)
        write_setters(table)
    for (module, name), problems in sorted(table.left_out.items()):
        if verb == "review" and (module, name) not in table.rows:
            print(f"{module}.{name}: {'; '.join(sorted(problems)[:4])}")
    print(f"make_policy: {len(table.rows)} names listed, {len(table.left_out)} left out", file=sys.stderr)


if __name__ == "__main__":
    main()
