// Every gadget that a public deny-list or advisory names is unsafe here, however it is named.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/pickle/expressions.h"
#include "tests/pickle/pickle_test_util.h"

namespace counterscan::pickle {
namespace {

using namespace std::string_literals;

struct Row {
  std::string_view source;
  std::string_view module;
  std::string_view names;
};

#define GADGET(source, module, names) {source, module, names},
const std::vector<Row> kRows = {
#include "tests/pickle/gadgets.def"
};

struct Gadget {
  std::string source;
  std::string module;
  std::string name;
};

std::vector<Gadget> Gadgets() {
  std::vector<Gadget> gadgets;
  for (const Row& row : kRows) {
    std::string name;
    for (const char c : std::string(row.names) + " ") {
      if (c != ' ') {
        name += c;
        continue;
      }
      const std::string module(row.module);
      if (name == "*") {
        gadgets.push_back({std::string(row.source), module, "anything"});
        gadgets.push_back({std::string(row.source), module + ".inner", "Thing"});
      } else {
        gadgets.push_back({std::string(row.source), module, name});
      }
      name.clear();
    }
  }
  return gadgets;
}

// A way to name a gadget, and mostly to call it.
struct Way {
  std::string_view name;
  std::string (*write)(const Gadget& gadget);
  bool lists_the_name = true;
};

std::string TextGlobal(const Gadget& gadget) {
  return "c" + gadget.module + "\n" + gadget.name + "\n";
}

std::string StackGlobal(const Gadget& gadget) {
  return Text(gadget.module) + Text(gadget.name) + "\x93";
}

const Way kWays[] = {
    {"only imported", [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + "."; }},
    {"imported and dropped", [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + "0N."; }},
    {"protocol 0", [](const Gadget& g) { return TextGlobal(g) + "(S'true'\ntR."; }},
    {"protocol 0, called with a list",
     [](const Gadget& g) { return TextGlobal(g) + "(S'true'\nlR."; }},
    {"INST", [](const Gadget& g) { return "(S'true'\ni" + g.module + "\n" + g.name + "\n."; }},
    {"OBJ, dropped", [](const Gadget& g) { return "(" + TextGlobal(g) + "S'true'\no0N."; }},
    {"NEWOBJ", [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + ")\x81."; }},
    {"NEWOBJ_EX", [](const Gadget& g) { return "\x80\x04" + StackGlobal(g) + ")}\x92."; }},
    {"STACK_GLOBAL",
     [](const Gadget& g) { return "\x80\x04" + StackGlobal(g) + Text("true") + "\x85R."; }},
    {"STACK_GLOBAL without PROTO", [](const Gadget& g) { return StackGlobal(g) + ")R."; }},
    {"STACK_GLOBAL of the memo",
     [](const Gadget& g) {
       return "\x80\x04" + Text(g.module) + "\x94" + "0" + Text(g.name) + "\x94" +
              "0h\0h\x01\x93)R."s;
     }},
    {"STACK_GLOBAL of SHORT_BINSTRING",
     [](const Gadget& g) {
       return "\x80\x04U" + std::string(1, static_cast<char>(g.module.size())) + g.module + "U" +
              std::string(1, static_cast<char>(g.name.size())) + g.name + "\x93)R.";
     }},
    {"STACK_GLOBAL of escaped text",
     [](const Gadget& g) {
       std::string escaped;
       for (const char c : g.module) {
         static constexpr char kHex[] = "0123456789abcdef";
         escaped += "\\u00"s + kHex[static_cast<unsigned char>(c) >> 4] + kHex[c & 15];
       }
       return "\x80\x04V" + escaped + "\nV" + g.name + "\n\x93)R.";
     }},
    {"in a frame",
     [](const Gadget& g) {
       const std::string body = StackGlobal(g) + ")R.";
       return PickleBuilder().Proto(4).Frame(body.size()).Raw(body).bytes();
     }},
    {"from the module's parent",
     [](const Gadget& g) {
       const std::size_t dot = g.module.find('.');
       const Gadget dotted =
           dot == std::string::npos
               ? Gadget{{}, "mypackage", g.module + "." + g.name}
               : Gadget{{}, g.module.substr(0, dot), g.module.substr(dot + 1) + "." + g.name};
       return "\x80\x04" + StackGlobal(dotted) + ")R.";
     },
     false},
    {"an attribute of another module",
     [](const Gadget& g) {
       return "\x80\x04" + StackGlobal({{}, "collections", g.module + "." + g.name}) + ")R.";
     },
     false},
    {"in the state of a partial",
     [](const Gadget& g) {
       return "\x80\x02"
              "cfunctools\npartial\ncnumpy\nmean\n\x85R(" +
              TextGlobal(g) + ")}Ntb.";
     }},
    {"given to partial, which is called",
     [](const Gadget& g) {
       return "\x80\x02"
              "cfunctools\npartial\n" +
              TextGlobal(g) + "\x85R)R.";
     }},
    {"in a pickle inside this one",
     [](const Gadget& g) {
       const std::string inner = "\x80\x02" + TextGlobal(g) + ")R.";
       return "\x80\x03"
              "cpickle\nloads\nB" +
              FourBytes(inner.size()) + inner + "\x85R.";
     }},
    {"in a second pickle",
     [](const Gadget& g) { return "\x80\x02N.\x80\x02" + TextGlobal(g) + ")R."; }},
    {"after junk",
     [](const Gadget& g) { return "\x80\x02\xff junk \x80\x02" + TextGlobal(g) + ")R."; }},
    {"before a bad opcode",
     [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + ")R\xff junk"; }},
    {"before the end", [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + ")R"; }},
    {"registered as an extension",
     [](const Gadget& g) {
       return "\x80\x02"
              "ccopyreg\nadd_extension\nX" +
              FourBytes(g.module.size()) + g.module + "X" + FourBytes(g.name.size()) + g.name +
              "K\x05\x87R0\x82\x05)R.";
     }},
    {"as a persistent object's key",
     [](const Gadget& g) { return "\x80\x02" + TextGlobal(g) + "Q."; }},
    {"as a key of a dict", [](const Gadget& g) { return "\x80\x02}" + TextGlobal(g) + "Ns."; }},
    {"in the state of an object",
     [](const Gadget& g) {
       return "\x80\x02"
              "ccollections\nOrderedDict\n)R}X\x01\0\0\0a"s +
              TextGlobal(g) + "sb.";
     }},
};

TEST(Gadgets, AreUnsafeInEveryWayOfNamingThem) {
  const std::vector<Gadget> gadgets = Gadgets();
  EXPECT_GT(gadgets.size(), 1000u);
  for (const Gadget& gadget : gadgets) {
    for (const Way& way : kWays) {
      const Analysis analysis = AnalyzeBytes(way.write(gadget));
      ASSERT_EQ(WorstOf(analysis), Level::kUnsafe)
          << gadget.source << ": " << gadget.module << " " << gadget.name << " " << way.name << "\n"
          << Summary(analysis);
      if (!way.lists_the_name) continue;
      ASSERT_TRUE(Imports(analysis, gadget.module, gadget.name))
          << gadget.module << " " << gadget.name << " " << way.name << "\n"
          << Summary(analysis);
    }
  }
}

}  // namespace
}  // namespace counterscan::pickle
