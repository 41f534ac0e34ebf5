// WorkerProgram: what the worker processes do, apart from how they are run.
//
// counterscan-worker puts the engines here; tests put in what misbehaves.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "scanner/base/limits.h"
#include "scanner/worker/control.h"
#include "scanner/worker/messages.h"

namespace counterscan {

// Told of a file in work how many bytes have been read so far.
using OnBytesRead = std::function<void(std::uint64_t)>;

using OnLoadingPercent = std::function<void(unsigned)>;

struct WorkerProgram {
  // Loads the signatures, and tells how far it has come in percent. Called at most once, in the
  // zygote, before the first byte-pass worker is forked; not called when they are not wanted.
  // EngineInfo::clamav_state is "failed" when there will be no engine.
  std::function<EngineReport(const Configuration&, const OnLoadingPercent&)> load_engine;
  // Loads groups of signatures that an answer has wanted; see ClamavEngine. In the zygote, after
  // load_engine has loaded signatures.
  std::function<void(const std::vector<std::uint32_t>& groups)> load_groups;
  // Loads the engine that parses, after load_engine has loaded signatures, before the first worker
  // that parses is forked. "" or why there is none.
  std::function<std::string(const Configuration&)> load_parser;
  // Whether it finds what it must when it unpacks into this directory.
  std::function<bool(const std::string& temporary)> parser_self_test;
  std::function<AnalysisAnswer(const AnalysisJob&, int descriptor)> run_parse_job;
  // Whether the engine finds what it must, in a worker whose sandbox is closed.
  std::function<bool()> self_test;
  // The descriptors stay the caller's. May throw std::bad_alloc: that is a gap of its file.
  std::function<ByteAnswer(const ByteJob&, int descriptor, const OnBytesRead&)> run_byte_job;
  std::function<AnalysisAnswer(const AnalysisJob&, int descriptor, const Configuration&)>
      run_analysis_job;
  // Only called where the engine is and has proven itself.
  std::function<AnalysisAnswer(const AnalysisJob&, int descriptor, const Limits&)> run_members_job;
};

}  // namespace counterscan
