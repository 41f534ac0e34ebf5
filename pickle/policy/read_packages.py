"""Reads Python packages without importing them: what their modules define, and what that calls.

A wheel becomes a list of modules; a module (ModuleFacts) has classes, functions and the names it
imports; a function (FunctionFacts) has what it calls. Python sources are parsed. Of compiled
modules the names of their types are read, which stand in the file as text.
"""
import ast
import hashlib
import re
import zipfile
from typing import NamedTuple


FORMAT = 8  # of the facts below: kept facts of another format are read anew


class FunctionFacts(NamedTuple):
    parameters: tuple  # names, the first one first
    calls: tuple       # what it calls: see CallReader
    risks: tuple       # of RISKY_WORDS, those that are in it
    returns: tuple     # heads of the tuples it returns, as calls: what __reduce__ names


class ClassFacts(NamedTuple):
    bases: tuple     # as written: "Module", "nn.Module"
    methods: dict    # name -> FunctionFacts
    keywords: tuple  # metaclass= and the like
    shown_in: str    # the module that a decorator says it is in, or ""
    kept: tuple = ()  # attributes of self that other attributes keep: as functions, where they are methods
    reduces: bool = False  # a compiled type with a __reduce__ of its own
    setters: tuple = ()  # properties that can be set
    slots: tuple = ()    # of __slots__; "*" when they are not written out
    decorated: tuple = ()  # methods that need not be functions: properties and the like


# In the body of a function, a sign that a call of it does more than compute.
RISKY_WORDS = frozenset("""
    eval exec compile open __import__ import_module resolve_name system popen Popen subprocess run check_output check_call
    call spawn fork execv kill load loads load_module dump dumps save savez savetxt loadtxt genfromtxt fromfile tofile memmap
    pickle dill cloudpickle marshal joblib yaml read_csv read_json read_pickle to_csv to_pickle to_json to_file urlopen urlretrieve
    urllib requests session socket connect download hf_hub_download cached_path snapshot_download from_pretrained
    load_state_dict_from_url hub remove unlink rmdir rmtree rename makedirs mkdir write writelines writestr extractall shutil
    tempfile glob walk listdir environ putenv ctypes cdll CDLL LoadLibrary load_library setattr delattr globals locals vars
    __dict__ __globals__ __code__ __subclasses__ attrgetter methodcaller FunctionType CodeType apply_async starmap Pool
    Process Thread Parallel delayed register atexit signal exit _exit input breakpoint set_trace
""".split())


class ModuleFacts(NamedTuple):
    imports: dict    # local name -> dotted name
    stars: tuple     # modules whose names are all imported
    classes: dict    # qualified name -> ClassFacts
    functions: dict  # name -> FunctionFacts
    shown_in: dict   # name of a function -> the module that a decorator says it is in
    compiled: bool


# Parts of packages that no pickle comes from, or that are copies of other packages.
LEFT_OUT = re.compile(
    r"(^|\.)(tests?|testing|_testing|conftest|setup|benchmarks?|examples?|docs?|_vendor|vendor|externals|third_party|"
    r"_private_tests|test_\w+|\w+_test|__main__|_mocking|estimator_checks|cli|commands|scripts|pkgs)(\.|$)")


def dotted(node):
    """"a.b.c" of an expression made of names and attributes only; None for others."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return None
    return ".".join([node.id, *reversed(parts)])


# object.register_hook(f) and the like: what is given is kept.
KEEPING_CALL = re.compile(r"(\.|^)_*(register|append|add|subscribe|connect|insert|attach|setattr)\w*$")


class CallReader:
    """What a function calls, each call as a kind and a name:

    name f()           param f(), where f is a parameter       local f(), where f is a variable
    self self.f()      super super().f()                       path a.b.f(), where a is a global name
    method x.f()       other (...)()                           getattr of a name that is computed
    """

    def __init__(self, function):
        arguments = function.args
        self.parameters = [a.arg for a in arguments.posonlyargs + arguments.args]
        self.receiver = self.parameters[0] if self.parameters else None
        self.named = set(self.parameters) | {a.arg for a in arguments.kwonlyargs}
        for rest in (arguments.vararg, arguments.kwarg):
            if rest:
                self.named.add(rest.arg)
        self.locals, self.inner, self.imports = set(), set(), {}
        self.calls, self.words, self.returns, self.kept = set(), set(), set(), set()
        nodes = list(ast.walk(ast.Module(function.body, [])))
        for node in nodes:
            if isinstance(node, ast.Name):
                self.words.add(node.id)
                if isinstance(node.ctx, ast.Store):
                    self.locals.add(node.id)
            elif isinstance(node, ast.Attribute):
                self.words.add(node.attr)
            elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                self.inner.add(node.name)
            elif isinstance(node, (ast.Import, ast.ImportFrom)):
                for alias in node.names:
                    origin = f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) and node.module else alias.name
                    self.imports[(alias.asname or alias.name).split(".")[0] if not alias.asname else alias.asname] = origin
                    self.words.add(alias.name)
        for node in nodes:
            if isinstance(node, ast.Call):
                self.read_call(node)
            elif isinstance(node, ast.Return):
                self.read_return(node)
            elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and self.keeps_arguments(node.value.func):
                for argument in node.value.args + [keyword.value for keyword in node.value.keywords]:
                    self.read_kept(argument)
            elif isinstance(node, ast.Assign):
                kept = any(isinstance(t, (ast.Attribute, ast.Subscript)) for t in node.targets)
                if kept or isinstance(node.value, ast.Attribute):
                    self.read_kept(node.value)
            elif isinstance(node, ast.Dict):
                self.read_kept(node)

    def keeps_arguments(self, function):
        if KEEPING_CALL.search(dotted(function) or ""):
            return True
        return self.named_call(function) == ("super", "__init__")

    def read_kept(self, value):
        """Attributes of the receiver that are put into an attribute as they are, in a container, a partial or an object."""
        if isinstance(value, ast.Attribute):
            if isinstance(value.value, ast.Name) and value.value.id == self.receiver:
                self.kept.add(value.attr)
            return
        parts = []
        if isinstance(value, ast.Dict):
            parts = value.values
        elif isinstance(value, (ast.List, ast.Tuple, ast.Set)):
            parts = value.elts
        elif isinstance(value, ast.IfExp):
            parts = [value.body, value.orelse]
        elif isinstance(value, ast.BoolOp):
            parts = value.values
        elif isinstance(value, ast.Call):
            maker = (dotted(value.func) or "").rpartition(".")[2]
            if maker in ("partial", "vectorize") or maker[:1].isupper():
                parts = value.args + [keyword.value for keyword in value.keywords]
        for part in parts:
            self.read_kept(part)

    def named_call(self, function):
        if isinstance(function, ast.Name):
            name = function.id
            if name in self.inner:
                return None
            if name in self.imports:
                return "path", self.imports[name]
            if name in self.locals:
                return "local", name
            if name in self.named:
                return ("receiver", "") if name == self.receiver else ("param", name)
            return "name", name
        if isinstance(function, ast.Attribute):
            owner = function.value
            if isinstance(owner, ast.Name) and owner.id == self.receiver:
                return "self", function.attr
            if isinstance(owner, ast.Call) and isinstance(owner.func, ast.Name) and owner.func.id == "super":
                return "super", function.attr
            path = dotted(function)
            if path:
                root = path.partition(".")[0]
                if root in self.imports:
                    return "path", self.imports[root] + path[len(root):]
                if root not in self.locals and root not in self.named:
                    return "path", path
            return "method", function.attr
        if isinstance(function, ast.Call) and isinstance(function.func, ast.Name) and function.func.id == "type":
            return "receiver", ""
        return "other", ""

    def read_call(self, node):
        call = self.named_call(node.func)
        if call == ("name", "getattr") and not (len(node.args) > 1 and isinstance(node.args[1], ast.Constant)):
            call = ("getattr", "")
        elif call == ("name", "type") and len(node.args) > 1:
            call = ("name", "type()")
        if call:
            self.calls.add(call)

    def read_return(self, node):
        if isinstance(node.value, ast.Tuple) and node.value.elts:
            head = node.value.elts[0]
            if dotted(head) == f"{self.receiver}.__class__":
                self.returns.add(("receiver", ""))
            else:
                self.returns.add(self.named_call(head) or ("other", ""))

    def facts(self):
        return FunctionFacts(tuple(self.parameters), tuple(sorted(self.calls)), tuple(sorted(self.words & RISKY_WORDS)),
                             tuple(sorted(self.returns)))


def statements(body):
    """The statements of a module or class, those under if, try and with among them."""
    for node in body:
        yield node
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            yield from statements(node.body)
            yield from statements(getattr(node, "orelse", []))
            for handler in getattr(node, "handlers", []):
                yield from statements(handler.body)


def slot_names(value):
    """The names in what is assigned to __slots__."""
    try:
        names = ast.literal_eval(value)
    except ValueError:
        return {"*"}
    names = names.split() if isinstance(names, str) else names
    return {name for name in names if isinstance(name, str)}


def is_settable_property(value):
    """property(get, set), or property(fset=set)."""
    if not isinstance(value, ast.Call) or dotted(value.func) != "property":
        return False
    return len(value.args) > 1 or any(keyword.arg == "fset" for keyword in value.keywords)


MADE_BY_CALL = {"namedtuple": "tuple", "NamedTuple": "tuple", "_make_tuple_bunch": "tuple", "Enum": "Enum", "IntEnum": "IntEnum", "Flag": "Flag"}


def set_module(node):
    """The module that @set_module("numpy") or the like puts a class or function into, or ""."""
    for decorator in node.decorator_list:
        if isinstance(decorator, ast.Call):
            name = (dotted(decorator.func) or "").rpartition(".")[2]
            values = [k.value for k in decorator.keywords if k.arg == "module"] + (decorator.args[:1] if name == "set_module" else [])
            if values and isinstance(values[0], ast.Constant) and isinstance(values[0].value, str):
                return values[0].value
    return ""


def read_source(module, is_package, source):
    imports, stars, classes, functions, shown_in = {}, set(), {}, {}, {}
    package = module.split(".") if is_package else module.split(".")[:-1]

    def origin(node):
        if not node.level:
            return node.module or ""
        base = package[: len(package) - node.level + 1]
        return ".".join(base + ([node.module] if node.module else []))

    def read_class(node, prefix):
        methods, keywords, properties, kept, setters, slots = {}, [], set(), set(), set(), set()
        for inner in statements(node.body):
            if isinstance(inner, (ast.FunctionDef, ast.AsyncFunctionDef)):
                reader = CallReader(inner)
                methods[inner.name] = reader.facts()
                kept |= reader.kept
                if inner.decorator_list:
                    properties.add(inner.name)
                if any((dotted(decorator) or "").endswith(".setter") for decorator in inner.decorator_list):
                    setters.add(inner.name)
            elif isinstance(inner, ast.ClassDef):
                read_class(inner, f"{prefix}{node.name}.")
            elif isinstance(inner, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "__slots__" for t in inner.targets):
                slots |= slot_names(inner.value)
            elif isinstance(inner, ast.Assign) and is_settable_property(inner.value):
                setters |= {target.id for target in inner.targets if isinstance(target, ast.Name)}
            elif isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name):
                for target in inner.targets:  # __setitem__ = other_method
                    if isinstance(target, ast.Name) and inner.value.id in methods:
                        methods[target.id] = methods[inner.value.id]
        for keyword in node.keywords:
            keywords.append((keyword.arg or "", dotted(keyword.value) or "?"))
        bases = tuple(dotted(b.value if isinstance(b, ast.Subscript) else b) or made_base(b) for b in node.bases)
        classes[prefix + node.name] = ClassFacts(bases, methods, tuple(keywords), set_module(node),
                                                 tuple(sorted(kept)), False, tuple(sorted(setters)), tuple(sorted(slots)),
                                                 tuple(sorted(properties)))

    def made_base(node):
        if isinstance(node, ast.Call):
            name = (dotted(node.func) or "").rpartition(".")[2]
            if name in MADE_BY_CALL:
                return MADE_BY_CALL[name]
            if name == "with_metaclass" and node.args:
                return dotted(node.args[-1]) or "?"
        return "?"

    for node in statements(ast.parse(source).body):
        if isinstance(node, ast.ClassDef):
            read_class(node, "")
        elif isinstance(node, ast.FunctionDef):
            functions[node.name] = CallReader(node).facts()
            if set_module(node):
                shown_in[node.name] = set_module(node)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                imports[alias.asname or alias.name.split(".")[0]] = alias.name if alias.asname else alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                if alias.name == "*":
                    stars.add(origin(node))
                else:
                    imports[alias.asname or alias.name] = f"{origin(node)}.{alias.name}"
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and node.value.args:
            made = MADE_BY_CALL.get((dotted(node.value.func) or "").rpartition(".")[2])
            named = node.value.args[0]
            if made and isinstance(named, ast.Constant) and isinstance(named.value, str) and named.value.isidentifier():
                classes.setdefault(named.value, ClassFacts((made,), {}, (), ""))
    return ModuleFacts(imports, tuple(sorted(stars)), classes, functions, shown_in, False)


NO_CALLS = FunctionFacts((), (), (), ())
OF_A_TYPE = re.compile(r"\.(__cinit__|__init__|__new__|__reduce__|__reduce_cython__|__setstate__|__setstate_cython__|__getstate__|\w+\.__get__)$")


def read_compiled(module, contents):
    """Types and unpickling functions of a compiled module: their full names stand in it as text."""
    pattern = re.compile(rb"\0" + re.escape(module.encode()) + rb"\.([A-Za-z_][\w.]{0,120})(?=\0)")
    names = {match.decode() for match in pattern.findall(contents)}
    types = {name.partition(".")[0] for name in names if OF_A_TYPE.search("." + name)}
    types |= {name for name in names if name.isidentifier() and name[0].isupper()}
    types -= {"Enum"}
    functions = {name: NO_CALLS for name in names if name.startswith("__pyx_unpickle_") and name != "__pyx_unpickle_Enum"}
    classes = {name: ClassFacts((), {}, (), "", (), f"{name}.__reduce__" in names) for name in types if name.isidentifier()}
    return ModuleFacts({}, (), classes, functions, {}, True)


def modules_of(wheel, tops, cache):
    """(module name, ModuleFacts) of everything in a wheel under the packages `tops`."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            path, dot, suffix = name.partition(".")
            if name.endswith(".py"):
                module, is_package = name[:-3].replace("/", "."), False
                if module.endswith(".__init__"):
                    module, is_package = module[: -len(".__init__")], True
            elif suffix.endswith(("so", "pyd")) and dot:
                module, is_package = path.replace("/", "."), False
            else:
                continue
            if not any(module == top or module.startswith(top + ".") for top in tops) or LEFT_OUT.search(module):
                continue
            contents = archive.read(name)
            key = (module, hashlib.sha1(contents).digest())
            if key not in cache:
                try:
                    cache[key] = (read_source(module, is_package, contents) if name.endswith(".py")
                                  else read_compiled(module, contents))
                except (SyntaxError, ValueError, RecursionError):  # Python 2, or a template
                    cache[key] = None
            if cache[key]:
                yield module, cache[key]
