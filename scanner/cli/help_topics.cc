#include "scanner/cli/help_topics.h"

#include <array>

namespace counterscan {
namespace {

constexpr std::string_view kExitStatuses = R"(Exit status of counterscan scan

The worst file decides. Two questions are asked, in this order:

  1    threat: something at or above --fail-on (default: suspicious) was found here, or is
       reported by the Hub, or the Hub has withdrawn the repository
  4    the bytes are not those that the Hub describes
  2    not finished: a gap, an error, or nothing to scan
  3    nothing found here, but the Hub could not confirm it
  0    nothing at or above --fail-on, and each gap or doubt is closed, or accepted by name

  64   the command line was wrong
  130  interrupted; the report so far says "complete": false

Nothing unknown ever leads to 0, unless it is accepted by name (counterscan help accept).
)";

constexpr std::string_view kVerdicts = R"(Verdicts of a file

  unsafe, suspicious, caution   the worst level of what was found
  incomplete                    nothing found, but not every byte could be accounted for
  clean                         every byte accounted for, nothing found

Levels are the Hub's own words, so that both sides compare. On the screen we say "nothing found",
never "safe": a scanner can show that something is there, never that nothing is.

Classes: what happened when our verdict was held against the Hub's word for the same bytes

                             clean here      found here              incomplete here
  Hub: safe                  agree-clear     local-only              local-gap
  Hub: caution or worse      hub-only        agree-flagged           hub-only-gap
  Hub: no word               unconfirmed     local-unconfirmed       unknown-both
  Hub: repository disabled   withdrawn       withdrawn-flagged       withdrawn
  Hub: other bytes           mismatch        mismatch-flagged        mismatch-gap
  Hub not asked              not-compared    not-compared-flagged    not-compared-gap

The worse of the two wins. A Hub "safe" never lowers a finding made here, and "nothing found" here
never lowers a flag of the Hub.
)";

constexpr std::string_view kAccept = R"(--accept NAME,...

Relaxes one thing by name. What was accepted is shown on the screen and kept in the report.

  unconfirmed     the Hub could not confirm
  mismatch        the bytes are not those that the Hub describes
  a gap's name    one kind of gap does not count:
)";

constexpr std::string_view kLimits = R"(Limits: what one file, and one scan, may cost

Each one that is reached is a gap that names it, and so never exit status 0: raise it, or accept
the gap by name (counterscan help accept). Sizes are bytes, or have K, M, G or T behind them; times
are seconds, or have s, m, h or d behind them.

  of one file            default   gap
  --max-depth N          16        limit-depth      containers inside each other
  --max-members N        100000    limit-members    members, all containers together
  --max-unpacked SIZE    4G        limit-unpacked   bytes that it may always unpack to ...
  --max-ratio N          200       limit-unpacked   ... beyond so many times its own size
  --max-memory SIZE      1280M     limit-memory, out-of-memory
                                                    of one worker; containers keep a part of it
  --max-file-time TIME   120s      timed-out        and 2 seconds more for each MiB

  of the whole scan      default   gap of each file that is not begun, or not finished, then
  --max-time TIME        none      limit-time       time
  --max-total-bytes SIZE none      limit-scan       bytes read and unpacked
  --max-total-members N  none      limit-scan       members of all archives

Beyond these, a pickle is followed for 200 million instructions (limit-opcodes), and a report
holds 1,000 findings, 1,000 gaps and 20,000 imports of one file (limit-report).
)";

constexpr std::string_view kEnvironment = R"(Environment

  HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME
                      where ORG/NAME is looked up: the local Hugging Face cache
  HF_HUB_OFFLINE, else TRANSFORMERS_OFFLINE
                      as --offline, when it is 1, ON, YES or TRUE
  HF_ENDPOINT         the Hub to ask [https://huggingface.co]; plain http on this machine only
  HF_TOKEN, HUGGING_FACE_HUB_TOKEN
                      a token for that Hub
  HF_TOKEN_PATH, HF_HOME
                      where the token of `hf auth login` is; it goes to huggingface.co alone
  HF_HUB_DISABLE_IMPLICIT_TOKEN
                      no token is sent, when it is 1, ON, YES or TRUE
  HTTPS_PROXY, ALL_PROXY, NO_PROXY
                      proxies on the way to it
  SSL_CERT_FILE, SSL_CERT_DIR, REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE
                      whose certificates are trusted, instead of the system's
  NO_COLOR            no colour, unless --color says otherwise
  XDG_DATA_HOME       below it: the signatures that counterscan db import was given
  TMPDIR              where private temporary directories are made
  SOURCE_DATE_EPOCH   the time that reports carry, in seconds, so that they can be reproduced;
                      it makes nothing younger: signatures and answers age by the real clock

Nothing is read as configuration from inside the scanned tree. There is no telemetry.
)";

constexpr std::string_view kOffline = R"(Working without a network

counterscan never downloads a model. With --offline it opens no socket at all, but that of a clamd
named with --av: the Hub's word comes from an exported file, and reports say so.

  counterscan scan /media/usb/model --offline --hub file:hub.json

The file holds the Hub's own answers; it proves nothing against whoever prepared the disk. Reports
say "not authenticated" unless --hub-digest gives its SHA-256 and it matches.
A list of files in it confirms nothing without the repository's information, which alone tells
whether the Hub has withdrawn it.

ClamAV signatures are looked for in the directory given by --db, else in /var/lib/clamav or where
db import puts them, whichever has the newer ones. Without any, only the built-in ones are matched,
which leaves the gap no-signatures; --av builtin says that they are enough. To carry signatures here:

  freshclam --datadir=DIR              on a machine with a network
  counterscan db import DIR            here: verifies each file against ClamAV's signature
  counterscan db info                  what there is now; db check tells by its exit status

Signatures may be 30 days old with --offline, 7 without it (--max-db-age): a scan with older ones
leaves the gap old-signatures.
)";

constexpr std::string_view kSignatures = R"(ClamAV signatures: --av

  auto          a directory of signatures (lib) where there is one, else Debian's clamd where it
                runs, else the built-in ones, with the gap no-signatures
  lib           those of --db, /var/lib/clamav or counterscan db import, loaded here: every byte of
                every file, and of what is packed in it; libclamav's own parsers take apart
                programs, documents, mails, archives and unknown types up to 2 GiB
  clamd:SOCKET  those of a clamd that has them in memory already, and the built-in ones
  builtin       the built-in ones alone, by choice
  off           none, which every report says

clamd answers OK for what it did not look at, and does not tell its limits. So it is asked for EICAR
at the size of a window when the scan begins, and is never shown more at once. A file that does not
fit is shown in windows that overlap by 64 KiB, which leaves the gap windowed: signatures with parts
far apart and hashes of whole files could not be decided, and one for the start of a file may be
found where a window starts. What is packed inside a file leaves the gap clamd. So does a window for
which there was no answer, three times, or an error. A clamd of which EICAR is not found is not
believed: the gap engine-failed. Nothing is sent over a network; --offline takes a clamd that is
named, and none by itself.
)";

constexpr std::string_view kPrivacy = R"(Privacy

counterscan reads the files it is told to scan. Where the repository of a file is known, it asks
the Hub (HF_ENDPOINT) about that repository by name, commit and path, over HTTPS with checked
certificates; names, hashes and content of other files are sent nowhere. --offline and --hub off
open no socket, and a file of answers needs none.

A token is sent to the Hub it is for and to nobody else: no redirect or link makes it leave, and it
is in no message, report or command line. The processes that read model bytes are started before a
token is read, with an empty environment, and under a system-call filter that forbids sockets and
programs.
)";

constexpr std::string_view kExplanations = R"(Reading what counterscan explain shows

  counterscan explain FILE                every pickle in FILE, members of archives too
  counterscan explain FILE::MEMBER        those of one member: model.pt::archive/data.pkl
  counterscan explain -                   standard input

The lines are the pickle retold as Python, worked out without running it. Before each stands the
byte of the instruction that does it; behind it, where it was judged, level, rule and name:

     +0x31  from posix import system   <- UNSAFE PKL-101
     +0x3c  system_1 = system('true')   <- UNSAFE PKL-101 posix.system
     +0x3f  return {'w': [1, 2, 3], 'x': system_1}

  x = f(...)                  f is called; its result is used further on
  C.__new__(C, ...)           an object is created, without calling C
  x.__setstate__(...)         x is given its state
  x[k] = v, x.append(v)       v is put into something that is no plain list or dict
  persistent_load(...)        the loader is asked for an object: a tensor's storage
  find_class(m, n)            a name that is only made while loading
  # 'posix'                   what a result is known to be

What is used once stands where it is used. Runs of harmless lines of one kind are counted in one;
--all shows each. A pickle that means something else to another reader (a stream, joblib, a program
that reads several with one Unpickler) is told once more as that reader takes it, when it names
something that the first telling does not. -x lists the opcodes, --format json everything (schema counterscan.explain/1).
The exit status is 0 when all of the file could be explained, 2 when not: see what could not be
read below the lines. Whether it is safe to load is what counterscan scan answers.
)";

constexpr std::string_view kPolicy = R"(Your own rows for the policy of imports

  --policy FILE                        rows of a file (repeatable)
  --allow-import MODULE.NAME           one name (repeatable); MODULE.NAME:instantiate for a class
                                       that is created but not called
  --deny-import MODULE.NAME            one name; MODULE.* for a module and what is below

A file has one row a line, and a reason behind '#':

  allow acme.layers RotaryBlock             # ours, reviewed in MODEL-12
  allow acme.layers Quantised instantiate   # created, but not called
  deny  acme.legacy * suspicious            # anything in it and below
  deny  pandas read_pickle                  # unsafe, when nothing else is said

Rows only add to what is built in. A row that allows a name excuses findings PKL-301 to PKL-304 and
PKL-306 about that name and no others: they stay in the report as "suppressed", with the row, and do not
count in the verdict. What is unsafe by the built-in tables cannot be allowed; that is an error. A
denied name is finding PKL-305 at the level of its row, whatever else is known of it, and of two
rows about one name the one that denies wins.

A policy is never taken from what is scanned: a file that lies there, by its name or by where a
link leads, is refused. Sources and counts of rows stand in the headline of every report.
)";

constexpr std::string_view kHub = R"(Asking the Hugging Face Hub

  counterscan scan TARGET...          holds files against what the Hub says of the same bytes
  counterscan hub status ORG/NAME...  tells what the Hub says of repositories (help hub-status)

Where its word comes from

  --hub auto        the live Hub, about files whose repository is known: from the local Hugging Face
                    cache, the records of `hf download --local-dir`, or --repo ORG/NAME
  --hub require     the same, and a file that the Hub has no word on makes the exit status 3
  --hub off         nobody is asked, which the report says
  --hub file:PATH   saved answers; "not authenticated" unless --hub-digest fits
  --offline, HF_HUB_OFFLINE, TRANSFORMERS_OFFLINE
                    no socket is opened: scan holds nothing against the Hub then, and hub status ends
                    with 3; a file of answers, and what --resume has kept, can still be told

Tokens, for gated and private repositories, and a larger quota

  HF_TOKEN          goes to the Hub that is asked
  hf auth login     its token goes to huggingface.co alone, never to another HF_ENDPOINT

What the Hub says of a gated repository can be read without access, but it masks hashes: those
files are compared by the Git-LFS pointers made from them, and why there is no access is said.

Mirrors, proxies, certificates

  HF_ENDPOINT       https://host[:port][/path] of another Hub; plain http on this machine only
  HTTPS_PROXY, ALL_PROXY, NO_PROXY; SSL_CERT_FILE and SSL_CERT_DIR: counterscan help environment

Waiting

  The Hub takes 500 requests in five minutes, 1,000 and more with a token. counterscan keeps to
  what it says of that, tells what is left, and says until when it waits. --hub-timeout SECONDS
  bounds all of it [scan: 60, hub status: for ever], --hub-pause MS keeps requests apart.
  One repository whose replies take more than ten minutes is given up ("too-slow").
  hub status --resume FILE keeps each answer; the same command goes on from there.

When there is no answer

  Each cause has its own sentence and next step, and a word for programs ("cause" in JSON): dns,
  tls-untrusted, proxy-denied, timeout, login-needed, gated-pending, rate-limit, html-page, ... None
  of them is ever "safe": scan ends with 3 where nothing worse was found (--accept unconfirmed lets
  that pass, by name), hub status with 3 too.

Replies are bounded: 16 MiB each, 24 MiB on their way together, 40 MiB kept at the same time. A list
of some 20,000 files is the most that is read; --quick asks less of larger repositories. Of what a
scan of many large repositories learns, 48 MiB are kept: the words on the files that are scanned, and
every flag. Where even the flags are more, nothing is confirmed ("list-too-large").
)";

constexpr std::string_view kHubStatus = R"(counterscan hub status: what the Hub says of repositories

  counterscan hub status ORG/NAME datasets/ORG/NAME
  counterscan hub status --list repos.txt --resume repos.jsonl
  counterscan hub status --author ORG --format json -o status.json

Nothing local is scanned: this is the Hub's word alone, and its "safe" is no more than that.

  safe          the list of files at one commit came whole, and the Hub says exactly "safe" of each
  unsafe, suspicious, caution   the worst flag of any file; each file with its scanners below
  disabled      the Hub has withdrawn the repository
  pending       scans are not finished: of a file, or of the repository where files have no status
  error         a scan of the Hub's own failed
  no status     the Hub answered without a word on some file, or on all
  no issues     with --quick: the Hub names no file with issues and says that its scans are done
  no access     gated, private, or not there: the line below says what to do
  not found, unreachable, too old (of saved answers)

"scansDone": false is normal where each file has its status, and counts only where one has none.
"no issues" is never safe: a file that is not named may as well never have been looked at.

FLAGGED counts files of the list that are flagged, and "+N" those that the Hub flags and does not
list. "masked" files have a status but no hash that could be compared: the line below says why.
NO STATUS counts files that the Hub says nothing of, or whose scan failed. One repository's error
does not stop the others. The Hub's quota is never exceeded: when it is used up, the run waits, and
says until when. --quick asks one request for each repository, else it is three and one more for
each hundred files; the Hub takes 500 in five minutes without a token, and more with one.

With --resume FILE each answer is kept as it comes. A run that was interrupted goes on with the same
command, and asks again only where nobody had answered, or the answer is older than --max-hub-age
(here 1h). ASKED then says "kept". A flag or withdrawal that was kept stands until the Hub says
otherwise. Whoever can write FILE can say what is in it.

Exit status: 0 all safe; 1 one is flagged (at or above --fail-on) or withdrawn; 3 anything else is
unknown; 64 wrong command line; 130 interrupted.
)";

constexpr auto kTopics = std::to_array<HelpTopic>({
    {"exit-status", "what each exit status means", kExitStatuses},
    {"verdicts", "verdicts of a file, and classes of the comparison with the Hub", kVerdicts},
    {"accept", "what --accept can relax", kAccept},
    {"policy", "allowing and denying imports by rows of your own", kPolicy},
    {"hub", "asking the Hub: sources, tokens, mirrors, waiting, no answer", kHub},
    {"hub-status", "what counterscan hub status says of repositories", kHubStatus},
    {"explanations", "how to read what counterscan explain shows", kExplanations},
    {"limits", "what one file, and one scan, may cost, and the gaps that limits leave", kLimits},
    {"environment", "environment variables", kEnvironment},
    {"signatures", "where ClamAV signatures come from, and what each way can see", kSignatures},
    {"offline", "working without a network", kOffline},
    {"privacy", "what is read, and what leaves this machine", kPrivacy},
});

}  // namespace

std::span<const HelpTopic> HelpTopics() { return kTopics; }

}  // namespace counterscan
