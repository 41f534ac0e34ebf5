#include "pickle/policy/listed_classes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace counterscan::pickle {
namespace {

std::string_view ModuleOf(std::string_view row) { return row.substr(0, row.find(' ')); }

// The search by halves depends on it.
TEST(ListedClasses, RowsAreSortedByModule) {
  std::string_view last;
  for (const ListedSection& section : ListedSections()) {
    ASSERT_FALSE(section.rows.empty());
    EXPECT_LT(section.rows.size(), 65'536u);  // compilers need not take longer texts
    EXPECT_EQ(ModuleOf(section.rows), section.first_module);
    EXPECT_NE(section.first_module, last) << "a module's rows lie in two sections";
    for (std::string_view rows = section.rows; !rows.empty();) {
      const std::string_view row = rows.substr(0, rows.find('\n'));
      EXPECT_LE(last, ModuleOf(row));
      last = ModuleOf(row);
      rows.remove_prefix(row.size() + 1);
    }
  }
}

TEST(ListedClasses, FirstAndLastRowOfEverySectionAreFound) {
  for (const ListedSection& section : ListedSections()) {
    const std::string_view rows = section.rows.substr(0, section.rows.size() - 1);
    for (const std::string_view row :
         {rows.substr(0, rows.find('\n')), rows.substr(rows.rfind('\n') + 1)}) {
      const std::string_view names = row.substr(ModuleOf(row).size() + 3);
      EXPECT_TRUE(ListedClassUse(ModuleOf(row), names.substr(0, names.find(' ')))) << row;
      EXPECT_TRUE(ListedClassUse(ModuleOf(row), names.substr(names.rfind(' ') + 1))) << row;
    }
  }
}

TEST(ListedClasses, NamesAndModulesAreComparedWhole) {
  EXPECT_EQ(ListedClassUse("torch.nn.modules.linear", "Linear"), Use::kInstantiate);
  for (const std::string_view name :
       {"Linea", "inear", "", " ", "Linear ", "i", "NonDynamically"}) {
    EXPECT_FALSE(ListedClassUse("torch.nn.modules.linear", name)) << name;
  }
  for (const std::string_view module : {"torch.nn.modules.linea", "torch.nn.modules.linearx", "",
                                        " ", "\n", "aaa", "zzz", "torch.nn.modules.linear i"}) {
    EXPECT_FALSE(ListedClassUse(module, "Linear")) << module;
  }
}

TEST(ListedClasses, TwoNamesOfOneRowAreNoName) {
  EXPECT_TRUE(ListedClassUse("torch.nn.modules.conv", "Conv1d"));
  EXPECT_FALSE(ListedClassUse("torch.nn.modules.conv", "Conv1d Conv2d"));
}

}  // namespace
}  // namespace counterscan::pickle
