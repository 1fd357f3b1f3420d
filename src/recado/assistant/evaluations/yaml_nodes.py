"""YAML with its lines: values as a case's file means them, and errors that say where.

A text is taken as it is written, so that `ask: no`, `contains: [8:30]` and `id: 007` are the
words that stand there, and not a truth value, a number of minutes and a seven.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import yaml

from recado.errors import Unprocessable

_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TRUTHS = {"true": True, "yes": True, "false": False, "no": False}
#: Enough for some ten thousand cases.
MAX_BYTES = 8 * 1024 * 1024


class Spot:
    """A value in a file. Every reading method raises Unprocessable: what is there, in which line,
    and what is accepted."""

    def __init__(self, path: Path, node: yaml.Node, name: str = "") -> None:
        self._path, self._node, self._name = path, node, name

    @property
    def line(self) -> int:
        """Counted from 1."""
        return int(self._node.start_mark.line) + 1

    def wrong(self, problem: str) -> NoReturn:
        raise Unprocessable(f"{self._path}, line {self.line}: {problem}")

    def fields(self, accepted: Sequence[str], required: Sequence[str] = ()) -> dict[str, Spot]:
        """The values of a mapping by their keys, which are some of `accepted`."""
        keys = ", ".join(accepted)
        if not isinstance(self._node, yaml.MappingNode):
            self.wrong(f"{self._called('This')} has to be a mapping with some of: {keys}.")
        found: dict[str, Spot] = {}
        for key, value in self._node.value:
            name, spot = str(key.value), Spot(self._path, key)
            if name not in accepted:
                spot.wrong(f"There is no key {name!r} here; accepted are {keys}.")
            if name in found:
                spot.wrong(f"The key {name!r} stands here twice.")
            found[name] = Spot(self._path, value, name)
        if missing := [name for name in required if name not in found]:
            self.wrong(f"{self._called('This')} needs {' and '.join(missing)}.")
        return found

    def items(self) -> list[Spot]:
        if not isinstance(self._node, yaml.SequenceNode):
            self.wrong(f"{self._called('This')} has to be a list.")
        return [Spot(self._path, node, self._name) for node in self._node.value]

    def text(self) -> str:
        if not isinstance(self._node, yaml.ScalarNode) or not self._node.value.strip():
            self.wrong(f"{self._called('This')} has to be a text.")
        text = str(self._node.value).strip()
        if not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text):
            self.wrong(f"{self._called('This')} has half a character in it.")
        return text

    def texts(self) -> tuple[str, ...]:
        """One text, or a list of them."""
        if isinstance(self._node, yaml.SequenceNode) and self._node.value:
            return tuple(item.text() for item in self.items())
        return (self.text(),)

    def truth(self) -> bool:
        value = self._node.value if isinstance(self._node, yaml.ScalarNode) else ""
        if str(value).lower() not in _TRUTHS:
            self.wrong(f"{self._called('This')} is true or false.")
        return _TRUTHS[str(value).lower()]

    def number(self) -> float:
        """Zero or more."""
        try:
            value = float(self.text())
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            self.wrong(f"{self._called('This')} is a number, 0 or more.")
        return value

    def one_of(self, accepted: Sequence[str]) -> str:
        value = self.text()
        if value not in accepted:
            self.wrong(f"{self._called('This')} is one of {', '.join(accepted)}, not {value!r}.")
        return value

    def _called(self, otherwise: str) -> str:
        return f"`{self._name}`" if self._name else otherwise


def read_document(path: Path) -> Spot | None:
    """What a file holds; None where it holds nothing but comments.

    Raises Unprocessable (it is no YAML, or uses anchors) and OSError.
    """
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise Unprocessable(f"{path}: more than {MAX_BYTES // 1024 // 1024} MB; split the file.")
    try:
        _refuse_anchors(path, data)
        node = yaml.compose(data, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise Unprocessable(f"{path}{line}: this is no YAML: {error.problem}.") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise Unprocessable(f"{path}: this is no YAML: {error}.") from error
    return None if node is None else Spot(path, node)


def _refuse_anchors(path: Path, data: bytes) -> None:
    """A few anchors can stand for more values than fit into memory; no case needs one."""
    if b"&" not in data:
        return
    for event in yaml.parse(data, Loader=_Loader):
        if getattr(event, "anchor", None):
            line = event.start_mark.line + 1 if event.start_mark else 1
            raise Unprocessable(f"{path}, line {line}: anchors (& and *) are not read here.")
