"""What a look costs on SQLite does not grow with what the business has said in all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Engine, event

from bench.desk import FILTERS
from bench.many import fill_desk
from recado.maintenance.searching import tend_search
from recado.runtime import Runtime
from tests.desk.conftest import DeskUser

LOOKS = [
    *(f"/desk/list?filter={name}" for name in FILTERS),
    "/desk/list?shown=200",
    *(f"/desk/list?q={words}" for words in ("violin", "hola+envio", "zacat", "5500030", "@lucia")),
]
#: Looked through whole, by design: the names of contacts, and only when nothing else was found.
BY_DESIGN = {"SCAN contact"}


@contextmanager
def statements() -> Iterator[set[tuple[str, Any]]]:
    """Everything that is asked of a database meanwhile."""
    asked: set[tuple[str, Any]] = set()

    def remember(_c: Any, _cursor: Any, sql: str, params: Any, *_: Any) -> None:
        asked.add((sql, tuple(params)))

    event.listen(Engine, "before_cursor_execute", remember)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", remember)


async def test_no_look_at_the_list_reads_a_whole_table(visitor: DeskUser, runtime: Runtime) -> None:
    user_id = await visitor.sign_in()
    line = await runtime.lines.at("web", "simulator")
    assert line is not None
    await fill_desk(runtime.store, line.id, user_id, conversations=5_000, waiting=100, each=2)
    await tend_search(runtime)
    with statements() as asked:
        for path in LOOKS:
            await visitor.page(path, htmx=True)
    selects = [it for it in asked if it[0].startswith("SELECT")]
    assert len(selects) > len(LOOKS)
    plans = await runtime.store.read(
        lambda tx: {
            (str(row[-1]), sql)
            for sql, params in selects
            for row in tx.sql(f"EXPLAIN QUERY PLAN {sql}", params).all()
        }
    )
    tables = ("message", "conversation", "contact", "contact_identity", "note", "escalation")
    scans = {
        step: sql
        for step, sql in plans
        if any(step == f"SCAN {table}" for table in tables) and step not in BY_DESIGN
    }
    assert scans == {}
