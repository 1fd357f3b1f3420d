"""Write the lock files, or check that they were written for today's pyproject.toml.

`python .ci/locks.py write [--upgrade]` resolves anew (needs the network); without `--upgrade` it
keeps every version that still fits. `python .ci/locks.py check` needs no network: each lock file
carries a digest of the requirements that it was resolved from, and the check compares them.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PINS = ROOT / "requirements"
# In this order: each lock keeps to the versions of the one before it.
LOCKS: dict[str, list[str]] = {
    "runtime.txt": ["pyproject.toml"],
    "dev.txt": ["pyproject.toml", "--group", "dev", "--constraints", "requirements/runtime.txt"],
    "setup.txt": ["--group", "setup", "--constraints", "requirements/dev.txt"],
}
OPTIONS = ["--quiet", "--generate-hashes", "--no-emit-index-url", "--universal"]
OLDEST_PYTHON = ["--python-version", "3.11"]


def inputs_digest() -> str:
    """Digest of all that decides a resolution: names, ranges, groups, the oldest Python."""
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = declared["project"]
    inputs = [
        project["requires-python"],
        project["dependencies"],
        project.get("optional-dependencies", {}),
        declared["dependency-groups"],
        LOCKS,
        OLDEST_PYTHON,
    ]
    return hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()[:16]


def header() -> str:
    return f"make lock  # for pyproject.toml {inputs_digest()}"


def write(extra: list[str]) -> None:
    for name, sources in LOCKS.items():
        command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", *sources, *OPTIONS]
        command += [*OLDEST_PYTHON, *extra, "--custom-compile-command", header()]
        command += ["--output-file", f"requirements/{name}"]
        subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 (no input of others)


def check() -> list[str]:
    """Names of the lock files that were written for other requirements than today's."""
    return [name for name in LOCKS if f"#    {header()}\n" not in (PINS / name).read_text()[:500]]


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
