"""The tools of an installation: kept in the database, known in each process, called from here."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from recado.assistant.model import Character
from recado.assistant.policy import MOST_TOOLS
from recado.assistant.tools.definition import NewTool, ToolView, check_tool
from recado.assistant.tools.model import Tool
from recado.errors import BadRequest, Conflict, NotFound, Unprocessable
from recado.security.encryption import Cipher
from recado.store import Store, Tx, new_id, now

if TYPE_CHECKING:
    from recado.assistant.port import Persona

#: How long a change made by another process may stay unseen.
CACHE_SECONDS = 5.0
LOCK = "tools"


class Tools:
    """All tools, as this process last read them."""

    def __init__(
        self, store: Store, cipher: Cipher, *, clock: Callable[[], float] = time.monotonic
    ):
        self._store = store
        self._cipher = cipher
        self._clock = clock
        self._kept: tuple[ToolView, ...] = ()
        self._until = float("-inf")

    async def of(self, persona: Persona) -> tuple[ToolView, ...]:
        """The tools that a character uses in this version of it, by name."""
        named = persona.tools
        return tuple(
            tool
            for tool in await self.all()
            if tool.is_of(persona.id) and (named is None or tool.id in named or tool.name in named)
        )

    async def all(self) -> tuple[ToolView, ...]:
        if self._clock() >= self._until:
            self._kept = tuple(await self._store.read(list_tools))
            self._until = self._clock() + CACHE_SECONDS
        return self._kept

    def forget(self) -> None:
        """See changes at once: for whoever changes a tool in this process."""
        self._until = float("-inf")

    async def secret_of(self, tool: ToolView) -> str:
        """The tool's secret in the clear, "" where it has none. Memory only."""
        if not tool.has_secret:
            return ""
        stored = await self._store.read(
            lambda tx: tx.scalar(select(Tool.secret).where(Tool.id == tool.id))
        )
        return self._cipher.decrypt(stored) if stored else ""

    def sealed(self, secret: str) -> str:
        """A secret as it is stored."""
        return self._cipher.encrypt(secret) if secret else ""


_COLUMNS = [it for it in Tool.__table__.c if it.name != "secret"]


def list_tools(tx: Tx) -> list[ToolView]:
    """By name."""
    statement = select(*_COLUMNS, (Tool.secret != "").label("has_secret")).order_by(Tool.name)
    return [_view(row) for row in tx.all(statement)]


def get_tool(tx: Tx, tool_id: str) -> ToolView:
    """The tool of that id or name. Raises NotFound."""
    statement = select(*_COLUMNS, (Tool.secret != "").label("has_secret"))
    row = tx.first(statement.where((Tool.id == tool_id) | (Tool.name == tool_id)))
    if row is None:
        raise NotFound(f"There is no tool {tool_id!r}.")
    return _view(row)


def add_tool(tx: Tx, new: NewTool, sealed: str) -> ToolView:
    """`sealed` is the secret as it is stored. Raises BadRequest, Unprocessable, Conflict."""
    tx.lock(LOCK)
    if len(tx.all(select(Tool.id))) >= MOST_TOOLS:
        raise Unprocessable(f"There are {MOST_TOOLS} tools already.")
    moment = now()
    values = check_tool(msgspec.structs.asdict(new))
    values["characters"] = _characters(tx, values["characters"])
    values |= {"id": new_id(), "secret": sealed, "created_at": moment, "updated_at": moment}
    _write(tx, insert(Tool).values(values), new.name)
    return get_tool(tx, values["id"])


def change_tool(tx: Tx, tool_id: str, changes: dict[str, Any], sealed: str | None) -> ToolView:
    """Change the named fields; the secret stays where `sealed` is None.

    Raises NotFound, BadRequest, Unprocessable, Conflict.
    """
    tx.lock(LOCK)
    view = get_tool(tx, tool_id)
    fields = [name for name in NewTool.__struct_fields__ if name != "secret"]
    if unknown := changes.keys() - set(fields):
        raise BadRequest(f"A tool has no {', '.join(sorted(unknown))}.")
    before = {name: getattr(view, name) for name in fields}
    values = check_tool(msgspec.to_builtins(before | changes))
    values["characters"] = _characters(tx, values["characters"])
    values |= {"updated_at": now()} | ({} if sealed is None else {"secret": sealed})
    _write(tx, update(Tool).where(Tool.id == view.id).values(values), values["name"])
    return get_tool(tx, view.id)


def remove_tool(tx: Tx, tool_id: str) -> ToolView:
    """Its calls stay in the ledger. Raises NotFound."""
    tx.lock(LOCK)
    view = get_tool(tx, tool_id)
    tx.execute(delete(Tool).where(Tool.id == view.id))
    return view


def check_tools_exist(tx: Tx, named: Sequence[str] | None) -> None:
    """Raises Unprocessable: there is no tool of that id or name."""
    if named:
        rows = tx.all(select(Tool.id, Tool.name))
        known = {name for row in rows for name in (row.id, row.name)}
        if unknown := [it for it in named if it not in known]:
            raise Unprocessable(f"There is no tool {unknown[0][:80]!r}.")


def _characters(tx: Tx, named: Sequence[str] | None) -> list[str] | None:
    """Their ids. Raises Unprocessable: there is no such character."""
    if named is None:
        return None
    rows = tx.all(select(Character.id, Character.name))
    ids = {row.name: row.id for row in rows} | {row.id: row.id for row in rows}
    if unknown := [it for it in named if it not in ids]:
        raise Unprocessable(f"There is no character {unknown[0][:80]!r}.")
    return [ids[it] for it in named]


def _write(tx: Tx, statement: Any, name: str) -> None:
    try:
        tx.execute(statement)
    except IntegrityError as error:
        raise Conflict(f"There is a tool named {name!r} already.") from error


def _view(row: Row[Any]) -> ToolView:
    stored = dict(row._mapping)
    return msgspec.convert(stored, ToolView)
