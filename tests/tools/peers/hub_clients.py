#!/usr/bin/env python3
"""Proves that the fake Hub speaks the Hub's language: the official clients get from it what they expect.

    hub_clients.py --fake-hub PROGRAM --program COUNTERSCAN --cache FOLDER [--keep]

Installs huggingface_hub from PyPI (this autumn's, and the last of before October 2024) and
@huggingface/hub from npm into environments of their own, and runs what each is expected to find
against a fake Hub of its own, over TLS. Then looks into what that Hub recorded: no token may have
reached the host that large files come from. Last, counterscan scans what huggingface_hub downloaded,
a real cache and a real --local-dir, and asks the same fake Hub about them and about a thousand more
repositories. --keep prints where the downloads are, and leaves them.
"""

import argparse
import collections
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import venv

HERE = pathlib.Path(__file__).resolve().parent
PYTHON_CLIENTS = (("huggingface_hub==2.4.0", "huggingface_hub_test.py"),
                  ("huggingface_hub==0.25.2", "huggingface_hub_2024_test.py"))
NPM_CLIENT = "@huggingface/hub@2.17.5"


def say(text):
    print("peers: " + text, file=sys.stderr)


def python_environment(cache, package):
    folder = cache / package.replace("==", "-")
    python, stamp = folder / "bin" / "python", folder / "installed"
    if not stamp.exists():
        say("installing %s ..." % package)
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", package], check=True)
        stamp.touch()
    return python


def npm_environment(cache):
    folder = cache / NPM_CLIENT.replace("/", "-")
    stamp = folder / "installed"
    if not stamp.exists():
        say("installing %s ..." % NPM_CLIENT)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text("{}")
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", NPM_CLIENT], cwd=folder, check=True)
        stamp.touch()
    return folder / "node_modules" / "@huggingface" / "hub" / "dist" / "index.mjs"


@contextlib.contextmanager
def fake_hub(program, log):
    """Runs one; gives its ready line. It ends with its standard input."""
    with subprocess.Popen([program, "--scenario", HERE / "hub_scenario.json", "--log", log], text=True,
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        yield json.loads(process.stdout.readline())
        process.stdin.close()
        process.wait(timeout=20)


def clean_environment(ready, work):
    """Nothing of the person's own: no token, no proxy, no cache."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
    return dict(kept, HOME=str(work), HF_HOME=str(work / "hf"), HF_ENDPOINT=ready["endpoint"],
                SSL_CERT_FILE=ready["ca_file"], REQUESTS_CA_BUNDLE=ready["ca_file"],
                NODE_EXTRA_CA_CERTS=ready["ca_file"], PEERS_LOCAL_DIR=str(work / "local-dir"),
                HF_HUB_DISABLE_XET="1", HF_HUB_DISABLE_TELEMETRY="1", HF_HUB_DISABLE_PROGRESS_BARS="1")


def tokens_that_strayed(log):
    """How many requests there were, and those that took a token to the host of large files, which is not the Hub."""
    requests = [json.loads(line) for line in log.read_text().splitlines()]
    strayed = []
    for request in requests:
        headers = {name.lower(): value for name, value in request["headers"].items()}
        if headers.get("host", "").startswith("localhost") and "authorization" in headers:
            strayed.append(request["target"])
    return len(requests), strayed


def run_client(name, command, hub, work):
    log = work / "requests.jsonl"
    with fake_hub(hub, log) as ready:
        done = subprocess.run(command, env=dict(clean_environment(ready, work), **command_environment(command)),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    count, strayed = tokens_that_strayed(log)
    for target in strayed:
        print("a token went to another host: %s" % target)
    good = done.returncode == 0 and count > 0 and not strayed
    if not good:
        print(done.stdout)
    print("%-26s %-4s %5d requests" % (name, "ok" if good else "BAD", count))
    return good


def command_environment(command):
    return {"PEERS_HUB_MODULE": str(command[-1])} if command[0] == "node" else {}


def scan(program, environment, expected, *arguments):
    """Scans, and holds the exit status and the classes of the files to what is expected."""
    done = subprocess.run([program, "scan", "--av", "off", "--no-progress", "-o", "json", *arguments], text=True,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    classes = collections.Counter(file["class"] for file in json.loads(done.stdout)["files"]) if done.stdout else {}
    good = (done.returncode, dict(classes)) == expected
    print("scan --hub %-8s %-26s %-4s exit %d, %s" % (arguments[1], str(arguments[-1])[-26:], "ok" if good else "BAD",
                                                     done.returncode, dict(sorted(classes.items()))))
    if not good:
        print("expected: exit %d, %s" % expected)
    return good


def ask_about_all(program, environment):
    """The status of more than a thousand repositories, which the Hub lists on two pages."""
    begin = time.monotonic()
    done = subprocess.run([program, "hub", "status", "--quiet", "--author", "bulk", "--format", "json"], text=True,
                          env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False)
    summary = json.loads(done.stdout)["summary"] if done.stdout else {}
    counts = [summary.get(word) for word in ("safe", "flagged", "unknown")]
    good = done.returncode == 1 and counts == [991, 110, 0]
    print("hub status of %s repositories  %s exit %d, %.1f s" % (summary.get("repositories"), "ok" if good else "BAD",
                                                                done.returncode, time.monotonic() - begin))
    return good


def scan_downloads(program, hub, work):
    """What the official client wrote, snapshots of links to blobs and a folder with metadata beside it, held against
    a Hub that says the same as the one it came from, and against none."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(work), "HF_HOME": str(work / "hf")}
    local = work / "local-dir"
    results = [
        scan(program, environment, (0, {"not-compared": 6}), "--hub", "off", "good-org/clean-model"),
        scan(program, environment, (1, {"not-compared": 2, "not-compared-gap": 1, "not-compared-flagged": 1}),
             "--hub", "off", "bad-org/flagged-model"),
    ]
    with fake_hub(hub, work / "scans.jsonl") as ready:
        environment.update(HF_ENDPOINT=ready["endpoint"], SSL_CERT_FILE=ready["ca_file"])
        results += [
            scan(program, environment, (0, {"agree-clear": 6}), "--hub", "require", "good-org/clean-model"),
            scan(program, environment, (1, {"agree-clear": 2, "hub-only-gap": 1, "agree-flagged": 1}),
                 "--hub", "require", "bad-org/flagged-model"),
            # One of its blobs has two names, of which the Hub lists one.
            scan(program, environment, (1, {"hub-only": 2, "agree-flagged": 2, "hub-only-gap": 1, "agree-clear": 2}),
                 "--hub", "require", "mcpotato/42-eicar-street"),
            # Its hashes are masked: no token is given.
            scan(program, environment, (0, {"agree-clear": 1}), "--hub", "require", "gated-org/manual-model"),
            scan(program, environment, (0, {"agree-clear": 6, "not-compared": 15}), "--hub", "require",
                 "--repo", "good-org/clean-model", local),
            ask_about_all(program, environment),
        ]
    # Nobody answers there any more.
    results.append(scan(program, environment, (3, {"unconfirmed": 6}), "--hub", "require", "good-org/clean-model"))
    return all(results)


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--fake-hub", required=True, type=pathlib.Path)
    options.add_argument("--program", required=True, type=pathlib.Path)
    options.add_argument("--cache", required=True, type=pathlib.Path)
    options.add_argument("--keep", action="store_true")
    given = options.parse_args()
    given.cache = given.cache.resolve()  # tests run, and npm installs, in other folders
    given.cache.mkdir(parents=True, exist_ok=True)
    results = []
    with tempfile.TemporaryDirectory(prefix="peers-") as folder:
        for package, test in PYTHON_CLIENTS:
            work = pathlib.Path(folder) / package
            work.mkdir()
            python = python_environment(given.cache, package)
            results.append(run_client(package, [python, HERE / test, "-v"], given.fake_hub, work))
        module = npm_environment(given.cache)
        work = pathlib.Path(folder) / "npm"
        work.mkdir()
        results.append(run_client(NPM_CLIENT, ["node", "--test-reporter=spec", HERE / "hub_client_test.mjs", module],
                                  given.fake_hub, work))
        downloads = pathlib.Path(folder) / PYTHON_CLIENTS[0][0]
        results.append(scan_downloads(given.program, given.fake_hub, downloads))
        if given.keep:
            kept = given.cache / "downloads"
            shutil.rmtree(kept, ignore_errors=True)
            shutil.copytree(downloads, kept, symlinks=True)
            say("what huggingface_hub downloaded is in %s" % kept)
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
