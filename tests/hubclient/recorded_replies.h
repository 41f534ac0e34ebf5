// Replies of the real Hub, byte for byte as they were recorded: each fits its ETag.
#pragma once

#include <string_view>

namespace counterscan {

struct RecordedReply {
  std::string_view body;
  std::string_view etag;
};

// Paths-info of a dataset: one path of two, AV only.
inline constexpr RecordedReply kPathsInfoDataset = {
    R"([{"type":"file","oid":"072da2918ce4d084616646eca739fdc36b534a96","size":365,"path":")"
    R"(README.md","lastCommit":{"id":"ba937e465960aa8dc41a6126458531ccc65cef76","title":"Du)"
    R"(plicate from hf-internal-testing/fixtures_image_utils","date":"2026-09-22T17:26:11.0)"
    R"(00Z"},"securityFileStatus":{"status":"safe","protectAiScan":{"status":"unscanned"},")"
    R"(avScan":{"status":"safe","message":"No security issues detected","reportLink":"https)"
    R"(://fdtn.ai/ai-supply-chain/hugging-face?utm_source=huggingface"},"pickleImportScan":)"
    R"({"status":"unscanned","pickleImports":[],"version":"0.0.0"},"virusTotalScan":{"statu)"
    R"(s":"unscanned"}}}])",
    R"(W/"25e-UEEPWinPv2NPAVeSkp61EX7E4XY")"};

// Paths-info of a model: a text file, and a file in LFS.
inline constexpr RecordedReply kPathsInfoModel = {
    R"([{"type":"file","oid":"10c66461e4c109db5a2196bff4bb59be30396ed8","size":665,"path":")"
    R"(config.json","lastCommit":{"id":"ae329b6937f31305a0d6c6779f6cd4072cc4097e","title":")"
    R"(Duplicate from openai-community/gpt2","date":"2026-09-22T17:25:10.000Z"},"securityFi)"
    R"(leStatus":{"status":"safe","protectAiScan":{"status":"safe","message":"This file has)"
    R"( no security findings.","reportLink":"https://insights-db.paloaltonetworks.com/model)"
    R"(s/wzshiming/gpt2/ae329b6937f31305a0d6c6779f6cd4072cc4097e/files?blob-id=10c66461e4c1)"
    R"(09db5a2196bff4bb59be30396ed8&utm_source=huggingface"},"avScan":{"status":"safe","mes)"
    R"(sage":"No security issues detected","reportLink":"https://fdtn.ai/ai-supply-chain/hu)"
    R"(gging-face?utm_source=huggingface"},"pickleImportScan":{"status":"unscanned","pickle)"
    R"(Imports":[],"version":"0.0.0"},"virusTotalScan":{"status":"unscanned"},"jFrogScan":{)"
    R"("status":"unscanned","message":"Not a machine-learning model"}}},{"type":"file","oid)"
    R"(":"90e59f00f62c654b1a88a5f127dff14df4611cdc","size":125162496,"lfs":{"oid":"c966da3b)"
    R"(74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1","size":125162496,"pointerS)"
    R"(ize":134},"xetHash":"f39b58dcd1ec07aaa95eb0c2f827a00dfac2404728b60d273ab3687f73311e0)"
    R"(3","path":"64-8bits.tflite","lastCommit":{"id":"ae329b6937f31305a0d6c6779f6cd4072cc4)"
    R"(097e","title":"Duplicate from openai-community/gpt2","date":"2026-09-22T17:25:10.000)"
    R"(Z"},"securityFileStatus":{"status":"safe","protectAiScan":{"status":"safe","message")"
    R"(:"This file has no security findings.","reportLink":"https://insights-db.paloaltonet)"
    R"(works.com/models/wzshiming/gpt2/ae329b6937f31305a0d6c6779f6cd4072cc4097e/files?blob-)"
    R"(id=90e59f00f62c654b1a88a5f127dff14df4611cdc&utm_source=huggingface"},"avScan":{"stat)"
    R"(us":"safe","message":"No security issues detected","reportLink":"https://fdtn.ai/ai-)"
    R"(supply-chain/hugging-face?utm_source=huggingface"},"pickleImportScan":{"status":"uns)"
    R"(canned","pickleImports":[],"version":"0.0.0"},"virusTotalScan":{"status":"safe","mes)"
    R"(sage":"0/76 engines detect it as malicious.","reportLink":"https://www.virustotal.co)"
    R"(m/gui/file/c966da3b74697803352ca7c6f2f220e7090a557b619de9da0c6b34d89f7825c1?utm_sour)"
    R"(ce=huggingface"},"jFrogScan":{"status":"unscanned","message":"Not a machine-learning)"
    R"( model"}}}])",
    R"(W/"893-I2D3KP3B+wd/122qriuEgUig9pg")"};

// Tree of a gated model, anonymous: the SHA-256 is masked.
inline constexpr RecordedReply kMaskedTree = {
    R"([{"type":"file","oid":"1a78b7e6c35fa843b214689706ce9398ac8fc761","size":819,"path":")"
    R"(checkpoint-0/config.json"},{"type":"file","oid":"ad61e9690fadc7132837a8a037197af9706)"
    R"(1bd5f","size":195,"path":"checkpoint-0/generation_config.json"},{"type":"file","oid")"
    R"(:"73500655b76ca057265c754b218fbfab58751f0b","size":691784,"lfs":{"oid":"************)"
    R"(****************************************************","size":691784,"pointerSize":13)"
    R"(1},"xetHash":"****************************************************************","pat)"
    R"(h":"checkpoint-0/model.safetensors"}])",
    R"(W/"21d-DjLGr3jwDgkGR0ajh2ABc8cbHTg")"};

// Information about a model, asked without securityStatus.
inline constexpr RecordedReply kPlainInfo = {
    R"({"_id":"6ac4f6932fb5557d4ceee81f","id":"OwnerOfTheGatedModel/tiny-gated-model","priv)"
    R"(ate":false,"tags":["safetensors","license:mit","region:us"],"downloads":0,"likes":0,)"
    R"("modelId":"OwnerOfTheGatedModel/tiny-gated-model","author":"OwnerOfTheGatedModel","s)"
    R"(ha":"5bb9fc53add422c252f7351a8e28c438cb98ea21","lastModified":"2026-10-06T13:24:38.0)"
    R"(00Z","gated":"manual","disabled":false,"model-index":null,"config":{},"cardData":{"l)"
    R"(icense":"mit"},"siblings":[{"rfilename":".gitattributes"},{"rfilename":"README.md"},)"
    R"({"rfilename":"checkpoint-0/config.json"},{"rfilename":"checkpoint-0/generation_confi)"
    R"(g.json"},{"rfilename":"checkpoint-0/model.safetensors"}],"spaces":[],"createdAt":"20)"
    R"(26-10-06T13:24:35.000Z","usedStorage":691784})",
    R"(W/"2cd-6qN5QrZT4yYJt8peRuB/cEf+r+c")"};

// A list of nothing.
inline constexpr RecordedReply kEmptyList = {"[]", R"(W/"2-l9Fw4VUO7kr8CvBlt4zaMCqXZ0w")"};

inline constexpr RecordedReply kRecordedReplies[] = {kPathsInfoDataset, kPathsInfoModel,
                                                     kMaskedTree, kPlainInfo, kEmptyList};

}  // namespace counterscan
