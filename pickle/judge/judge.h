// Judge: hears what a pickle does and says what that means.
//
// Turns the machine's events into imports and findings. A name is
// judged once (policy.h); what is done with it decides what is said: "calls posix.system('true')"
// where it is called, "imports posix.system" where it is not. One judge hears all pickles of a
// file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "pickle/content/constant_functions.h"
#include "pickle/judge/findings.h"
#include "pickle/judge/joblib_arrays.h"
#include "pickle/judge/symbols.h"
#include "pickle/judge/tensor_bounds.h"
#include "pickle/machine/machine.h"
#include "pickle/narration/narration.h"
#include "pickle/narration/render.h"
#include "pickle/outcome.h"
#include "pickle/policy/names.h"

namespace counterscan::pickle {

// What the judge asks of whoever walks the file.
class Walk {
 public:
  Walk() = default;
  Walk(const Walk&) = delete;
  Walk& operator=(const Walk&) = delete;
  virtual ~Walk() = default;

  // Walks the pickle at `offset` with a machine of its own and returns where it ends; nullopt when
  // it breaks off, of which a gap tells.
  virtual std::optional<std::uint64_t> Nested(std::uint64_t offset) = 0;
  // Analyses constant bytes (kBytes or kLatin1), which are handed to a loader. True when every byte
  // was followed and nothing was found; what was found is in the file's findings.
  virtual bool Constant(Value bytes) = 0;
  // Follows bytes that the pickle computes of constants and hands to a loader.
  virtual void Computed(std::string bytes, std::uint64_t offset) = 0;
  // The same for a constant that nothing is known to load, whose first bytes say that it hides
  // something; `at` pushes it. Reported only when it names something unsafe, or is code.
  virtual void Alone(const Instruction& at, bool is_text) = 0;
  // What a loader that knows no arrays would do with the bytes at `offset`: the first name it
  // would import, escaped, or "".
  virtual std::string PlainReading(std::uint64_t offset) = 0;
  // True for the reading in which the array of a wrapper inside a frame stands behind that frame:
  // joblib's unpickler takes the frame in first, and reads the array from the file.
  virtual bool TakesArraysBehindFrames() const = 0;
  // In that reading: takes the bytes [first, last) out of the source.
  virtual void LeaveOut(std::uint64_t first, std::uint64_t last) = 0;
  virtual void AddGap(Gap gap) = 0;
};

// A pickle as it is being heard.
struct HeardPickle : Pickle {
  Narration narration;   // kept by the narrator, when there is one
  int declarations = 0;  // PROTO instructions
};

class Judge final : public Observer {
 public:
  Judge(const Options& options, Walk& walk);

  // The machine, reader and pickle that the next events come from. All must outlive the events.
  struct Scene {
    Machine* machine = nullptr;
    InstructionReader* reader = nullptr;
    HeardPickle* pickle = nullptr;
    bool joblib_arrays = true;  // raw arrays stand behind joblib's wrappers
  };
  // Returns the scene before, to be set again after a nested pickle.
  Scene SetScene(Scene scene) { return std::exchange(scene_, scene); }
  const Scene& scene() const { return scene_; }
  // After the last instruction of the scene's pickle: what is odd about it as a whole.
  void EndPickle();
  // The pickle breaks off here, where some older reader may go on.
  void BrokeOff(std::uint64_t offset);

  FindingList& findings() { return findings_; }
  // Names resolved, calls made and states set so far: what a trial must not have done.
  std::uint64_t acts() const { return acts_; }
  // True when joblib would read an array in the middle of a frame.
  bool framed_arrays() const { return framed_arrays_; }

  // What is known of results of calls.
  const Symbols& symbols() const { return symbols_; }
  // Every name of the file so far.
  const GlobalTable& names() const { return names_; }
  // The rule that the name breaks by how it was used, "" for none.
  static std::string_view RuleOf(const GlobalName& global);

  // Imports, and findings about names that were only imported, into `analysis`. Call once, last.
  void Finish(Analysis& analysis);

  void LongConstant(const Instruction& at) override;
  void Declared(const Instruction& at) override;
  Value Named(const Instruction& at) override;
  Value NamedFromStack(const Instruction& at, Value module, Value name) override;
  Value NamedByCode(const Instruction& at) override;
  Value Called(const Instruction& at, CallKind kind, Value callable, Value arguments,
               Value keywords) override;
  Value Built(const Instruction& at, Value target, Value state) override;
  void Stored(const Instruction& at, StoreKind kind, Value target,
              std::span<const Value> items) override;
  void Filled(const Instruction& at, Value dict, std::span<const Value> items) override;
  Value Persistent(const Instruction& at, Value key) override;
  void Returned(const Instruction& /*at*/, Value /*value*/) override {}
  void CrossedFrame(const Instruction& at) override;
  void NestedFrame(const Instruction& at) override;
  void OddIndex(const Instruction& at) override;
  void Disputed(const Instruction& at, std::string_view why) override;
  bool IsNoText(Value value) const override;
  void Forgot(const Instruction& at) override;

 private:
  Renderer renderer() const { return {*scene_.reader, scene_.machine->objects(), names_}; }
  bool Python2Names() const { return scene_.pickle->protocol < 3; }

  Value Resolve(std::uint64_t offset, std::optional<std::string> module,
                std::optional<std::string> name);
  // The text of a STACK_GLOBAL operand; nullopt when it is not a constant string.
  std::optional<std::string> NameOperand(Value operand);

  Value CallOf(const Instruction& at, CallKind kind, Value callable, Value arguments,
               Value keywords);
  // REDUCE, INST and OBJ of a global.
  Value CallGlobal(const Instruction& at, GlobalId id, Value arguments);
  void InstantiateGlobal(const Instruction& at, Value of);
  // Says that the global is called, when that is worth saying.
  void ReportCall(const Instruction& at, GlobalId id, Value arguments);
  bool IsNoFunctionOrPattern(Value result);
  void CheckCodec(const Instruction& at, GlobalId id, Value arguments);
  // The argument of this number is unpickled.
  void CheckLoaded(const Instruction& at, GlobalId id, Value arguments, std::size_t number);
  void CheckRebuildsArray(const Instruction& at, GlobalId id, Value arguments);
  bool IsPlainObject(Value value) const;
  bool IsPlainContainer(Value value) const;
  bool IsOfItsLibrary(Value object, const GlobalName& container) const;
  void CheckRunsMethods(const Instruction& at, GlobalId id, Value arguments);
  void CheckEveryArgument(const Instruction& at, GlobalId id, Value arguments);
  void CheckFirstArgument(const Instruction& at, GlobalId id, Value arguments, bool called);
  void ReportFirstArgument(const Instruction& at, GlobalId id, Value arguments);
  // It calls its first argument while loading, where others keep it.
  static bool CallsAtOnce(const GlobalName& global, const GlobalName& inner);
  bool BindsOnlySettings(Value arguments);
  bool IsSetting(Value value, int& left);
  // What a dict may call for each key that it lacks.
  bool IsHarmlessFactory(Value value, int& left);
  bool IsFactorySetting(Value value, int& left);
  bool IsBoundMethod(Value arguments);
  bool IsMadeOfNumbers(GlobalId id, Value arguments) const;
  // True when a function from the denied list is called as honest files do, with arguments that
  // lead to nothing else.
  bool IsHonestUse(Behaviour behaviour, Value arguments);
  void CheckOpensFile(const Instruction& at, GlobalId id, Value arguments, std::size_t own);
  Value ResolveGetattr(const Instruction& at, Value arguments);

  Value Followed(const Instruction& at, Value result, Value arguments);

  // --- what listed functions are handed (judge_handed.cc)
  void CheckHanded(const Instruction& at, GlobalId id, Value arguments);
  Value WorstHanded(Value value, const GlobalName& function, int& left) const;
  bool IsHarmlessToHand(Value object, const GlobalName& function) const;
  // The pickle chose attributes of the object.
  bool HasAttributes(Value object) const;
  bool IsPlainState(Value state) const;
  // The library that a name belongs to, or works inside of.
  static std::string_view LibraryOf(const GlobalName& global);
  // Its objects are taken by every library: they run nothing that a state chooses.
  static bool IsForEveryLibrary(const GlobalName& maker);

  // --- names that are only mentioned (judge_mentions.cc)
  bool MayCallWhatItIsGiven(CallKind kind, Value callable) const;
  void HandToCall(const Instruction& at, Value callable, Value arguments, Value keywords);
  // The values go to something that may call what is in them.
  void HandOver(Value arguments, Value keywords = {});
  void HandOverObjects(Value container);
  bool IsArmed(Value value);
  bool HoldsArmed(Value value, int& left);
  void RememberArmed(Value target, std::span<const Value> held);
  void MarkHanded(GlobalName& name) const;
  bool HandOverValue(Value value, int& left);
  // Items are put into an object that is no container of the machine's.
  void RememberHolder(Value target, std::span<const Value> items);
  // What made a result, for as long as it may be handed on.
  void RememberMade(Value result, Value callable, Value arguments, Value keywords);

  // --- names that are hidden (judge_resolve.cc)
  // The constant that a value is: text and bytes to `limit` bytes, numbers, lists of them.
  std::optional<Constant> ConstantOf(Value value, std::size_t limit, int depth = 0);
  std::optional<std::string> TextOf(Value value);
  // False once this file's budget for constants that are computed with is spent.
  bool TakeConstantBytes(std::size_t size);
  // The loader is asked for a tensor's storage.
  void ClaimStorage(const GlobalName& type, const std::optional<std::string>& key, Value elements);
  // What a call of a function that finds or calls something leads to: a global, or `result` (the
  // call, of which a Symbol is known then); kNothing when it cannot be known.
  Value Evaluate(const Instruction& at, Value result, std::span<const Value> arguments);
  // The same for a function that makes text or bytes.
  Value EvaluateConstant(const Instruction& at, Value result, std::span<const Value> arguments);
  // The same for calling something that a call returned.
  Value CallSymbol(const Instruction& at, Value result, const Symbol& symbol,
                   std::span<const Value> arguments);
  Value CallValue(const Instruction& at, Value callable, std::span<const Value> arguments);
  // object.path and object[key], where they are names.
  Value Attribute(const Instruction& at, Value result, Value object, std::string_view path);
  Value Item(const Instruction& at, Value result, Value object, Value key);
  Value Known(Value result, Symbol symbol);
  Value Computed(Value result, std::optional<Constant> constant);
  // Says of functions among the arguments that they are called through the global.
  void ReportPassedFunctions(const Instruction& at, GlobalId id, std::span<const Value> arguments,
                             int depth = 0);
  void ReportCalledThrough(const Instruction& at, GlobalId inner, GlobalId outer);
  // Code that a call makes a function of: the names in it.
  void ReportCode(const Instruction& at, std::span<const Value> arguments);

  // _codecs.encode("constant", "latin1"): the bytes it makes; kNothing for any other call.
  Value EncodedBytes(Value arguments);
  bool IsHarmlessLoad(const Instruction& at, Value arguments);
  void RegisterExtension(const Instruction& at, Value arguments);
  void CheckState(const Instruction& at, Value target, Value state);
  // What a key does in an object's state, from harmless to bad.
  enum class StateKey : std::uint8_t { kPlain, kComputed, kSpecialMethod };
  StateKey KindOfKey(Value key);
  StateKey WorstKey(Value value, int& left);
  bool MayPlant(Value key, Value value);
  void CheckPlanted(const Instruction& at, Value target, Value state);
  bool PlantsMethod(Value state);
  void RememberPlantedObject(Value key, Value value, Value holder);
  bool PlantsObject(Value target, Value state) const;
  void RememberKeys(const Instruction& at, Value holder, std::span<const Value> items);
  void SetState(const Instruction& at, Value target, GlobalId type, Value state);
  void SetDtypeState(const Instruction& at, Value target, Value state);
  void CheckSetters(const Instruction& at, const GlobalName& type, Value target, Value state);
  void CheckFactoryState(const Instruction& at, GlobalId type, Value state);
  void CheckReadState(const Instruction& at, GlobalId type, Value target, Value state);
  bool IsNoPair(Value dict);
  void CheckEmptyState(const Instruction& at, Value target, Value state);
  // The target is changed; it may be something that a function was given and handed back.
  void CheckReturned(const Instruction& at, Value target);
  bool MayReturnItsArgument(Value result) const;
  bool HoldsObject(Value arguments) const;
  bool HoldsGlobal(Value arguments, int& left) const;
  bool MayBeArrayWrapper(Value target, Value state);
  // The state holds no text that its class would run, or only text that is known to be harmless.
  bool NamesNoFolder(Value state);
  bool IsHarmlessRunState(Behaviour behaviour, Value state);
  void CheckRunText(const Instruction& at, Value key, Value value);
  void CheckStateKeys(const Instruction& at, Value target, Value state);
  std::string SpecialKeyOf(Value state);
  bool IsShared(Value target) const;
  // An object had its state set.
  bool WasBuilt(Value target) const;
  void RememberBuilt(Value target, Value state);
  // Items are put into an object as no pickler does it.
  void CheckStored(const Instruction& at, StoreKind kind, Value target);
  // copyreg._inverted_registry[code] = (module, name)
  void RegisterExtensions(const Instruction& at, Value registry, std::span<const Value> items);
  // joblib reads an array behind the BUILD of its wrapper, whose state is `state`.
  void ReadArray(const Instruction& at, Value state);
  // joblib loads a file that the wrapper's state names.
  void CheckArrayFile(const Instruction& at, Value wrapper, Value state);

  std::uint32_t NextResult() { return ++results_; }
  // A finding about the name itself, which the user's policy may excuse.
  void AddAbout(const GlobalName& global, std::string_view rule, std::uint64_t offset,
                std::string message);
  void ReportDenied(const GlobalName& global);
  // Findings about calls of one name.
  static constexpr std::uint32_t kReportsPerName = 4;

  const Options& options_;
  Walk& walk_;
  Scene scene_;
  GlobalTable names_;
  FindingList findings_;
  JoblibArrays arrays_;
  std::unordered_map<std::int64_t, GlobalId> extensions_;
  Symbols symbols_;
  TensorBounds tensors_;
  std::vector<StorageClaim> storages_;
  bool storages_known_ = true;
  int call_depth_ = 0;          // of calls that calls make
  std::size_t calls_left_ = 0;  // that the instruction may still make
  std::size_t constant_bytes_left_;
  bool framed_arrays_ = false;
  bool registry_touched_ = false;  // codes may mean anything
  // Dicts, and objects that may be dicts, which would take over a special method as a state, or
  // whose keys are computed.
  std::unordered_set<Value, ValueHash> special_keys_in_;
  std::unordered_set<Value, ValueHash> computed_keys_in_;
  // Those that hold a function under the name of a method that loading calls.
  std::unordered_set<Value, ValueHash> planted_in_;
  // Those that hold an object there, and its library; "" for several.
  std::unordered_map<Value, std::string, ValueHash> planted_objects_;
  // By result number: objects whose state was set; and the last states.
  std::vector<bool> built_;
  struct BuiltState {
    Value target, state;
  };
  std::vector<BuiltState> built_states_;
  // By result number: the last calls; objects that hold names which are only mentioned.
  struct MadeResult {
    std::uint32_t number = 0;
    GlobalId by = kNoGlobal;
    Value arguments, keywords;
  };
  // Values that are looked at for one question. More are seldom in honest ones.
  static constexpr int kLookedThrough = 400;
  // nullptr when it is not known any more.
  const MadeResult* MadeBy(Value result) const;
  std::vector<MadeResult> made_;
  std::unordered_set<std::uint32_t> holders_;
  bool foreign_objects_ = false;  // some object is neither plain nor an array
  bool any_armed_ = false;        // there was something that IsArmed()
  std::string handed_to_;         // the library of what is called; "" for others
  bool handed_to_type_ = false;
  std::unordered_set<std::uint32_t> armed_objects_;  // by result number
  bool armed_handed_ = false;                        // by the call that is looked at
  std::size_t all_handed_ = 0;                       // every name before this one was handed over
  // Caches: STACK_GLOBAL of the same operands again and again need not be read again.
  struct Resolved {
    Value module, name, result;
    bool python2 = false;
  };
  std::vector<Resolved> resolved_;
  struct NameText {
    Value operand;
    std::string text;
  };
  std::vector<NameText> name_texts_;

  std::uint64_t acts_ = 0;
  std::uint32_t results_ = 0;
  bool table_full_ = false;
  bool memo_full_ = false;
};

}  // namespace counterscan::pickle
