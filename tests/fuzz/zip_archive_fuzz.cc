// Reading a zip by its directories and by its local headers ends, keeps members inside the file,
// and claims no byte that is not there.

#include <cstdint>
#include <cstdlib>
#include <span>

#include "scanner/container/libzip_view.h"
#include "scanner/container/zip_archive.h"
#include "scanner/container/zip_kind.h"

namespace {

using namespace counterscan;

void Check(const container::ZipArchive& archive, std::uint64_t size) {
  for (const container::ZipMember& member : archive.members()) {
    if (member.located() && member.data_offset > size) std::abort();
  }
  for (const container::Range& range : archive.claimed().Missing(size)) {
    if (range.first >= range.last || range.last > size) std::abort();
  }
  container::KindOf(archive.members());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemorySource source(std::as_bytes(std::span(data, size)));
  Limits limits;
  limits.members = 1000;
  if (const auto archive = container::ZipArchive::Open(source, limits)) {
    Check(*archive, size);
    if (!archive->cut()) {
      if (const auto libzip = container::LibzipView::Open(source)) {
        for (std::uint64_t i = 0; i < (*libzip)->count(); ++i) {
          if (!(*libzip)->Member(i)) break;
        }
      }
    }
  }
  container::UnpackBudget budget(1 << 20);
  Check(container::ZipArchive::Walk(source, 0, limits, budget), size);
  return 0;
}
