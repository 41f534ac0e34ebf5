// Policy: what is known of a (module, name), from tables of data.
//
//   denied_names.def    names no honest file uses, by module
//   denied_anywhere.def names that are dangerous in whatever module
//   listed_names.def    names honest files use, and how (listed_classes.h: generated ones)
//   judged_names.def    names that depend on what they are given
//   covered_packages.def packages whose honest names are all listed
//
// Which level a name has in the end also depends on how the pickle uses it: judge.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace counterscan::pickle {

enum class Standing : std::uint8_t {
  kListed,
  kUnlisted,         // on no list, from a package no list covers
  kUnlistedCovered,  // on no list, from a package that is covered
  kDenied,
};

// What a name is listed for. kSmallClass is kInstantiate for a class whose name begins with a small
// letter: other names of that kind are functions, which may be kept and no more.
enum class Use : std::uint8_t { kInstantiate, kSmallClass, kCall, kEither };

// The use of a name that is listed twice.
Use BothUses(Use a, Use b);

enum class Behaviour : std::uint8_t {
  kPlain,
  kGetattr,         // getattr(global, "constant") is the dotted name; anything else is denied
  kNamesPair,       // f("module", "name") is that name, as numpy writes its functions
  kOpensFile,       // a class that opens a file when it is created with arguments
  kShared,          // returns an object of the loading program, not a new one
  kSetsState,       // the fourth argument becomes the state of what it makes
  kTypeOf,          // type(x) is harmless, type(name, bases, dict) makes a class
  kCallsFirst,      // calls its first argument
  kCallsArguments,  // may call any of its arguments
  kMakesFirst,      // creates an object of the class that is its first argument
  kEncodes,         // _codecs.encode: how bytes are written for Python 2
  kDtype,           // numpy.dtype: its arguments tell the size of an array's items
  kLoader,          // unpickles its first argument
  kExcusedLoader,   // the same; harmless when the argument is constant and harmless
  kTensor,          // torch's _rebuild_tensor: its bounds are checked
  kIterates,        // iter(list) is harmless, iter(function, sentinel) calls
  kLoadsFifth,      // unpickles its fifth argument, however harmless the rest is
  kLoadsSecond,     // the same of the second
  kRebuildsArray,   // jax: calls its first argument with the second, as NumPy's arrays are made
  kRunsMethods,     // runs methods of the objects it is given: len(x) is x.__len__()
  kAddsExtension,   // copyreg.add_extension(module, name, code)
  kRunsState,       // runs text in its state as code: run_text.h
  kRunsFormula,     // evaluates a formula in its state: run_text.h
  kCaches,          // joblib's Memory: unpickles from the folder that its state names
  kArrayWrapper,    // joblib's NumpyArrayWrapper: raw bytes follow its BUILD
  kArrayFile,       // joblib's NDArrayWrapper: BUILD loads the file that its state names
  // How names are hidden: never excused, but resolved as far as the arguments are constant, so that
  // the names in the end are named too (judge_resolve.cc).
  kImports,         // import_module("os")
  kResolves,        // resolve_name("os:system")
  kReadsAttribute,  // getattr by another name
  kReadsItem,       // operator.getitem(sys.modules, "os")
  kReadsVars,       // vars(os)["system"]
  kAttributes,      // operator.attrgetter("system")
  kItems,           // operator.itemgetter("os")
  kMethod,          // operator.methodcaller("system", "true")
  kCalls,           // operator.call(function, *arguments)
  kApplies,         // apply(function, arguments)
  kFolds,           // reduce(function, items)
  kCode,            // types.CodeType and whatever else takes compiled code
};

struct Judgement {
  Standing standing = Standing::kUnlisted;
  std::string_view rule;  // of a denied name, "" otherwise
  Use use = Use::kEither;    // never kSmallClass, which small_class tells
  bool small_class = false;
  Behaviour behaviour = Behaviour::kPlain;
};

// `module` and `name` as in the file; name may be dotted.
Judgement JudgeName(std::string_view module, std::string_view name);

// The worse of two judgements of the same object.
Judgement WorseOf(const Judgement& a, const Judgement& b);

// Longer module paths and names exist in no program; they are built to exhaust or mislead a reader.
inline constexpr std::size_t kLongestName = 255;

// A name that some program may really have: not empty, printable, no blanks, not absurdly long.
bool IsPlausibleName(std::string_view name);

// True for a name of standing kUnlisted that is no worse than its package when it is only
// mentioned: imported and kept, never called. Importing it runs that package's modules, as creating
// an object of one of its classes does, and nothing that the pickle chooses besides. Not so for
// modules that are scripts, for names that walk through more than a class, and for modules that are
// a covered one's but for the case of their letters.
bool IsMentionable(std::string_view module, std::string_view name);

// "Class" and "Outer.Class", as classes are named.
bool IsClassName(std::string_view name);

// True for an attribute that leads from a harmless object to a module, the interpreter or a loader.
bool IsDeniedAttribute(std::string_view name);

// True for the name of a method that some listed class calls on itself while it is loaded, or while
// it is asked whether it is equal to something: a state that holds such a key replaces it.
bool IsCalledWhileLoading(std::string_view key);

// True when setting this attribute or key in an object's state takes over a special method.
bool IsDangerousStateKey(std::string_view key);

}  // namespace counterscan::pickle
