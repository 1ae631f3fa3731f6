#!/usr/bin/env python3
"""Prove that folders know each other in one direction only.

Every include of ours is held against the table below, and every header of a
third party against the files that wrap it.

    tools/check_layers.py [ROOT]
"""

import fnmatch
import os
import re
import subprocess
import sys

# What a folder may include besides itself. LINKS in the CMakeLists.txt files
# repeats it.
LAYERS = {
    "base": set(),
    "model": {"base"},
    "config": {"base"},
    "http": {"base"},
    "net": {"base"},
    "token": {"base", "model"},
    "sync": {"base", "model"},
    "cluster": {"base", "model"},
    "proto": {"base", "model"},
    "storage": {"base", "model"},
    "replication": {"base", "model", "cluster"},
    "control": {"base", "model", "cluster", "proto", "net"},
    "router": {"base", "model", "config", "token", "cluster", "control",
               "proto", "net", "http"},
    "node": {"base", "model", "config", "token", "cluster", "control", "proto",
             "net", "http", "sync", "replication", "storage"},
    # The server's main: it puts the roles together, and answers operators.
    "dalvd": {"base", "model", "config", "token", "net", "http", "sync",
              "cluster", "control", "proto", "storage", "router", "node"},
    "client": {"base", "model", "sync", "proto", "net", "storage"},
    # storage: to dump and verify the files of a log. cluster, control, net: an
    # operator reads and changes the map in the control store, with the public
    # keys of nodes in it. replication: the member sets that logs name, to make
    # a lost map anew.
    "cli": {"base", "model", "config", "token", "client", "proto", "storage",
            "cluster", "control", "replication", "net"},
    "bench": None,  # Measures anything.
    # It stands outside: the SDK, and small parts that are no secret of ours.
    "demo": {"base", "token", "client", "cli"},
    "tests": None,  # Tests anything.
}
NOBODY_INCLUDES = {"tests", "bench"}

# Which files may include a header of a third party. Several patterns mean
# several wrappers; "one" asks that not more than one file of a folder does.
WRAPPERS = [
    (r"leveldb/", ["storage/*", "bench/floor_leveldb.c"], "one"),
    (r"(zmq|czmq)\w*\.h$", ["net/*", "bench/floor_zmq.c"], "any"),
    (r"yaml\.h$", ["config/*"], "one"),
    (r"protobuf-c/|.*\.pb-c\.h$", ["proto/*"], "any"),
    (r"sqlite3\.h$", ["control/*"], "one"),
    (r"curl/", ["control/*"], "one"),
    (r"xxhash\.h$", ["base/hash.c"], "one"),
    (r"microhttpd\.h$", ["http/*"], "one"),
    (r"histedit\.h$|editline/", ["cli/*"], "one"),
    (r"openssl/", ["token/*", "control/*"], "one"),
    (r"sodium\.h$", ["token/*", "net/*", "client/*", "storage/*",
                      "control/*", "cli/value_json.c"], "any"),
    (r"jansson\.h$", ["token/*", "control/*", "cli/*", "client/*"], "any"),
    (r"CUnit/", [], "any"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^">]+)[">]')


def sources(root):
    listed = subprocess.run(
        ["git", "-C", root, "ls-files", "-co", "--exclude-standard",
         "*.c", "*.h", "*.cpp"],
        check=True, capture_output=True, text=True).stdout
    return [path for path in listed.split("\n")
            if path and os.path.exists(os.path.join(root, path))]


def includes(root, path):
    with open(os.path.join(root, path), encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            match = INCLUDE.match(line)
            if match:
                yield number, match.group(1) == '"', match.group(2)


def check_ours(path, target):
    folder = path.split("/")[0]
    if "/" not in target:
        return f'"{target}" is not relative to the root'
    other = target.split("/")[0]
    if other not in LAYERS:
        return f"{other}/ is not in the table of layers"
    if target.endswith("_internal.h") and \
            os.path.dirname(target) != os.path.dirname(path) and \
            folder != "tests":
        return f"{target} is private to {other}/"
    if folder == other or LAYERS[folder] is None:
        return None
    if other in NOBODY_INCLUDES:
        return f"nothing may include {other}/"
    if other not in LAYERS[folder]:
        return f"{folder} must not include {other}"
    return None


class Wrappers:
    """Holds each header of a third party against the files that wrap it."""

    def __init__(self):
        self.seen = {}

    def check(self, path, target):
        folder = path.split("/")[0]
        if LAYERS[folder] is None:
            return None
        for pattern, files, count in WRAPPERS:
            if not re.match(pattern, target):
                continue
            if not any(fnmatch.fnmatch(path, allowed) for allowed in files):
                return f"{target} may be included by {files or 'tests'} only"
            first = self.seen.setdefault((pattern, folder), path)
            if count == "one" and first != path:
                return f"{target} is wrapped by {first} already"
        return None


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else "."
    wrappers = Wrappers()
    errors = []
    for path in sources(root):
        folder = path.split("/")[0]
        if folder not in LAYERS:
            # client/include/... and the like stand below their folder.
            errors.append(f"{path}: {folder}/ is not in the table of layers")
            continue
        for number, is_ours, target in includes(root, path):
            generated = target.endswith(".pb-c.h")
            if is_ours and not generated and not target.startswith("dalv/"):
                error = check_ours(path, target)
            else:
                error = wrappers.check(path, target)
            if error:
                errors.append(f"{path}:{number}: {error}")
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
