"""Sets of cases that come with Recado, asked by their names: `recado eval run attacks`."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

BUNDLED = ("attacks",)


def bundled(name: str) -> Path:
    """The file of one of BUNDLED."""
    return Path(str(files("recado.assistant.samples") / f"{name}.yaml"))


def found_at(path: Path) -> Path:
    """The file or folder that is meant: of one's own first, else what comes with Recado."""
    return bundled(path.name) if str(path) in BUNDLED and not path.exists() else path
