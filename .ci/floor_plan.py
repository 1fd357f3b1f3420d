"""Draw the floor plan of docs/architecture/index.md from the code: what the packages say of
themselves, and who imports whom. `floor_plan.py` writes it, `floor_plan.py check` compares.

The floors are the contract's in pyproject.toml, from the ground up.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from pathlib import Path

import grimp

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs/architecture/index.md"
BEGIN, END = "<!-- floor plan: made by .ci/floor_plan.py -->\n", "<!-- end of the floor plan -->\n"


def read_contract() -> tuple[list[list[str]], list[tuple[str, str]]]:
    """The floors from the ground up, and the imports that do not count, as expressions."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    contract = tomllib.loads(text)["tool"]["importlinter"]["contracts"][0]
    floors = [re.split(r"\s*[|:]\s*", layer) for layer in reversed(contract["layers"])]
    ignored = [tuple(map(_expression, it.split(" -> "))) for it in contract["ignore_imports"]]
    return floors, [(importer, imported) for importer, imported in ignored]


def _expression(modules: str) -> str:
    return re.escape(modules).replace(r"\*\*", ".+").replace(r"\*", r"[^.]+")


def sentence(name: str) -> str:
    """What a package or a loose file says of itself, in its first sentence."""
    path = ROOT / "src/recado" / name
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    first = " ".join(text.split("\n\n")[0].split()).rstrip(".")
    said = re.sub(rf"^(the )?{name}: ", "", first, flags=re.IGNORECASE)
    return said[:1].upper() + said[1:]


def drawing(names: list[str], ignored: list[tuple[str, str]]) -> Iterable[str]:
    """A row a package from the top down, and in its columns what it imports; ○ where the contract
    does not count it (tables, roofs)."""
    graph = grimp.build_graph("recado", exclude_type_checking_imports=True)
    found: dict[tuple[str, str], bool] = {}
    for importer in graph.modules:
        for imported in graph.find_modules_directly_imported_by(importer):
            ends = tuple((f"{it}..").split(".")[1] for it in (importer, imported))
            counts = not any(
                re.fullmatch(a, importer) and re.fullmatch(b, imported) for a, b in ignored
            )
            found[ends[0], ends[1]] = counts or found.get((ends[0], ends[1]), False)
    numbers = {name: at for at, name in enumerate(names, 1)}
    yield " " * 18 + "".join(f"{numbers[name]:3}" for name in reversed(names))
    for name in reversed(names):
        marks = {True: "  ●", False: "  ○", None: "  ·"}
        cells = ("  \\" if name == it else marks[found.get((name, it))] for it in reversed(names))
        yield f"{numbers[name]:3} {name:14}" + "".join(cells)


def plan() -> str:
    floors, ignored = read_contract()
    names = [name for floor in floors for name in floor]
    rows = [f"| {at} | `{name}` | {sentence(name)} |" for at, name in enumerate(names, 1)]
    table = "\n".join(["| | from the ground up | what it is |", "|---|---|---|", *rows])
    return f"{BEGIN}\n{table}\n\n```text\n" + "\n".join(drawing(names, ignored)) + f"\n```\n\n{END}"


def main() -> int:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(BEGIN)
    made = before + plan() + rest.split(END)[1]
    if sys.argv[1:] == ["check"]:
        if made != page:
            print("docs/architecture/index.md shows another floor plan: run .ci/floor_plan.py")
            return 1
        print("The drawn floor plan is the code's.")
        return 0
    PAGE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
