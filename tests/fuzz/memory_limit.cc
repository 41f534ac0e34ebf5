// Large allocations fail in a fuzz target as they do in a worker, whose address space is limited:
// libarchive asks for as much as a 7z says that it needs, and takes no for an answer.

extern "C" const char* __asan_default_options();  // NOLINT(bugprone-reserved-identifier): ASan's

extern "C" const char* __asan_default_options() {  // NOLINT(bugprone-reserved-identifier)
  return "allocator_may_return_null=1:max_allocation_size_mb=1024";
}
