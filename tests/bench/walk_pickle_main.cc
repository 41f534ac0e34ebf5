// Walks the pickles of one file as the analyser does and prints how many instructions there were:
// small enough to be run under callgrind, which says what each of them costs (./dev bench).
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

#include "pickle/analysis.h"
#include "scanner/base/byte_source.h"

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: walk-pickle FILE\n");
    return 64;
  }
  const int descriptor = open(argv[1], O_RDONLY | O_CLOEXEC);
  struct stat status = {};
  if (descriptor < 0 || fstat(descriptor, &status) != 0) {
    std::perror(argv[1]);
    return 2;
  }
  const counterscan::FileSource source(descriptor, static_cast<std::uint64_t>(status.st_size));
  const auto analysis = counterscan::pickle::Analyze(source, {});
  std::uint64_t instructions = 0;
  for (const counterscan::pickle::Pickle& pickle : analysis.pickles)
    instructions += pickle.opcode_count;
  std::printf("%llu\n", static_cast<unsigned long long>(instructions));
  close(descriptor);
  return analysis.gaps.empty() ? 0 : 2;
}
