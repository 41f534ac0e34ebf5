// Slot: one page that a worker shares with the parent, where it writes which job is in work, and
// how far it has come.
//
// So no message per job is needed to know which one killed a worker or overran. Each worker has a
// page of its own, and the parent believes nothing in it but "one of the jobs I sent". How many
// bytes of it were read is only ever shown.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "scanner/base/fd.h"
#include "scanner/base/result.h"

namespace counterscan {

class Slot {
 public:
  // Written while no job is in work.
  static constexpr std::uint64_t kIdle = UINT64_MAX;

  // Memory for one slot, holding kIdle. It can be neither shrunk nor grown: reading a page that a
  // worker has cut off would kill the parent.
  static Result<UniqueFd> CreateMemory();
  static Result<Slot> Map(const UniqueFd& memory, bool writable);

  Slot(Slot&& other) noexcept;
  Slot& operator=(Slot&&) = delete;
  ~Slot();

  // Begins a job, of which nothing has been read.
  void Set(std::uint64_t job);
  std::uint64_t Get() const;

  void SetBytesRead(std::uint64_t bytes);
  std::uint64_t bytes_read() const;

 private:
  explicit Slot(void* page) : page_(page) {}
  std::atomic_ref<std::uint64_t> Word(std::size_t index) const;

  void* page_;
};

}  // namespace counterscan
