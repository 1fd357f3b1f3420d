"""Reads the word lists in ``data/``.

A list has ``[sections]`` of comma-separated patterns (see ``patterns``); ``#`` begins a
comment. The lists are plain text so that someone who speaks the language, and does not
program, can correct them.
"""

from importlib.resources import files


def read_sections(name: str) -> list[tuple[str, list[str]]]:
    """The sections of ``data/<name>.txt`` in order, each with its entries."""
    text = (files(__package__) / "data" / f"{name}.txt").read_text(encoding="utf-8")
    sections: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if not content:
            continue
        if content.startswith("[") and content.endswith("]"):
            sections.append((content[1:-1].strip(), []))
        elif sections:
            sections[-1][1].extend(entry.strip() for entry in content.split(",") if entry.strip())
        else:
            raise ValueError(f"{name}.txt: entries before the first section: {content!r}")
    return sections
