"""Write the lock files, or check that they were written for today's pyproject.toml.

`python .ci/locks.py write [--upgrade]` resolves anew (needs the network); without `--upgrade` it
keeps every version that still fits. `python .ci/locks.py check` needs no network: each lock file
carries a digest of the requirements that it was resolved from, and the check compares them.

`requirements/extras/NAME.txt` lists what that extra needs beside `runtime.txt`.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements"
# In this order: each lock keeps to the versions of the one before it.
LOCKS: dict[str, list[str]] = {
    "runtime.txt": ["pyproject.toml"],
    "dev.txt": [
        *("pyproject.toml", "--all-extras", "--group", "dev"),
        *("--constraints", "requirements/runtime.txt"),
    ],
    "setup.txt": ["--group", "setup", "--constraints", "requirements/dev.txt"],
}
OPTIONS = ["--quiet", "--generate-hashes", "--no-emit-index-url", "--universal"]
OLDEST_PYTHON = ["--python-version", "3.11"]
#: A pinned package with its hashes, up to the next one.
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==.*\n(?:^[ #].*\n)*", re.MULTILINE)


def declared() -> dict[str, object]:
    read: dict[str, object] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return read


def extras() -> list[str]:
    project = declared()["project"]
    assert isinstance(project, dict)  # noqa: S101 (pyproject.toml is ours)
    return sorted(project["optional-dependencies"])


def inputs_digest() -> str:
    """Digest of all that decides a resolution: names, ranges, groups, the oldest Python."""
    read = declared()
    project = read["project"]
    assert isinstance(project, dict)  # noqa: S101 (pyproject.toml is ours)
    inputs = [
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        read["dependency-groups"],
        LOCKS,
        OLDEST_PYTHON,
    ]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def header() -> str:
    return f"make lock  # for pyproject.toml {inputs_digest()}"


def compile_lock(sources: list[str], extra: list[str], name: str) -> Path:
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *sources, *OPTIONS]
    command += [*OLDEST_PYTHON, *extra, "--custom-compile-command", header()]
    command += ["--output-file", f"requirements/{name}"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 (no input of others)
    return PINS / name


def write(options: list[str]) -> None:
    for name, sources in LOCKS.items():
        compile_lock(sources, options, name)
    (PINS / "extras").mkdir(exist_ok=True)
    there_already = {it["name"] for it in PINNED.finditer((PINS / "runtime.txt").read_text())}
    for extra in extras():
        sources = ["pyproject.toml", "--extra", extra, "--constraints", "requirements/dev.txt"]
        lock = compile_lock(sources, [], f"extras/{extra}.txt")
        whole = lock.read_text()
        lock.write_text(PINNED.sub(lambda it: "" if it["name"] in there_already else it[0], whole))


def locks() -> list[str]:
    return [*LOCKS, *(f"extras/{extra}.txt" for extra in extras())]


def is_current(name: str) -> bool:
    lock = PINS / name
    return lock.is_file() and f"#    {header()}\n" in lock.read_text()[:500]


def check() -> list[str]:
    """Names of the lock files that were written for other requirements than today's."""
    return [name for name in locks() if not is_current(name)]


def main(arguments: list[str]) -> int:
    match arguments:
        case ["write", *extra] if set(extra) <= {"--upgrade"}:
            write(extra)
            return 0
        case ["check"]:
            if stale := check():
                print(f"pyproject.toml has changed since {', '.join(stale)}: run `make lock`.")
            return 1 if stale else 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
