// Scenarios: what a fake Hub has and does, written down in JSON for `fake-hub`.
//
//     {"presets": ["clean-model", "canary"],             or "all"; users come with them
//      "users": [{"name": "somebody", "token": "hf_x"}],
//      "repositories": [
//        {"type": "model", "id": "org/name", "gated": "manual", "private": false,
//         "files": [{"path": "a.bin", "text": "...", "base64": "...", "from": "FILE", "lfs": true,
//                    "scans": {"av": "unsafe"}, "securityFileStatus": {...}}],
//         "status": {"scansDone": true, "filesWithIssues": []}}],
//      "bulk": 1000, "large": 10000,                      so many models; a model of so many files
//      "answers": [
//        {"to": "GET /api/models/*", "times": 2, "status": 503, "headers": {"Retry-After": "1"},
//         "json": {...}, "text": "...", "html": "...", "error": "message", "code": "GatedRepo",
//         "redirect": "https://...", "megabytes": 100, "bomb_megabytes": 100, "depth": 10000,
//         "delay_ms": 100, "drip_bytes": 1, "drip_ms": 10, "cut_after": 5, "declared_length": 10,
//         "reset": true, "close": true, "gzip": true, "bare": true,
//         "framing": "length|chunked|close"}],
//      "quota": {"api": {"quota": 500, "window_seconds": 300}},
//      "transport": "tls|plain|refuses-tls|resets|silent",
//      "certificate": "good|expired|not-yet-valid|wrong-host|self-signed"}
//
// Everything may be left out. A member that is not known is an error, so that a slip of the pen
// does not pass for a test.
#pragma once

#include <string>

#include "tests/fake_hub/fake_hub.h"

namespace counterscan::fake {

// How a hub has to be started for a scenario. Throws std::runtime_error for what is no scenario.
HubOptions OptionsOf(const Json& scenario);
// Puts into the hub what the scenario says. Files named by "from" are read as they are found from
// `folder`. Throws std::runtime_error.
void Play(const Json& scenario, FakeHub& hub, const std::string& folder);

}  // namespace counterscan::fake
