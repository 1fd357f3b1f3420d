"""What a page or a comment names as a file of ours is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("src", "tests", "docs", "bench", "deploy", ".ci")
FILE = re.compile(r"(?<![\w/.{}])(?:[\w.-]+/){1,8}[\w-]+\.(?:py|html|sql)\b")
#: Made up, to be filled in by the reader.
MADE_UP = re.compile(r"versions/NNNN|RECADO_DATA/")


def test_every_file_that_is_named_is_there() -> None:
    ours = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    names = {"/".join(it.parts[at:]) for it in ours for at in range(len(ROOT.parts), len(it.parts))}
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    gone = [
        f"{path.relative_to(ROOT)}:{number} names {named}"
        for path in [*pages, *(ROOT / "src").rglob("*.py")]
        if "adr" not in path.parts  # a decision says what was
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "://" not in line
        for named in FILE.findall(line)
        if not MADE_UP.search(named) and named not in names
    ]
    assert gone == []
