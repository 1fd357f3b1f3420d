"""A file of cases: what is asked, and what is expected of the answer (docs/guide/evaluations.md).

name: Gym Vértice
knowledge: [vertice.es.md, precios.csv]
cases:
  - id: hours-saturday
    ask: a q hora abren los sabados
    expect: {source: Horarios, contains: "8"}
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from recado.assistant.evaluations.cases import Case, CaseSet, Expected
from recado.assistant.evaluations.yaml_nodes import Spot, read_document
from recado.errors import NotFound, Unprocessable
from recado.language.detection import LANGUAGES

#: What `knowledge` says for the business that comes with Recado.
SAMPLE = "sample"
#: What `character` says for the one that answers where none is named.
DEFAULT = "default"
_SET = ("name", "note", "knowledge", "character", "cases")
_CASE = ("id", "note", "ask", "turns", "expect")
_VALUES: dict[str, Callable[[Spot], Any]] = {
    "contains": Spot.texts,
    "not_contains": Spot.texts,
    "source": Spot.texts,
    "language": lambda spot: spot.one_of(LANGUAGES),
    "declined": Spot.truth,
    "handed_over": Spot.truth,
    "tool": Spot.texts,
    "seconds": Spot.number,
    "cost": Spot.number,
    "judge": Spot.text,
}
_EXPECTED = tuple(_VALUES)


def read_sets(paths: Iterable[Path]) -> list[CaseSet]:
    """The sets of files, and of all `.yaml` and `.yml` files in folders, by their paths. Files of
    one folder that say the same above their cases are one set.

    Raises NotFound (nothing is there) and Unprocessable (file, line and what is accepted).
    """
    sets: dict[str, CaseSet] = {}
    for file in dict.fromkeys(file for path in paths for file in _files_at(path)):
        found = read_set(file)
        if found is not None:
            before = sets.get(found.name)
            sets[found.name] = found if before is None else _joined(before, found)
    if not sets:
        raise NotFound("There are no cases in these files.")
    return list(sets.values())


def _joined(before: CaseSet, found: CaseSet) -> CaseSet:
    """Raises Unprocessable: the two are not of one set."""
    joined = replace(before, cases=(*before.cases, *found.cases))
    if before.path.parent != found.path.parent or joined != replace(
        found, path=before.path, cases=joined.cases
    ):
        raise Unprocessable(
            f"{found.path}: the set {found.name!r} is in {before.path}, too, and another one; give"
            " it a `name` of its own."
        )
    known = {case.id for case in before.cases}
    for case in found.cases:
        if case.id in known:
            raise Unprocessable(
                f"{found.path}, line {case.line}: the id {case.id!r} is in another file of the set"
                f" {found.name!r}, too."
            )
    return joined


def _files_at(path: Path) -> Sequence[Path]:
    if path.is_file():
        return (path,)
    if not path.is_dir():
        raise NotFound(f"There is no file or folder {path}.")
    found = sorted(it for it in path.rglob("*") if it.suffix in {".yaml", ".yml"} and it.is_file())
    if not found:
        raise NotFound(f"There is no .yaml file in {path}. `recado eval init` writes an example.")
    return found


def read_set(path: Path) -> CaseSet | None:
    """The set of one file; None where there is nothing in it. Raises Unprocessable."""
    document = read_document(path)
    if document is None:
        return None
    found = document.fields(_SET, required=["cases"])
    cases = tuple(_case(spot) for spot in found["cases"].items())
    lines: dict[str, int] = {}
    for case in cases:
        if case.id in lines:
            raise Unprocessable(
                f"{path}, line {case.line}: the id {case.id!r} is in line {lines[case.id]}, too."
            )
        lines[case.id] = case.line
    knowledge, sample = _knowledge(path, found.get("knowledge"))
    return CaseSet(
        name=found["name"].text() if "name" in found else path.stem,
        path=path,
        cases=cases,
        knowledge=knowledge,
        sample=sample,
        character=_character(found.get("character")),
    )


def _character(spot: Spot | None) -> str:
    name = "" if spot is None else spot.text()
    return "" if name == DEFAULT else name


def _knowledge(path: Path, spot: Spot | None) -> tuple[tuple[Path, ...], bool]:
    if spot is None:
        return (), False
    named = spot.texts()
    if named == (SAMPLE,):
        return (), True
    files = tuple(path.parent / name for name in named)
    for file in files:
        if not file.exists():
            spot.wrong(f"There is no file {file} to learn; paths are beside the set's own file.")
    return files, False


def _case(spot: Spot) -> Case:
    found = spot.fields(_CASE, required=["id", "expect"])
    if ("ask" in found) == ("turns" in found):
        spot.wrong("A case has either `ask` (one message) or `turns` (a list of them).")
    turns = (found["ask"].text(),) if "ask" in found else found["turns"].texts()
    return Case(found["id"].text(), turns, _expected(found["expect"]), spot.line)


def _expected(spot: Spot) -> Expected:
    found = spot.fields(_EXPECTED)
    if not found:
        spot.wrong(f"`expect` needs one of: {', '.join(_EXPECTED)}.")
    told: dict[str, Any] = {name: _VALUES[name](value) for name, value in found.items()}
    expected = Expected(**told)
    if expected.declined and expected.source:
        found["declined"].wrong("An answer that is declined quotes no `source`: take one out.")
    return expected
