"""Runs in the environment that picklescan is installed in: its globals of each file, as JSON.

    ask_picklescan.py FOLDER
"""

import json
import logging
import os
import sys

from picklescan import scanner


def main():
    logging.disable(logging.CRITICAL)
    folder = sys.argv[1]
    answers = {}
    for name in sorted(os.listdir(folder)):
        try:
            result = scanner.scan_file_path(os.path.join(folder, name))
            # Parts that no text is known for: picklescan says "unknown", or str() of what it found.
            answers[name] = sorted({(g.module, g.name) for g in result.globals})
        except Exception as problem:  # whatever it dies of: it has named nothing then
            answers[name] = "%s: %s" % (type(problem).__name__, str(problem)[:80])
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()
