// Walker's half for torch files from before zip checkpoints: five pickles, then the storages that
// the fifth lists.
#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <utility>

#include "pickle/walk/torch_legacy.h"
#include "scanner/base/byte_reader.h"
#include "scanner/container/torch_legacy.h"
#include "scanner/engine/walker.h"

namespace counterscan {
namespace {

using container::RangeSet;

constexpr std::string_view kDeclaredNumbers = "numbers that the format declares";
// Enough for the start of a pickle.
constexpr std::size_t kStorageHeadBytes = 512;

// Where the elements of each listed storage stand.
struct Chain {
  std::vector<container::Range> storages{};
  std::string fault{};        // why it is not as torch reads it, "" when it is
  bool contradicted = false;  // by what the pickles say, not for lack of knowing
};

// torch/serialization.py `_legacy_load` reads a storage for each key of the list, in its order: a
// count, which must be that of the storage, and as many elements of its class.
Chain Follow(const ByteSource& source, const pickle::Analysis& analysis, std::uint64_t keys_at,
             std::uint64_t begin) {
  const auto unknown = [](std::string why) { return Chain{.fault = std::move(why)}; };
  const auto wrong = [](std::string why) {
    return Chain{.fault = std::move(why), .contradicted = true};
  };
  if (!analysis.storages_known) return unknown("more storages are claimed than is kept");
  const auto keys = pickle::ReadListOfTexts(source, keys_at);
  if (!keys) return unknown("the list of storages is not as picklers write it");
  std::unordered_map<std::string_view, const pickle::StorageClaim*> claims;
  for (const pickle::StorageClaim& claim : analysis.storages) {
    const auto [known, is_new] = claims.emplace(claim.key, &claim);
    if (is_new) continue;
    if (known->second->elements != claim.elements ||
        known->second->element_bytes != claim.element_bytes) {
      return wrong("tensors claim one storage in several ways");
    }
  }
  Chain chain;
  std::uint64_t at = begin;
  for (const std::string& key : *keys) {
    const auto claim = claims.find(key);
    if (claim == claims.end()) return wrong("a storage is listed that no tensor claims, or twice");
    const pickle::StorageClaim storage = *claim->second;
    claims.erase(claim);
    if (storage.element_bytes == 0) return unknown("a storage of a class of unknown size");
    std::array<std::byte, sizeof(std::uint64_t)> count{};
    if (source.size() - at < count.size() || !ReadExactly(source, at, count)) {
      return wrong("the storages end before the list of them");
    }
    at += count.size();
    if (*ByteReader(count).LittleEndian<std::uint64_t>() != storage.elements) {
      return wrong("a storage has another number of elements than its tensors claim");
    }
    if (storage.elements > (source.size() - at) / storage.element_bytes) {
      return wrong("the last storage ends before its tensors do");
    }
    const std::uint64_t end = at + storage.elements * storage.element_bytes;
    chain.storages.push_back({at, end});
    at = end;
  }
  if (!claims.empty()) return wrong("tensors claim storages that are not listed");
  if (at != source.size()) {
    return wrong(std::to_string(source.size() - at) + " bytes behind the storages that are listed");
  }
  return chain;
}

}  // namespace

void Walker::WalkTorchLegacy(const Part& part, RangeSet& claimed) {
  const pickle::Analysis analysis = RunPickle(part.source);
  claimed.Add(ReportPickles(analysis, part.place, ReadFailure(part.place), sink_));
  // The analysis also lists pickles inside pickles: the five stand one after another.
  std::uint64_t keys_at = 0;
  std::uint64_t end = 0;
  for (int i = 0; i < container::kLegacyPickles; ++i) {
    const auto next = std::ranges::find_if(analysis.pickles, [&](const pickle::Pickle& pickle) {
      return pickle.offset == end && pickle.error.empty();
    });
    if (next == analysis.pickles.end()) return;
    keys_at = end;
    end = next->offset + next->size;
  }
  if (!container::CountStorages(part.source, end)) return;
  claimed.Add(end, part.source.size());
  WalkLegacyStorages(part, analysis, keys_at, end);
}

void Walker::WalkLegacyStorages(const Part& part, const pickle::Analysis& analysis,
                                std::uint64_t keys_at, std::uint64_t begin) {
  if (matcher_ != nullptr) return;
  const Chain chain = Follow(part.source, analysis, keys_at, begin);
  if (!chain.fault.empty()) {
    if (chain.contradicted) {
      sink_.Find("FMT-108", EngineId::kFormat, part.place.where, part.place.base + begin,
                 chain.fault);
    }
    LeaveGap(GapReason::kUnparsedBytes, EngineId::kFormat, part.place, begin, part.source.size(),
             chain.fault);
    return;
  }
  Note(part.place, begin, part.source.size(), Handling::kInert, kDeclaredNumbers);
  for (const container::Range& range : chain.storages) {
    const SliceSource numbers(part.source, range.first, range.size());
    const auto head = ReadHead(numbers, kStorageHeadBytes);
    if (!head) continue;  // whoever reads the whole file says so
    CheckNumbers(numbers, *head, {part.place.where, part.place.base + range.first});
  }
}

}  // namespace counterscan
