"""JSON to sections: pairs and titled texts first, anything else by its names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recado.documents.reading import Reading, Section
from recado.documents.sections import clean_text, parse_sections
from recado.documents.tables import role_of
from recado.errors import Unprocessable

DEEPEST = 30
_NAMING = ("name", "nombre", "nome", "title", "titulo", "título", "producto", "product", "produto")
_LONGEST_LABEL = 120

Path = tuple[str, ...]


def json_reading(text: str) -> Reading:
    """The sections of a JSON document, or of one a line (JSON Lines).

    Raises Unprocessable: not JSON, or nested deeper than 30 levels.
    """
    content = _parsed(text)
    reader = _Reader()
    sections = _titled(content, tuple(reader.sections(content, (), 0)))
    entries = len(content) if isinstance(content, (list, dict)) else 1
    return Reading(sections, {"entry": entries, "value": reader.values})


def _titled(content: Any, sections: tuple[Section, ...]) -> tuple[Section, ...]:
    """One name over everything is the file's, and tells no passage apart: it stands once."""
    if not isinstance(content, dict) or len(content) != 1 or len(sections) < 2:
        return sections
    name = sections[0].path[:1]
    if any(section.path[:1] != name or len(section.path) < 2 for section in sections):
        return sections
    below = (Section(section.path[1:], section.text) for section in sections)
    return (Section(name, name[0]), *below)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise _too_deep() from error
    except json.JSONDecodeError as error:
        lines = [line for line in text.split("\n") if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith(("{", "[")):
            try:
                return [json.loads(line) for line in lines]
            except (json.JSONDecodeError, RecursionError):
                pass
        raise Unprocessable(f"The file is not JSON: {error}.") from error
    except ValueError as error:  # a number of thousands of digits
        raise Unprocessable(f"The file is not JSON that can be read: {error}.") from error


def _too_deep() -> Unprocessable:
    return Unprocessable(f"The JSON is nested deeper than {DEEPEST} levels. Make it flatter.")


class _Reader:
    def __init__(self) -> None:
        self.values = 0

    def sections(self, node: Any, path: Path, depth: int) -> Iterator[Section]:
        """The sections of a value that stands at `path`. Raises Unprocessable: too deep."""
        if depth > DEEPEST:
            raise _too_deep()
        if isinstance(node, Mapping):
            yield from self._object(node, path, depth)
        elif isinstance(node, list):
            yield from self._list(node, path, depth)
        elif text := self._text(node):
            yield from _under(path, text)

    def _list(self, items: Sequence[Any], path: Path, depth: int) -> Iterator[Section]:
        plain = [text for item in items if not _holds(item) and (text := self._text(item))]
        if plain:
            yield Section(path, "\n".join(f"- {text}" for text in plain))
        for item in items:
            if _holds(item):
                yield from self.sections(item, path, depth + 1)

    def _object(self, node: Mapping[str, Any], path: Path, depth: int) -> Iterator[Section]:
        fields: dict[str, str] = {}
        facts: list[str] = []
        below: list[tuple[str, Any]] = []
        for key, value in node.items():
            name = clean_text(str(key)).strip()
            role = role_of(name)
            if _holds(value):
                below.append((name, value))
            elif role and role not in fields and isinstance(value, str) and value.strip():
                self.values += 1
                fields[role] = clean_text(value).strip()
            elif name.endswith("?") or (isinstance(value, str) and "\n" in value.strip()):
                below.append((name, value))
            else:
                facts.append(f"{name}: {self._text(value)}".strip())
        own = _own_path(path, fields, node)
        if answer := fields.get("answer", ""):
            yield from _under(own, "\n\n".join(filter(None, (answer, _listed(facts)))))
            facts = []
        elif question := fields.get("question", ""):
            facts.insert(0, question)
        if facts:
            yield Section(own, "\n".join(facts) if len(facts) < 3 else _listed(facts))
        for name, value in below:
            yield from self.sections(value, (*own, name) if name else own, depth + 1)

    def _text(self, value: Any) -> str:
        self.values += 1
        if isinstance(value, str):
            return clean_text(value).strip()
        return "—" if value is None else json.dumps(value, ensure_ascii=False)


def _holds(value: Any) -> bool:
    return isinstance(value, (Mapping, list)) and bool(value)


def _own_path(path: Path, fields: Mapping[str, str], node: Mapping[str, Any]) -> Path:
    own = [*path, *(fields[role] for role in ("topic", "question") if role in fields)]
    if "question" not in fields:
        named = next((node[n] for n in node if n.lower() in _NAMING), "")
        if isinstance(named, str) and 0 < len(named.strip()) <= _LONGEST_LABEL:
            own.append(clean_text(named).strip())
    return tuple(own)


def _listed(facts: Sequence[str]) -> str:
    return "\n".join(f"- {fact}" for fact in facts)


def _under(path: Path, text: str) -> list[Section]:
    return [Section((*path, *part.path), part.text) for part in parse_sections(text)]
