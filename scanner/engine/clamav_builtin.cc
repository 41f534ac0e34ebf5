#include "scanner/engine/clamav_builtin.h"

#include <array>
#include <initializer_list>
#include <string_view>

#include "scanner/base/byte_reader.h"
#include "scanner/base/text.h"

namespace counterscan {
namespace {

using namespace std::string_view_literals;

// Bodies in ClamAV's hexadecimal notation.
std::string Bytes(std::string_view bytes) { return Hex(AsBytes(bytes)); }
std::string AnyByte() {
  return "?"
         "?";
}
std::string UpTo(int bytes) { return "{-" + std::to_string(bytes) + "}"; }
std::string OneOf(std::initializer_list<std::string_view> choices) {
  std::string body = "(";
  for (const std::string_view choice : choices) {
    if (body.size() > 1) body += '|';
    body += Bytes(choice);
  }
  return body + ")";
}

// Every part between gaps must be five bytes or more: one of two or three turns up in any weights,
// and from there to the end of its 128 KiB libclamav's prefilter is off (ten times slower).
std::string Anywhere(std::string_view name, const std::string& body) {
  return "Counterscan." + std::string(name) + ":0:*:" + body + "\n";
}
std::string AtStart(std::string_view name, const std::string& body) {
  return "Counterscan." + std::string(name) + ":0:0:" + body + "\n";
}

struct Callable {
  std::string_view module;
  std::string_view name;
};

// What pickles written to harm call first. No training framework saves a reference to any of them.
constexpr auto kCallables = std::to_array<Callable>({
    {"posix", "system"},
    {"nt", "system"},
    {"os", "system"},
    {"os", "popen"},
    {"subprocess", "Popen"},
    {"subprocess", "call"},
    {"subprocess", "run"},
    {"subprocess", "check_output"},
    {"builtins", "exec"},
    {"builtins", "eval"},
    {"__builtin__", "eval"},
});

std::string ShortUnicode(std::string_view text) {
  return std::string("\x8c") + static_cast<char>(text.size()) + std::string(text);
}

// The ways in which picklers, and people, write a reference to module.name. The plain lines of
// protocol 0 alone ("cos", "system") could stand in a word list, so more must surround them.
std::string PickleSignatures(const Callable& callable) {
  const std::string global =
      "c" + std::string(callable.module) + "\n" + std::string(callable.name) + "\n";
  const std::string module = ShortUnicode(callable.module);
  const std::string name = ShortUnicode(callable.name);
  const std::string title =
      "Pickle." + std::string(callable.module) + "." + std::string(callable.name);
  return
      // Protocol 4 and up: both strings, memoised or not, then STACK_GLOBAL.
      Anywhere(title, Bytes(module + "\x94" + name + "\x94\x93")) +
      Anywhere(title, Bytes(module + name + "\x93")) +
      // Protocols 2 and up: PROTO n, then GLOBAL.
      Anywhere(title, Bytes("\x80") + OneOf({"\2", "\3", "\4", "\5"}) + Bytes(global)) +
      // Further inside: GLOBAL, BINPUT n, then a mark or a string.
      Anywhere(title, Bytes(global + "q") + AnyByte() + OneOf({"(", "X", "U", "\x8c"})) +
      // Protocol 0 as pickle.dumps writes it: GLOBAL, PUT n, MARK, UNICODE.
      Anywhere(title, Bytes(global + "p") + AnyByte() + Bytes("\n(V")) +
      // Protocol 0 as written by hand, the whole file.
      AtStart(title + ".Text", Bytes(global + "("));
}

// base64 of `text` at each of its three places among the groups of three bytes, without the
// characters at its ends that depend on its neighbours.
std::array<std::string, 3> Base64Anywhere(std::string_view text) {
  std::array<std::string, 3> encoded;
  for (std::size_t before = 0; before < encoded.size(); ++before) {
    std::string& digits = encoded[before];
    digits = Base64(std::string(before, '\0') + std::string(text));
    digits.erase(digits.find_last_not_of('=') + 1);
    if ((before + text.size()) % 3 != 0) digits.pop_back();
    if (before != 0) digits.erase(0, before + 1);
  }
  return encoded;
}

// A Keras Lambda layer carries its function as base64 of marshalled code, which begins with "4w"
// (0xe3). Honest ones exist; none has a reason to name os.system or subprocess (0xda: a short
// interned string, as in co_names).
std::string KerasSignatures() {
  std::string lines;
  for (const std::string_view code : {"\"code\": \"4w", "\"function\": [\"4w"}) {
    for (const std::string& system : Base64Anywhere("\xda\x06system"sv)) {
      lines += Anywhere("Keras.Lambda.System", Bytes(code) + UpTo(6000) + Bytes(system));
    }
    for (const std::string& subprocess : Base64Anywhere("\xda\x0asubprocess"sv)) {
      lines += Anywhere("Keras.Lambda.Subprocess", Bytes(code) + UpTo(6000) + Bytes(subprocess));
    }
  }
  return lines;
}

// Chat templates are Jinja programs. Reaching __globals__ from one is the way out of its sandbox
// (CVE-2024-34359).
std::string TemplateSignatures() {
  const std::string escape = Bytes("__globals__") + UpTo(300) + Bytes("popen");
  return Anywhere("Template.Gguf",
                  Bytes("tokenizer.chat_template\x08\0\0\0"sv) + UpTo(16000) + escape) +
         Anywhere("Template.Json", Bytes("\"chat_template\":") + UpTo(16000) + escape);
}

// Reverse shells as a script, or as the one argument of a pickle's last call: TUPLE1, REDUCE and
// STOP as protocols 4 and 2 write them. The bare one-liner also stands in honest texts about
// security.
std::string ReverseShellSignatures() {
  std::string lines =
      AtStart("Shell.Bash.Script", Bytes("#!/bin/bash\nbash -i >& /dev/tcp/")) +
      AtStart("Shell.Python.Script", Bytes("import socket,subprocess,os;s=socket.socket("
                                           "socket.AF_INET,socket.SOCK_STREAM);s.connect(("));
  for (const std::string_view call : {"\x94\x85\x94R\x94.", "q\1\x85q\2Rq\3."}) {
    lines += Anywhere("Shell.Bash.Call", Bytes("/dev/tcp/") + UpTo(200) + Bytes(call)) +
             Anywhere("Shell.Python.Call", Bytes("socket.SOCK_STREAM") + UpTo(400) +
                                               Bytes("subprocess") + UpTo(200) + Bytes(call));
  }
  return lines;
}

}  // namespace

std::string EicarTestFile() {
  return std::string("X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR") + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*";
}

std::string EicarSignature() { return Anywhere("Test.EICAR", Bytes(EicarTestFile())); }

std::string BuiltinSignatures() {
  std::string lines = EicarSignature();
  for (const Callable& callable : kCallables) lines += PickleSignatures(callable);
  return lines + KerasSignatures() + TemplateSignatures() + ReverseShellSignatures();
}

}  // namespace counterscan
