#!/usr/bin/env python3
"""Hold the shape of the code: sizes, complexity, and what is left lying about.

Exceptions stand in tools/shape_exceptions.txt, each with a number that may
only fall and a reason; one that is no longer needed is an error as well.

    tools/check_shape.py
"""

import collections
import os
import re
import subprocess
import sys

EXCEPTIONS = "tools/shape_exceptions.txt"
LIMITS = {
    "file-lines": 600,
    "function-lines": 60,
    "complexity": 12,
    "nesting": 3,
    "parameters": 5,
    "columns": 80,
}
# A list of literals may be long; prose and code may not.
CODE = (".c", ".h", ".cpp")
SCRIPTS = (".py", ".sh", ".cmake", "CMakeLists.txt", ".proto", "Makefile")

Finding = collections.namedtuple("Finding", "path what number text")

TODO = re.compile(r"\b(FIXME|XXX|HACK)\b|\bTODO\b(?!\(\d+\): )")
STATEMENT = re.compile(
    r"^\s*(//|/\*|\*)\s*(\w+\s*\(.*\)\s*;|\w[\w\s*>.\[\]-]* = .*;"
    r"|(if|for|while|return)\b.*[;{])\s*(\*/)?$")
NESTS = re.compile(r"^( +)(if|for|while|do|switch)\b")


def tracked():
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"],
        check=True, capture_output=True, text=True).stdout
    return sorted(path for path in listed.split("\n") if os.path.isfile(path))


def read_lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")


def check_lines(path, lines):
    """Length, width, and what a finished file does not hold."""
    if path.endswith(CODE) and len(lines) - 1 > LIMITS["file-lines"]:
        yield Finding(path, "file-lines", len(lines) - 1, "lines in a file")
    for number, line in enumerate(lines, 1):
        if len(line) > LIMITS["columns"]:
            yield Finding(path, "columns", len(line), f"line {number} is long")
        if path != "tools/check_shape.py" and TODO.search(line):
            yield Finding(path, "todo", number, "TODO without an issue")
        if line != line.rstrip():
            yield Finding(path, "blanks", number, "blanks at the end")


def check_comments(path, lines):
    """git remembers old code. Headers may show how they are used."""
    for number, line, is_comment in with_comments(lines):
        if re.match(r"\s*#\s*if\s+0\b", line):
            yield Finding(path, "commented-out", number, line.strip())
        shows = path.endswith(".h") and not line.strip().endswith("*/")
        if is_comment and STATEMENT.search(line) and not shows:
            yield Finding(path, "commented-out", number, line.strip())


def with_comments(lines):
    """Each line with its number and whether it begins as a comment."""
    inside = False
    for number, line in enumerate(lines, 1):
        begins = line.lstrip().startswith(("/*", "//"))
        yield number, line, inside or begins
        if "/*" in line or inside:
            inside = "*/" not in line[line.rfind("/*") + 1:]


def check_nesting(path, lines):
    """clang-format gives each level of a function four columns."""
    for number, line, is_comment in with_comments(lines):
        match = NESTS.match(line)
        if match and not is_comment:
            depth = len(match.group(1)) // 4
            if depth > LIMITS["nesting"]:
                yield Finding(path, "nesting", depth, f"line {number}")


def parameter_count(lines, first):
    """Parameters of the function whose definition begins at line `first`."""
    text = " ".join(lines[first - 1:first + 15])
    start = text.find("(")
    depth = 0
    commas = 0
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 1 and text[position] == ",":
            commas += 1
        if depth == 0:
            inner = text[start + 1:position].strip()
            return 0 if inner in ("", "void") else commas + 1
    return 0


def check_functions(paths, contents):
    """What pmccabe counts; a switch counts as one decision, as in STYLE."""
    if not paths:
        return
    report = subprocess.run(["pmccabe", *paths], check=True,
                            capture_output=True, text=True).stdout
    for row in report.splitlines():
        match = re.match(r"(\d+)\t\d+\t\d+\t(\d+)\t(\d+)\t(.*)\(\d+\): (.*)",
                         row)
        if match is None:
            continue
        complexity, first, length = (int(match.group(i)) for i in (1, 2, 3))
        path, name = match.group(4), match.group(5)
        counts = {"complexity": complexity, "function-lines": length,
                  "parameters": parameter_count(contents[path], first)}
        for what, number in counts.items():
            if number > LIMITS[what]:
                yield Finding(path, what, number, f"{name}()")


def check_reached(paths, contents):
    """No file that nobody builds, and no header that nobody could include."""
    builds = {os.path.dirname(path): "\n".join(contents[path])
              for path in contents if path.endswith("CMakeLists.txt")}
    for path in paths:
        folder, name = os.path.split(path)
        while folder and folder not in builds:
            folder = os.path.dirname(folder)
        build = builds.get(folder, "")
        # A folder may begin with its contracts; what builds nothing yet has
        # nothing to build them into.
        if path.endswith(".h") and "add_" not in build and \
                "dalv_" not in re.sub(r"#.*", "", build):
            continue
        stem = os.path.splitext(name)[0]
        words = re.split(r"[\s()]+", build)
        noun = re.sub(r"^(test|fuzz)_", "", stem)
        listed = any(word.endswith(name) or word == stem for word in words)
        listed = listed or (noun != stem and noun in words)
        if not listed and not is_included(path, contents):
            yield Finding(path, "unreached", 0, "nobody builds or includes it")


def is_included(path, contents):
    if not path.endswith(".h"):
        return False
    return any(f'"{path}"' in line for other in contents
               if other.endswith(CODE) for line in contents[other])


def check_markdown(path, lines):
    titles = 0
    fenced = False
    for line in lines:
        fenced ^= line.startswith("```")
        titles += not fenced and line.startswith("# ")
    if titles != 1:
        yield Finding(path, "titles", titles, "one `# Title` is wanted")


def check_messages(contents):
    """Each message of the wire, LIST_DEVICES for ListDevices, has its heading
    in docs/PROTOCOL.md."""
    protocol = contents.get("docs/PROTOCOL.md")
    if protocol is None:
        return
    headings = {re.sub(r"[#`\s_]", "", line).lower()
                for line in protocol if line.startswith("#")}
    for path, lines in contents.items():
        if not path.endswith(".proto"):
            continue
        for number, line in enumerate(lines, 1):
            match = re.match(r"message (\w+)", line)
            if match and match.group(1).lower() not in headings:
                yield Finding(path, "undocumented", number, match.group(1))


def read_exceptions():
    """Lines of `path what number reason ...`."""
    exceptions = {}
    if os.path.exists(EXCEPTIONS):
        for line in read_lines(EXCEPTIONS):
            if line and not line.startswith("#"):
                path, what, number, reason = line.split(None, 3)
                exceptions[path, what] = (int(number), reason)
    return exceptions


def judge(findings, exceptions):
    """The lines to print: what is not excepted, and what is too generous."""
    worst = {}
    for finding in findings:
        key = (finding.path, finding.what)
        worst[key] = max(worst.get(key, 0), finding.number)
        if finding.number > exceptions.get(key, (-1, ""))[0]:
            limit = LIMITS.get(finding.what)
            beyond = f" {finding.number} > {limit}" if limit else ""
            yield (f"{finding.path}: {finding.what}{beyond}:"
                   f" {finding.text}")
    for key, (allowed, _) in exceptions.items():
        if worst.get(key, -1) < allowed:
            yield (f"{EXCEPTIONS}: {key[0]} {key[1]} may fall from"
                   f" {allowed} to {worst.get(key, 'nothing')}")


def collect():
    paths = tracked()
    code = [path for path in paths if path.endswith(CODE)]
    text = code + [path for path in paths
                   if path.endswith((*SCRIPTS, ".md")) or path == "Makefile"]
    contents = {path: read_lines(path) for path in text}
    for path, lines in contents.items():
        if not path.endswith(".md"):
            yield from check_lines(path, lines)
        else:
            yield from check_markdown(path, lines)
    for path in code:
        yield from check_nesting(path, contents[path])
        yield from check_comments(path, contents[path])
    yield from check_functions([path for path in code
                                if path.endswith(".c")], contents)
    yield from check_reached(code, contents)
    yield from check_messages(contents)


def main():
    errors = list(judge(collect(), read_exceptions()))
    for error in errors:
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
