#!/usr/bin/env python3
"""Prove that the pure libraries call nothing but pure code.

What an archive leaves undefined must be defined by a pure archive, or be one
of the few functions that touch nothing but the memory they are given. This
looks at what was compiled, not at what was meant.

    tools/check_purity.py BUILD_FOLDER
"""

import os
import re
import subprocess
import sys

ALLOWED = {"memcpy", "memmove", "memset", "memcmp", "memchr", "strlen",
           "strnlen", "strcmp", "assert_failed"}
# What compilers put in by themselves.
RUNTIME = re.compile(
    r"_GLOBAL_OFFSET_TABLE_|__stack_chk_fail|__cpu_model|__cpu_indicator_init"
    r"|__mem(cpy|move|set)_chk|__(popcount|clz|ctz|u?div|u?mod|mul).i\d"
    r"|__(asan|ubsan|tsan|msan|gcov|sanitizer|llvm_profile)_\w+|_?_gcov_\w*")


SYMBOL = re.compile(r".*:(?P<member>[^:]+\.o):[0-9a-f]* +(?P<type>\w) "
                    r"(?P<name>\S+)")


def symbols(archive, option):
    """Member and name of each symbol that other files see or must give."""
    listed = subprocess.run(["nm", option, "-A", archive],
                            check=True, capture_output=True, text=True).stdout
    for line in listed.splitlines():
        match = SYMBOL.fullmatch(line)
        if match is None:
            sys.exit(f"nm printed what is not understood: {line}")
        if match["type"] not in "tdbr":
            yield match["member"], match["name"]


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "pure_libraries.txt"),
              encoding="utf-8") as file:
        archives = [line for line in file.read().splitlines() if line]
    if not archives:
        print("there is no pure library: nothing was proven")
        return 1
    ours = {name for archive in archives
            for _, name in symbols(archive, "--defined-only")}
    errors = set()
    for archive in archives:
        for member, name in symbols(archive, "--undefined-only"):
            if name in ours or name in ALLOWED or RUNTIME.fullmatch(name):
                continue
            errors.add(f"{os.path.basename(archive)}: {member} calls {name}")
    for error in sorted(errors):
        print(error)
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main())
