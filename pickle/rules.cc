#include "pickle/rules.h"

#include <array>

namespace counterscan::pickle {
namespace {

constexpr auto kRules = std::to_array<Rule>({
    // What a name gives to whoever wrote the pickle.
    {"PKL-101", Level::kUnsafe, "runs programs",
     "Loading this file can start a program on this machine. No model needs that. Do not load it."},
    {"PKL-102", Level::kUnsafe, "runs text as code",
     "Loading this file can run text it carries as Python. Do not load it."},
    {"PKL-103", Level::kUnsafe, "imports or installs further code",
     "Loading this file can import a module or native library of its choice. Do not load it."},
    {"PKL-104", Level::kUnsafe, "reaches or calls something chosen at run time",
     "The file gets at functions by a detour that hides which ones, or hands a function to "
     "something that calls it."},
    {"PKL-105", Level::kUnsafe, "unpickles something else",
     "A second pickle is loaded from inside this one, out of sight of whoever checks the first."},
    {"PKL-106", Level::kUnsafe, "reaches the network",
     "Loading this file can open a connection: to fetch code, or to send data away."},
    {"PKL-107", Level::kUnsafe, "reads or writes files",
     "Loading this file can read, write or delete files with the rights of whoever loads it."},
    {"PKL-108", Level::kUnsafe, "reaches into the interpreter or the operating system",
     "The file gets at the interpreter's own state, from which everything else can be reached."},
    {"PKL-109", Level::kUnsafe, "tampers with a scanner",
     "The file names the code of a model scanner, which no model has a reason to do."},
    {"PKL-110", Level::kUnsafe, "carries code",
     "The file holds compiled Python code that loading it turns into functions."},
    {"PKL-111", Level::kUnsafe, "changes how other pickles are read",
     "The file changes a registry that decides what names in later pickles mean."},
    {"PKL-112", Level::kUnsafe, "a dotted name leads elsewhere",
     "The name walks through attributes of a harmless module to reach another module or the "
     "interpreter."},
    {"PKL-113", Level::kUnsafe, "unpacks or decodes hidden content",
     "Names, programs and further pickles can be hidden in encoded or compressed constants. No "
     "pickler writes its data in this way."},
    {"PKL-114", Level::kUnsafe, "names something dangerous by way of another module",
     "Modules hold what they import, so the same function or module has many names. No pickler "
     "uses "
     "these."},
    // How the pickle is built.
    {"PKL-201", Level::kUnsafe, "a name is built at run time",
     "What is imported depends on a value that only exists while the file is loaded: made to hide "
     "it. Picklers always write names as they are."},
    {"PKL-202", Level::kUnsafe, "an instruction crosses the end of its frame",
     "Python's readers disagree about what such bytes mean, so one of them sees another program. "
     "No pickler writes this."},
    {"PKL-203", Level::kUnsafe, "a frame begins inside another",
     "Python's readers disagree about what such bytes mean. No pickler writes this."},
    {"PKL-204", Level::kUnsafe, "an object's state replaces its special methods",
     "Setting such a state can make the next step of loading call a function of the file's "
     "choice: in the place of a special method, or of one that the class calls while it is "
     "loaded."},
    {"PKL-205", Level::kUnsafe, "changes an imported object",
     "The file writes into a module, class or function of the loading program."},
    {"PKL-206", Level::kSuspicious, "calls something that is not a plain import",
     "The function called, or given to something that may call it, is itself computed while "
     "loading: a method of an object, a partial. Picklers call what they import."},
    {"PKL-207", Level::kSuspicious, "an extension code nobody registered",
     "The name behind the code is known to the loading program only."},
    {"PKL-208", Level::kSuspicious, "a name that no program has",
     "Blanks, control characters or thousands of letters in a name are there to mislead a reader."},
    {"PKL-209", Level::kSuspicious, "instructions the declared protocol does not have",
     "Picklers never mix protocols, nor declare one twice; hand-made files do."},
    {"PKL-210", Level::kSuspicious, "numbers written as no pickler writes them",
     "Signs, blanks or hidden bytes in a memo index make readers disagree."},
    {"PKL-211", Level::kSuspicious, "a pickle after junk",
     "A pickle follows bytes that belong to none: reachable by a program that seeks, hidden from "
     "one that stops at the first error."},
    {"PKL-212", Level::kUnsafe, "array bytes are a program for another loader",
     "joblib takes these bytes as an array, a plain unpickler carries them out."},
    {"PKL-213", Level::kSuspicious, "an object's state has keys computed while loading",
     "Which attributes are set cannot be known before the file is loaded."},
    {"PKL-214", Level::kUnsafe, "calls what was found at run time",
     "The function called was fetched by another one, by a name or path that the file gives it, so "
     "that it is not seen among the imports."},
    {"PKL-215", Level::kSuspicious, "an instruction that only some readers carry out",
     "One of Python's readers goes on where another fails. No pickler writes this."},
    {"PKL-216", Level::kCaution, "several pickles mean something else with one memo",
     "A program that reads all the pickles of this file with one Unpickler finds other values in "
     "its "
     "memo than one that takes an Unpickler for each, and imports other names."},
    {"PKL-218", Level::kSuspicious, "puts items into an object as no pickler does",
     "Items are stored after the object's state was set, in a tensor, or in what a function "
     "returned and may have been given: what is changed can be something else than it seems."},
    {"PKL-219", Level::kSuspicious, "asks the loader for an object by a key of its own",
     "Which object comes back is known to the loading program only. Of model files only torch's "
     "have such keys, and these are not torch's."},
    {"PKL-220", Level::kSuspicious, "a tensor reaches beyond its storage",
     "torch writes no such tensor. Loaders that do not check read or overwrite memory."},
    {"PKL-221", Level::kUnsafe, "an array of a size that cannot be known",
     "joblib reads so many bytes here as are computed while loading. Whatever it goes on with is "
     "hidden from who looks at the file. No pickler writes this."},
    {"PKL-222", Level::kSuspicious, "sets the state of an object twice",
     "For the second state the loader asks the object for its __setstate__, and some classes look "
     "for it in the first. Picklers set a state once."},
    {"PKL-223", Level::kSuspicious, "sets an attribute that runs code",
     "The attribute is a property of its class, and what the class does when it is set was written "
     "for other values. Picklers write what an object keeps, which is no property."},
    {"PKL-224", Level::kUnsafe, "a NumPy type that denies its objects",
     "NumPy takes bytes of the file for the addresses of objects: whoever loads or reads the array "
     "crashes, or does what was prepared for it. No NumPy writes such a type."},
    // Names on no list.
    {"PKL-301", Level::kCaution, "creates an object of a class on no list",
     "The class comes from a package that no list covers. Loading runs that package's code: know "
     "where it comes from."},
    {"PKL-302", Level::kSuspicious, "uses a name on no list",
     "The name is called, or handed to something that may call it. Look it up before loading."},
    {"PKL-303", Level::kSuspicious, "uses a name that its package's list does not have",
     "The package is covered by a list of what honest files use, and this name is not on it."},
    {"PKL-304", Level::kSuspicious, "uses a listed name in an unlisted way",
     "The name is harmless in the way picklers use it. Here it is used differently: called, given "
     "to something that may call it, or bound to more than settings."},
    {kDeniedByUser, Level::kUnsafe, "a name that your policy denies",
     "A row of --policy or --deny-import speaks against this name, at the level that it gives. The "
     "message has the row and its reason."},
    {"PKL-306", Level::kCaution, "mentions a name on no list",
     "The name is kept in the object and not called. Importing it runs its package's modules: know "
     "where that comes from."},
});

}  // namespace

std::span<const Rule> Rules() { return kRules; }

const Rule* FindRule(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (rule.id == id) return &rule;
  }
  return nullptr;
}

}  // namespace counterscan::pickle
