#include "pickle/policy/policy.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "pickle/policy/listed_classes.h"
#include "pickle/policy/python2.h"
#include "pickle/rules.h"

namespace counterscan::pickle {
namespace {

struct Row {
  std::string_view group;  // rule, use or behaviour
  std::string_view module;
  std::string_view names;
};

#define DENY_MODULES(rule, modules) {rule, modules, ""},
#define DENY_NAMES(rule, module, names) {rule, module, names},
#define DENY_ATTRIBUTES(names)
const std::vector<Row> kDenied = {
#include "pickle/policy/denied_names.def"
};
#define DENY_ANYWHERE(rule, names) {rule, "", names},
const std::vector<Row> kDeniedAnywhere = {
#include "pickle/policy/denied_anywhere.def"
};
#define LISTED(use, module, names) {#use, module, names},
const std::vector<Row> kListed = {
#include "pickle/policy/listed_names.def"
};
#define JUDGED(behaviour, module, names) {#behaviour, module, names},
const std::vector<Row> kJudged = {
#include "pickle/policy/judged_names.def"
};

std::vector<std::string> Words(std::string_view words) {
  std::vector<std::string> result;
  std::string word;
  for (const char c : std::string(words) + " ") {
    if (c != ' ') {
      word += c;
    } else {
      result.push_back(word);
      word.clear();
    }
  }
  return result;
}

TEST(Rules, HaveUniqueIdsAndSayWhy) {
  std::set<std::string_view> ids;
  for (const Rule& rule : Rules()) {
    EXPECT_TRUE(rule.id.starts_with("PKL-"));
    EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
    EXPECT_NE(rule.level, Level::kClean) << rule.id;
    EXPECT_FALSE(rule.title.empty());
    EXPECT_FALSE(rule.why.empty());
    EXPECT_EQ(FindRule(rule.id), &rule);
  }
  EXPECT_EQ(FindRule("PKL-999"), nullptr);
}

TEST(Policy, EveryDeniedRowHasARuleAndTakesEffect) {
  for (const Row& row : kDenied) {
    ASSERT_NE(FindRule(row.group), nullptr) << row.group;
    EXPECT_EQ(FindRule(row.group)->level, Level::kUnsafe);
    if (row.names.empty()) {
      for (const std::string& module : Words(row.module)) {
        EXPECT_EQ(JudgeName(module, "anything").standing, Standing::kDenied) << module;
        EXPECT_EQ(JudgeName(module + ".sub", "anything").standing, Standing::kDenied) << module;
      }
      continue;
    }
    for (const std::string& name : Words(row.names)) {
      EXPECT_EQ(JudgeName(row.module, name).standing, Standing::kDenied)
          << row.module << "." << name;
      EXPECT_FALSE(name.empty()) << row.module;
    }
  }
}

TEST(Policy, NamesThatAreDeniedAnywhereAre) {
  for (const Row& row : kDeniedAnywhere) {
    ASSERT_NE(FindRule(row.group), nullptr) << row.group;
    for (const std::string& name : Words(row.names)) {
      EXPECT_EQ(JudgeName("some.package", name).standing, Standing::kDenied) << name;
      EXPECT_EQ(JudgeName("some.package", "Thing." + name).standing, Standing::kDenied) << name;
      EXPECT_EQ(JudgeName("some.package", name + ".x").standing, Standing::kDenied) << name;
      EXPECT_EQ(JudgeName("some.package", name + "X").standing, Standing::kUnlisted) << name;
    }
  }
}

TEST(Policy, ANameIsDeniedUnderEveryNameOfItsModule) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"numpy._core.multiarray", "fromfile"},
           {"scipy.optimize._minimize", "minimize"},
           {"torch.utils.anywhere", "compile"},
           {"keras.src.saving.saving_lib", "x"},
           {"tensorflow.python.keras.layers", "Lambda"},
           {"_uuid", "_popen"},
           {"mypackage", "uuid._popen"},
           {"mypackage", "torch.serialization._load"},
           {"sklearn", "externals.joblib.load"}}) {
    EXPECT_EQ(JudgeName(module, name).standing, Standing::kDenied) << module << " " << name;
  }
}

TEST(Policy, EveryListedRowTakesEffect) {
  for (const Row& row : kListed) {
    for (std::string name : Words(row.names)) {
      ASSERT_FALSE(name.empty()) << row.module;
      if (name.ends_with('*')) name.back() = 'X';
      EXPECT_EQ(JudgeName(row.module, name).standing, Standing::kListed)
          << row.module << "." << name;
    }
  }
}

// A denied module or name stands above what the packages have.
TEST(Policy, EveryGeneratedNameIsListedOrDenied) {
  std::size_t names = 0;
  std::size_t denied = 0;
  for (const ListedSection& section : ListedSections()) {
    for (std::string_view rows = section.rows; !rows.empty();) {
      const std::vector<std::string> words = Words(rows.substr(0, rows.find('\n')));
      for (std::size_t i = 2; i < words.size(); ++i) {
        const Standing standing = JudgeName(words[0], words[i]).standing;
        EXPECT_TRUE(standing == Standing::kListed || standing == Standing::kDenied)
            << words[0] << "." << words[i];
        ++names;
        if (standing == Standing::kDenied) ++denied;
      }
      rows.remove_prefix(rows.find('\n') + 1);
    }
  }
  EXPECT_GT(names, 20'000u);
  EXPECT_LT(denied * 10, names);
}

// What calls what it is given, runs programs or opens files once it is put to use, in packages that
// were read: their harmless names are listed, these are not.
TEST(Policy, WhatReachesOutOfAPackageThatWasReadIsNotListed) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"dask.utils", "methodcaller"},
           {"dask._task_spec", "Task"},
           {"langchain_community.tools.shell.tool", "ShellTool"},
           {"langchain_community.document_loaders.text", "TextLoader"},
           {"astropy.io.ascii.cparser", "FileString"},
           {"ase.calculators.subprocesscalculator", "PythonSubProcessCalculator"},
           {"pyomo.solvers.plugins.solvers.direct_solver", "DirectSolver"},
           {"skimage.feature._cascade", "Cascade"},
           {"chess.engine", "SimpleEngine"},
           {"pint", "_unpickle_quantity"},
           {"datasets.table", "InMemoryTable"},
           {"sklearn_crfsuite._fileresource", "FileResource"},
           {"torch_geometric.nn.conv.gcn_conv", "GCNConv"}}) {
    EXPECT_NE(JudgeName(module, name).standing, Standing::kListed) << module << " " << name;
  }
}

TEST(Policy, ClassesWithSmallNamesAreNoFunctions) {
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"ultralytics.nn.modules.head", "v10Detect"}, {"PIL.PngImagePlugin", "iTXt"}}) {
    const Judgement judgement = JudgeName(module, name);
    EXPECT_EQ(judgement.use, Use::kInstantiate) << name;
    EXPECT_TRUE(judgement.small_class) << name;
  }
  EXPECT_FALSE(JudgeName("fastcore.basics", "listify").small_class);
  EXPECT_FALSE(JudgeName("torch.nn.modules.linear", "Linear").small_class);
  EXPECT_EQ(BothUses(Use::kSmallClass, Use::kInstantiate), Use::kInstantiate);
  EXPECT_EQ(BothUses(Use::kSmallClass, Use::kCall), Use::kEither);
}

// A parser of documents reads what it is named; the parts of a document only hold text.
TEST(Policy, PartsOfDocumentsAreListedAndTheirReadersAreNot) {
  EXPECT_EQ(JudgeName("xml.dom.minidom", "Element").use, Use::kInstantiate);
  EXPECT_EQ(JudgeName("xml.dom.minicompat", "NodeList").use, Use::kInstantiate);
  for (const auto& [module, name] : std::initializer_list<std::pair<const char*, const char*>>{
           {"xml.dom.minidom", "parse"},
           {"xml.dom.minidom", "parseString"},
           {"xml.etree.ElementTree", "parse"},
           {"xml.etree.ElementTree", "XMLParser"},
           {"xml.sax", "parse"}}) {
    EXPECT_EQ(JudgeName(module, name).standing, Standing::kDenied) << module << " " << name;
  }
}

TEST(Policy, WhatCallsOrOpensWhatItIsGivenIsDenied) {
  EXPECT_EQ(JudgeName("_compression", "DecompressReader").rule, "PKL-104");
  EXPECT_EQ(JudgeName("warnings", "showwarning").rule, "PKL-107");
  EXPECT_EQ(JudgeName("omegaconf.dictconfig", "yaml").standing, Standing::kDenied);
}

TEST(Policy, PackagesThatWereReadAreCovered) {
  EXPECT_EQ(JudgeName("sklearn.tree", "NoSuchClass").standing, Standing::kUnlistedCovered);
  EXPECT_EQ(JudgeName("timm.models.resnet", "NoSuchClass").standing, Standing::kUnlistedCovered);
  EXPECT_EQ(JudgeName("nobodys.package", "NoSuchClass").standing, Standing::kUnlisted);
  // Read, but not covered: most of its classes cannot be told to be harmless.
  EXPECT_EQ(JudgeName("sympy.core.numbers", "Pi").standing, Standing::kListed);
  EXPECT_EQ(JudgeName("sympy.core.add", "Add").standing, Standing::kUnlisted);
}

TEST(Policy, EveryJudgedNameIsListedOrDenied) {
  for (const Row& row : kJudged) {
    for (std::string name : Words(row.names)) {
      if (name == "*") continue;  // every name of the module, listed or not
      if (name.ends_with('*')) name.back() = 'X';
      const Judgement judgement = JudgeName(row.module, name);
      EXPECT_NE(judgement.behaviour, Behaviour::kPlain) << row.module << "." << name;
      const bool decided =
          judgement.standing == Standing::kListed || judgement.standing == Standing::kDenied;
      EXPECT_TRUE(decided || row.module.starts_with("sklearn.externals"))
          << row.module << "." << name;
    }
  }
}

TEST(Policy, NamesAreComparedWhole) {
  EXPECT_EQ(JudgeName("itertools", "starma").standing, Standing::kUnlistedCovered);
  EXPECT_EQ(JudgeName("osx", "path").standing, Standing::kUnlisted);
  EXPECT_EQ(JudgeName("collections", "Ordered").standing, Standing::kUnlistedCovered);
  EXPECT_EQ(JudgeName("Collections", "OrderedDict").standing, Standing::kUnlisted);
  EXPECT_EQ(JudgeName("", "").standing, Standing::kUnlisted);
}

TEST(Policy, CopiesOfPackagesAreJudgedByWhatTheyCopy) {
  EXPECT_EQ(JudgeName("sklearn.externals.joblib.numpy_pickle", "NumpyArrayWrapper").standing,
            Standing::kListed);
  EXPECT_EQ(JudgeName("mypackage._vendor.subprocess", "run").standing, Standing::kDenied);
}

TEST(Policy, ALongPathOfVendorFoldersEnds) {
  std::string module;
  for (int i = 0; i < 200; ++i) module += "_vendor.";
  EXPECT_EQ(JudgeName(module + "os", "system").standing, Standing::kDenied);
}

TEST(Policy, SpecialMethodsAreDangerousKeys) {
  EXPECT_TRUE(IsDangerousStateKey("__setstate__"));
  EXPECT_FALSE(IsDangerousStateKey("__FILE_RESOURCE_DATA__"));  // sklearn-crfsuite's own
  EXPECT_TRUE(IsDangerousStateKey("__class__"));
  EXPECT_TRUE(IsDangerousStateKey("__reduce_ex__"));
  EXPECT_FALSE(IsDangerousStateKey("_parameters"));
  EXPECT_FALSE(IsDangerousStateKey("__orig_class__"));
  EXPECT_FALSE(IsDangerousStateKey("__overloads__"));  // of modules that torch.jit has seen
  EXPECT_FALSE(IsDangerousStateKey("____"));
}

TEST(Python2, MapsNamesBeforeModules) {
  EXPECT_EQ(Python3Name("__builtin__", "xrange")->name, "range");
  EXPECT_EQ(Python3Name("__builtin__", "set")->module, "builtins");
  EXPECT_EQ(Python3Name("urllib2", "urlopen")->module, "urllib.request");
  EXPECT_EQ(Python3Name("itertools", "imap")->name, "map");
  EXPECT_FALSE(Python3Name("collections", "OrderedDict"));
}

}  // namespace
}  // namespace counterscan::pickle
