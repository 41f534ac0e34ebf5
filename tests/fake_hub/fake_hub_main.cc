// fake-hub: a Hugging Face Hub on loopback, for official clients and for people to try things with.
//
//     fake-hub [--scenario FILE] [--port N] [--log FILE] [--list]
//
// Prints one line of JSON when it is ready, {"endpoint": ..., "ca_file": ..., "pid": ...}, and runs
// until it is interrupted, or until a pipe that is its standard input ends. Without a scenario it
// has every preset;
// --list prints what they are. --log writes each request as a line of JSON when it is asked to end.
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "tests/fake_hub/fake_hub.h"
#include "tests/fake_hub/presets.h"
#include "tests/fake_hub/scenario.h"

namespace {

using counterscan::fake::FakeHub;
using counterscan::fake::HubOptions;
using counterscan::fake::Json;
using counterscan::fake::Request;

struct Arguments {
  std::string scenario;
  std::string log;
  std::uint16_t port = 0;
  bool list = false;
};

std::optional<Arguments> Read(const std::vector<std::string>& words) {
  Arguments arguments;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool has_value = i + 1 < words.size();
    if (words[i] == "--list") {
      arguments.list = true;
    } else if (words[i] == "--scenario" && has_value) {
      arguments.scenario = words[++i];
    } else if (words[i] == "--log" && has_value) {
      arguments.log = words[++i];
    } else if (words[i] == "--port" && has_value) {
      arguments.port = static_cast<std::uint16_t>(std::stoul(words[++i]));
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

Json ReadScenario(const std::string& path) {
  if (path.empty()) return Json{{"presets", "all"}};
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  return Json::parse(file);
}

void WriteLog(const std::vector<Request>& requests, const std::string& path) {
  std::ofstream file(path);
  for (const Request& request : requests) {
    Json headers = Json::object();
    for (const auto& [name, value] : request.headers) headers[name] = value;
    const Json line{{"method", request.method},
                    {"target", request.target},
                    {"connection", request.connection},
                    {"headers", headers},
                    {"body", request.body}};
    file << line.dump(-1, ' ', true, Json::error_handler_t::replace) << "\n";
  }
}

// Blocks until a signal asks for the end, or whoever started us with a pipe has gone.
void WaitForTheEnd(const sigset_t& ending) {
  struct stat input {};
  const bool is_pipe = fstat(STDIN_FILENO, &input) == 0 && S_ISFIFO(input.st_mode);
  pollfd pipe{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  const timespec moment{.tv_sec = 0, .tv_nsec = 200000000};
  while (sigtimedwait(&ending, nullptr, &moment) < 0) {
    if (!is_pipe || poll(&pipe, 1, 0) <= 0) continue;
    char byte = 0;
    if (read(STDIN_FILENO, &byte, 1) <= 0) return;
  }
}

int Run(const Arguments& arguments) {
  sigset_t ending;
  sigemptyset(&ending);
  sigaddset(&ending, SIGINT);
  sigaddset(&ending, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ending, nullptr);  // before there are threads to inherit it
  const Json scenario = ReadScenario(arguments.scenario);
  HubOptions options = counterscan::fake::OptionsOf(scenario);
  options.port = arguments.port;
  FakeHub hub(std::move(options));
  counterscan::fake::Play(scenario, hub,
                          std::filesystem::path(arguments.scenario).parent_path().string());
  std::cout << Json{{"endpoint", hub.endpoint()}, {"ca_file", hub.ca_file()}, {"pid", getpid()}}
            << std::endl;
  WaitForTheEnd(ending);
  hub.Stop();
  if (!arguments.log.empty()) WriteLog(hub.recorder().All(), arguments.log);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto arguments = Read(std::vector<std::string>(argv + 1, argv + argc));
    if (!arguments) {
      std::cerr << "usage: fake-hub [--scenario FILE] [--port N] [--log FILE] [--list]\n";
      return 64;
    }
    if (arguments->list) {
      for (const auto& preset : counterscan::fake::Presets()) {
        std::printf("%-26s %-38s %s\n", std::string(preset.name).c_str(), preset.make().id.c_str(),
                    std::string(preset.about).c_str());
      }
      return 0;
    }
    return Run(*arguments);
  } catch (const std::exception& wrong) {
    std::cerr << "fake-hub: " << wrong.what() << "\n";
    return 1;
  }
}
