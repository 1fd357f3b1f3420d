"""The lines of this installation, in memory with their credentials in the clear.

Lines come from the settings (one per channel at most) and from the database, where the desk and
the API add them. Webhooks are verified and messages routed from memory; another process's
changes are seen within seconds. When a line last heard from its vendor is noted on the side
(standing.py).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from sqlalchemy import insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from recado.channels.port import Channel, Line
from recado.errors import Conflict, NotFound, RecadoError, Unprocessable
from recado.lines.model import LineRow
from recado.lines.remembered import LineRecord, remember_lines, remembered_lines
from recado.lines.signers import Signers
from recado.lines.standing import Notes, Standing, list_standings
from recado.security.encryption import Cipher
from recado.settings import Settings
from recado.store import Store, Tx, new_id, now

log = structlog.get_logger(__name__)

REFRESH_SECONDS = 5.0
#: How long a webhook waits for the store's news of the lines; while the store is away, not at all.
PATIENCE_SECONDS = 1.0


class Lines:
    def __init__(
        self,
        store: Store,
        cipher: Cipher,
        settings: Settings,
        channels: Mapping[str, Channel],
        *,
        remember_in: Path | None = None,
    ) -> None:
        """`remember_in`: a file for what the store last told, for starts without the store."""
        self._store = store
        self._cipher = cipher
        described = [channel.line_from_settings(settings) for channel in channels.values()]
        lines = [line for line in described if line is not None]
        self._from_settings = {(line.channel, line.address): line for line in lines if line.address}
        #: Credentials without an address serve every address that the vendor signs for.
        self._adopters = {line.channel: line for line in lines if not line.address}
        #: Which credential verifies a channel's webhooks, for those that have some.
        self._signed_with = {
            kind: channel.webhook.signed_with
            for kind, channel in channels.items()
            if channel.webhook is not None
        }
        self._notes = Notes(store)
        self._lines: dict[str, Line] = {}
        self._described: set[str] = set()
        self._by_address: dict[tuple[str, str], Line] = {}
        self._refreshed_at = self._looked_at = float("-inf")
        self._remember_in = remember_in
        #: By channel and credential, for as long as the lines stay as they are.
        self._signers: dict[tuple[str, str], Signers] = {}
        self._refreshing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._store_is_away = False
        #: Whether the store's lines are known at all: from the store, or as they last were.
        self.are_known = False

    async def start(self) -> None:
        """Give the settings' lines their rows, and read all."""
        await self._store.write(self._ensure_rows)
        await self.refresh()

    async def start_without_store(self) -> None:
        """Begin with what is remembered; the store's news come when it answers."""
        if self._remember_in is not None and (kept := remembered_lines(self._remember_in)):
            self._take_over(kept)
        await self._look()

    async def refresh(self) -> None:
        rows = await self._store.read(lambda tx: tx.all(select(LineRow.__table__)))
        self._take_over(rows)
        self._refreshed_at = time.monotonic()
        if self._remember_in is not None:
            try:
                remember_lines(self._remember_in, rows)
            except OSError as error:  # a full disk: the lines themselves are known
                log.warning("lines not remembered", error=str(error))

    def _take_over(self, rows: Sequence[LineRecord]) -> None:
        lines = [self._decrypted(row) for row in rows]
        self._lines = {line.id: line for line in lines}
        self._by_address = {(line.channel, line.address): line for line in lines}
        self._described = {
            row.id
            for row in rows
            if (row.channel, row.address) in self._from_settings
            or (not row.credentials and row.channel in self._adopters)
        }
        self._signers.clear()
        self._lines = {line.id: self._with_kin(line) for line in lines}
        self._by_address = {(it.channel, it.address): it for it in self._lines.values()}
        self.are_known = True

    def _with_kin(self, line: Line) -> Line:
        credential = self._signed_with.get(line.channel, "")
        if not credential:
            return msgspec.structs.replace(line, kin=frozenset({line.id}))
        addresses = self._signers_of(line.channel, credential).kin_of(line.address)
        known = (self._by_address.get((line.channel, at)) for at in addresses)
        return msgspec.structs.replace(line, kin=frozenset(it.id for it in known if it))

    async def get(self, line_id: str) -> Line:
        """Raises NotFound."""
        await self._refresh_when(stale=line_id not in self._lines)
        if line_id not in self._lines:
            raise NotFound(f"There is no line {line_id}.")
        return self._lines[line_id]

    def known(self, line_id: str) -> Line | None:
        """The line, if it is in memory: for work in a transaction, which cannot wait."""
        return self._lines.get(line_id)

    async def at(self, channel: str, address: str) -> Line | None:
        """The line with this address on the channel; None when there is none."""
        await self._refresh_when(stale=(channel, address) not in self._by_address)
        line = self._by_address.get((channel, address))
        adopter = self._adopters.get(channel)
        if line is None and adopter is not None and address:
            await self._store.write(lambda tx: self._ensure_row(tx, adopter, address))
            await self.refresh()
            line = self._by_address.get((channel, address))
        return line

    async def all(self) -> Sequence[Line]:
        await self._refresh_when(stale=False)
        return list(self._lines.values())

    async def secrets(self, channel: str, name: str) -> Sequence[str]:
        """Every line's credential `name` on the channel; from memory when the store is down."""
        return (await self.signers(channel, name)).secrets

    async def signers(self, channel: str, name: str, *, anew: bool = False) -> Signers:
        """Who signs with the credential `name` for which line of the channel; from memory when the
        store is down. `anew`: what is not known may have come meanwhile."""
        if anew or time.monotonic() - self._refreshed_at > REFRESH_SECONDS:
            await self._look()
        return self._signers_of(channel, name)

    async def sign_for(self, line: Line, marks: Sequence[str]) -> bool:
        """Does one of those who signed an item of a webhook (Signers, `signed_by`) sign for the
        line?"""
        signers = await self.signers(line.channel, self._signed_with.get(line.channel, ""))
        return signers.sign_for(line.address, marks)

    def _signers_of(self, channel: str, name: str) -> Signers:
        known = self._signers.get((channel, name))
        if known is None:
            lines = [line for line in self._lines.values() if line.channel == channel]
            described = {
                at: line for (kind, at), line in self._from_settings.items() if kind == channel
            }
            adopter = self._adopters.get(channel)
            marks_of = self._cipher.marks_of
            known = Signers(name, lines, described, adopter, marks_of=marks_of)
            self._signers[channel, name] = known
        return known

    def is_described(self, line: Line) -> bool:
        """Do the settings hold its credentials, rather than the database?"""
        return line.id in self._described

    async def standing(self, line_id: str) -> Standing:
        """What its vendor last told about it. Raises NotFound."""
        await self.get(line_id)
        return (await self.standings()).get(line_id, Standing())

    async def standings(self) -> dict[str, Standing]:
        """Of every line, by its id."""
        return await self._store.read(list_standings)

    def heard(self, channel: str, address: str) -> None:
        """Something came for this line. Costs nothing: written aside, once a minute at most."""
        line = self._by_address.get((channel, address))
        if line is not None:
            self._notes.heard(line.id)

    def refused(self, channel: str, reason: str) -> None:
        """A webhook of the channel was refused. Written aside as far as the store can take it."""
        self._notes.refused(channel, reason)

    async def close(self) -> None:
        """Finish what is being noted."""
        for reading in (self._refreshing, self._looking):
            if reading is not None:
                reading.cancel()
        await self._notes.close()

    async def add(self, channel: str, address: str, name: str, credentials: dict[str, str]) -> Line:
        """Raises Conflict when the address is taken."""

        def work(tx: Tx) -> str:
            _lock(tx, channel, address)
            taken = select(LineRow.id).where(LineRow.channel == channel, LineRow.address == address)
            if tx.first(taken) is not None:
                raise Conflict(f"There is a {channel} line with the address {address} already.")
            return _insert(tx, channel, address, name, self._encrypted(credentials))

        line_id = await self._store.write(work)
        await self.refresh()
        return self._lines[line_id]

    async def update(
        self,
        line_id: str,
        *,
        name: str,
        enabled: bool,
        credentials: dict[str, str] | None = None,
        settings: dict[str, Any] | None = None,
    ) -> Line:
        """Change a line; `credentials` and `settings` replace those of the same name, and a
        setting of None is taken away.

        Raises NotFound, and Unprocessable for credentials that stand in the environment.
        """
        line = await self.get(line_id)
        values: dict[str, Any] = {"name": name, "enabled": enabled}
        if credentials:
            if self.is_described(line):
                raise Unprocessable(
                    "The settings (environment or .env) hold this line's credentials: change them"
                    " there and restart."
                )
            values["credentials"] = self._encrypted({**line.credentials, **credentials})
        if settings is not None:
            merged = {**line.settings, **settings}
            values["settings"] = {key: value for key, value in merged.items() if value is not None}
        statement = update(LineRow).where(LineRow.id == line_id).values(**values)

        def work(tx: Tx) -> None:
            tx.execute(statement)

        await self._store.write(work)
        await self.refresh()
        return self._lines[line_id]

    async def use_character(self, line_id: str, character_id: str | None) -> Line:
        """Let a character answer on the line, None: the default one. Raises NotFound."""
        await self.get(line_id)
        named = update(LineRow).where(LineRow.id == line_id).values(character_id=character_id)

        def work(tx: Tx) -> None:
            tx.execute(named)

        await self._store.write(work)
        await self.refresh()
        return self._lines[line_id]

    async def _refresh_when(self, *, stale: bool) -> None:
        # Misses refresh too, but no more than once a second: unknown addresses may be many.
        age = time.monotonic() - self._refreshed_at
        if age > REFRESH_SECONDS or (stale and age > 1.0):
            if self._refreshing is None or self._refreshing.done():
                self._refreshing = asyncio.create_task(self.refresh())
            await asyncio.shield(self._refreshing)  # for all who ask meanwhile

    async def _look(self) -> None:
        """Refresh for the webhooks' edge. What is known in memory must do when the store does not
        answer soon: ingestion needs the queue and nothing else."""
        moment = time.monotonic()
        if self._looking is None or self._looking.done():
            if moment - self._looked_at < 1.0:
                return
            self._looked_at = moment
            self._looking = asyncio.create_task(self._refresh_quietly())
        if not self._store_is_away:
            _, late = await asyncio.wait({self._looking}, timeout=PATIENCE_SECONDS)
            if late:
                self._store_is_away = True

    async def _refresh_quietly(self) -> None:
        try:
            await self.refresh()
        except (RecadoError, SQLAlchemyError, OSError) as error:
            self._store_is_away = True
            log.warning("lines not refreshed, those known stay", error=repr(error))
        else:
            self._store_is_away = False

    def _ensure_rows(self, tx: Tx) -> None:
        for line in self._from_settings.values():
            self._ensure_row(tx, line, line.address)

    def _ensure_row(self, tx: Tx, line: Line, address: str) -> None:
        _lock(tx, line.channel, address)
        known = select(LineRow.id).where(
            LineRow.channel == line.channel, LineRow.address == address
        )
        if tx.first(known) is None:
            _insert(tx, line.channel, address, line.name, "")

    def _decrypted(self, row: LineRecord) -> Line:
        configured = self._from_settings.get((row.channel, row.address))
        if configured is None and not row.credentials:
            configured = self._adopters.get(row.channel)
        if configured is not None:
            return msgspec.structs.replace(
                configured,
                id=row.id,
                address=row.address,
                name=row.name,
                settings={**configured.settings, **(row.settings or {})},
                enabled=row.enabled,
                character_id=row.character_id,
            )
        clear = self._cipher.decrypt(row.credentials) if row.credentials else "{}"
        return Line(
            id=row.id,
            channel=row.channel,
            address=row.address,
            name=row.name,
            credentials=msgspec.json.decode(clear, type=dict[str, str]),
            settings=row.settings or {},
            enabled=row.enabled,
            character_id=row.character_id,
        )

    def _encrypted(self, credentials: dict[str, str]) -> str:
        if not credentials:
            return ""
        return self._cipher.encrypt(msgspec.json.encode(credentials).decode())


def _lock(tx: Tx, channel: str, address: str) -> None:
    """Several processes may start, or meet a new number, at the same moment."""
    tx.lock(f"line/{channel}/{address}")


def _insert(tx: Tx, channel: str, address: str, name: str, credentials: str) -> str:
    line_id = new_id()
    tx.execute(
        insert(LineRow),
        {
            "id": line_id,
            "channel": channel,
            "address": address,
            "name": name,
            "display": "",
            "credentials": credentials,
            "settings": {},
            "character_id": None,
            "enabled": True,
            "created_at": now(),
        },
    )
    return line_id
