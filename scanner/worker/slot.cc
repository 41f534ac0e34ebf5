#include "scanner/worker/slot.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace counterscan {
namespace {

constexpr std::size_t kPageBytes = 4096;
// The words of the page.
constexpr std::size_t kJob = 0;
constexpr std::size_t kBytesRead = 1;
static_assert(std::atomic_ref<std::uint64_t>::is_always_lock_free);

}  // namespace

Result<UniqueFd> Slot::CreateMemory() {
  UniqueFd memory(memfd_create("counterscan-slot", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!memory) return FailErrno("cannot make shared memory", errno);
  if (ftruncate(memory.get(), kPageBytes) != 0 ||
      fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0) {
    return FailErrno("cannot size shared memory", errno);
  }
  auto slot = TRY(Map(memory, true));
  slot.Set(kIdle);
  return memory;
}

Result<Slot> Slot::Map(const UniqueFd& memory, bool writable) {
  const int protection = PROT_READ | (writable ? PROT_WRITE : 0);
  void* page = mmap(nullptr, kPageBytes, protection, MAP_SHARED, memory.get(), 0);
  if (page == MAP_FAILED) return FailErrno("cannot map shared memory", errno);
  return Slot(page);
}

Slot::Slot(Slot&& other) noexcept : page_(std::exchange(other.page_, nullptr)) {}

Slot::~Slot() {
  if (page_ != nullptr) munmap(page_, kPageBytes);
}

std::atomic_ref<std::uint64_t> Slot::Word(std::size_t index) const {
  return std::atomic_ref(static_cast<std::uint64_t*>(page_)[index]);
}

void Slot::Set(std::uint64_t job) {
  Word(kBytesRead).store(0, std::memory_order_relaxed);
  Word(kJob).store(job, std::memory_order_relaxed);
}

std::uint64_t Slot::Get() const { return Word(kJob).load(std::memory_order_relaxed); }

void Slot::SetBytesRead(std::uint64_t bytes) {
  Word(kBytesRead).store(bytes, std::memory_order_relaxed);
}

std::uint64_t Slot::bytes_read() const { return Word(kBytesRead).load(std::memory_order_relaxed); }

}  // namespace counterscan
