"""What the floor plan does not count is what it says: roofs are routes, leaves are tables."""

from __future__ import annotations

import re
from pathlib import Path

import recado

SOURCE = Path(recado.__file__).parent
IMPORTED = re.compile(r"^from (recado[\w.]*) import|^import (recado[\w.]*)", re.MULTILINE)


def test_a_roof_is_an_edge_of_the_admin_api() -> None:
    roofs = [*SOURCE.rglob("api.py"), *SOURCE.rglob("api/*.py")]
    assert roofs
    plain = [
        str(path.relative_to(SOURCE))
        for path in roofs
        if path.name != "__init__.py"
        and "from fastapi import" not in path.read_text(encoding="utf-8")
    ]
    assert plain == [], "only the edge of the API may read what stands above: give it another name"


def test_a_leaf_has_tables_and_nothing_below_it_but_their_base() -> None:
    for path in SOURCE.rglob("model.py"):
        code = path.read_text(encoding="utf-8")
        assert "(Base):" in code, f"{path} is imported from everywhere, and has no table"
        found = {a or b for a, b in IMPORTED.findall(code)}
        assert found <= {"recado.store.base"}, f"{path}: a table imports only its base class"
