// Every container that is walked, cut off at each byte, and with lengths of 2^32-1 and 2^64-1 at
// each byte, so in each of its length fields: the walk ends within its limits, and what it no
// longer sees it says.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/engine/analysis_test_util.h"
#include "tests/support/archive_writer.h"
#include "tests/support/compress.h"
#include "tests/support/tar_builder.h"
#include "tests/support/zip_builder.h"

namespace counterscan {
namespace {

struct Sample {
  std::string name;
  std::string bytes;  // a payload is in it, or numbers only
};

std::string Little(std::uint64_t number, std::size_t bytes) { return LittleEndian(number, bytes); }

std::string Npy(std::string_view type, std::string_view shape, std::string_view body) {
  std::string header = "{'descr': " + std::string(type) +
                       ", 'fortran_order': False, 'shape': " + std::string(shape) + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  return std::string("\x93NUMPY\1\0", 8) + Little(header.size() + 1, 2) + header + '\n' +
         std::string(body);
}

std::string LegacyTorch() {
  const std::string magic("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e", 15);
  const std::string protocol = PickleBuilder().Proto(2).Int(1001).Stop();
  const std::string keys = PickleBuilder().Proto(2).EmptyList().Stop();
  return magic + protocol + Harmless() + Payload() + keys + Little(4, 8) + Numbers(16);
}

std::string TorchTar() {
  const std::string none = PickleBuilder().Proto(2).Int(0).Stop();
  return TarBuilder()
      .File("sys_info", Harmless())
      .File("storages", none)
      .File("tensors", none)
      .File("pickle", Payload())
      .Build();
}

// One stored member with its sizes in the extra field, and zip64 records at the end
// (APPNOTE 4.3.14, 4.3.15, 4.5.3).
std::string Zip64() {
  const std::string data = Payload();
  ZipBuilder zip;
  auto& member = zip.Stored("a.pkl", data);
  const std::string sizes =
      Little(1, 2) + Little(16, 2) + Little(data.size(), 8) + Little(data.size(), 8);
  member.extra = member.local_extra = sizes;
  member.size = member.compressed_size = 0xffffffff;
  const std::string plain = zip.Build();
  const std::size_t directory = plain.find("PK\1\2");
  const std::size_t end = plain.rfind("PK\5\6");
  zip.between = "PK\6\6" + Little(44, 8) + Little(45, 2) + Little(45, 2) + Little(0, 8) +
                Little(1, 8) + Little(1, 8) + Little(end - directory, 8) + Little(directory, 8) +
                "PK\6\7" + Little(0, 4) + Little(end, 8) + Little(1, 4);
  zip.end_entries = 0xffff;
  zip.end_size = zip.end_offset = 0xffffffff;
  return zip.Build();
}

// numpy_pickle.py, NumpyArrayWrapper: an array's bytes stand between the instructions.
std::string Joblib() {
  return "\x80\3" +
         PickleBuilder()
             .Global("joblib.numpy_pickle", "NumpyArrayWrapper")
             .Raw(")\x81")
             .EmptyDict()
             .Mark()
             .BinUnicode("shape")
             .Raw("K\1\x85")
             .BinUnicode("dtype")
             .Global("numpy", "dtype")
             .Raw("(Vf8\nI0\nI1\ntRub")
             .bytes() +
         Numbers(8) + "0cposix\nsystem\nVtrue\n\x85R.";
}

std::string Safetensors() {
  const std::string header = R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}})";
  return Little(header.size(), 8) + header + Numbers(4);
}

std::vector<Sample> Samples() {
  ZipBuilder zip;
  zip.Stored("a.pkl", Payload());
  zip.Deflated("b.pkl", Payload()).descriptor = true;
  ZipBuilder npz;
  npz.Deflated("a.npy", Npy("'|O'", "(1,)", Payload()));
  std::vector<Sample> samples = {
      {"zip", zip.Build()},
      {"zip64", Zip64()},
      {"torch-zip", TorchZip(Payload(), {Numbers(40)})},
      {"torch-legacy", LegacyTorch()},
      {"torch-tar", TorchTar()},
      {"tar", TarBuilder().File("a.pkl", Payload()).Build()},
      {"tar-pax", TarBuilder().Pax({{"path", "b.pkl"}}).File("a.pkl", Payload()).Build()},
      {"tar-gnu", TarBuilder().LongName(std::string(120, 'n')).File("a.pkl", Payload()).Build()},
      {"joblib", Joblib()},
      {"npy", Npy("'|O'", "(1,)", Payload())},
      {"npz", npz.Build()},
      {"safetensors", Safetensors()},
      {"rar", StoredRar({{"a.pkl", Payload()}})},
      {"skippable", SkippableFrame(Payload()) + Compress(Payload(), Packing::kZstd)},
  };
  for (const char* method : {"store", "lzma1", "lzma2", "bzip2", "ppmd"}) {
    samples.push_back({"7z-" + std::string(method), SevenZip({{"a.pkl", Payload()}}, method)});
  }
  const std::pair<const char*, Packing> packings[] = {
      {"zlib", Packing::kZlib}, {"gzip", Packing::kGzip},           {"bzip2", Packing::kBzip2},
      {"xz", Packing::kXz},     {"lzma", Packing::kLzma},           {"zstd", Packing::kZstd},
      {"lz4", Packing::kLz4},   {"lz4-legacy", Packing::kLz4Legacy}};
  for (const auto& [name, packing] : packings) {
    samples.push_back({name, Compress(Payload(), packing)});
  }
  std::string zfile = "ZF0x30";
  zfile.resize(21, ' ');
  samples.push_back({"zfile", zfile + Compress(Payload(), Packing::kZlib)});
  return samples;
}

Limits Small() {
  Limits limits;
  limits.inflated_bytes = 4 * kMiB;
  limits.inflate_ratio = 4;
  limits.members = 1000;
  return limits;
}

// What is changed either still shows what was in it, or says that something is wrong, or is text.
void Check(const Sample& sample, const std::string& bytes, const std::string& what) {
  const FileAnalysis analysis = Analyse(bytes, Small());
  const bool text = analysis.type == "text" || analysis.type == "empty";
  const bool said = !analysis.gaps.empty() || !analysis.findings.empty();
  // Of numbers that nobody reads as more there is nothing to say.
  EXPECT_TRUE(SeesSystem(analysis) || said || text || sample.name == "safetensors")
      << sample.name << " " << what << " is " << analysis.type;
}

TEST(EveryContainer, TheSamplesShowTheirPayloads) {
  for (const Sample& sample : Samples()) {
    if (sample.name == "safetensors") continue;
    EXPECT_TRUE(SeesSystem(Analyse(sample.bytes, Small()))) << sample.name;
  }
}

TEST(EveryContainer, CutOffAnywhereSaysSo) {
  for (const Sample& sample : Samples()) {
    // Headers of tar are as long as the rest together: every byte of the last block is enough.
    for (std::size_t size = 0; size < sample.bytes.size(); ++size) {
      if (sample.name.starts_with("t") && size % 16 > 1) continue;
      // A tar that ends behind a member is whole, and a magic number alone holds nothing.
      if (size <= 8 || (sample.name.find("tar") != std::string::npos && size % 512 == 0)) continue;
      Check(sample, sample.bytes.substr(0, size), "cut to " + std::to_string(size));
    }
  }
}

TEST(EveryContainer, TheLargestLengthsAnywhereEndAndAreSaid) {
  for (const Sample& sample : Samples()) {
    for (const std::size_t width : {std::size_t{4}, std::size_t{8}}) {
      for (std::size_t at = 0; at + width <= sample.bytes.size(); ++at) {
        std::string bytes = sample.bytes;
        bytes.replace(at, width, std::string(width, '\xff'));
        if (bytes == sample.bytes) continue;
        Check(sample, bytes, std::to_string(width) + " bytes at " + std::to_string(at));
      }
    }
  }
}

}  // namespace
}  // namespace counterscan
