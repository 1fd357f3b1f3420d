"""Dead letters, migrations, scheduled work, and a person's own data."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from sqlalchemy import insert, select, text, update

from recado.channels.messages import Identity, InboundMessage, Sender
from recado.jobs import INBOUND
from recado.queue.dead_letters import record_in
from recado.queue.model import DeadLetterRow, JobRow
from recado.queue.port import NewJob
from recado.runtime import Runtime
from recado.security.model import UserSession
from recado.sending.model import EarlyStatus
from recado.store import Store, Tx, first_id, now, open_store
from recado.store.migrate import migrate
from tests.app.conftest import Recado
from tests.support.runtime import make_runtime

T = TypeVar("T")
DAY = 86_400


def on_store(tmp_path: Path, work: Callable[[Store], Awaitable[T]]) -> T:
    """Run `work` on the installation's database, between two commands."""

    async def run() -> T:
        store = open_store(f"sqlite:///{tmp_path / 'data' / 'recado.db'}", sync="off")
        try:
            await migrate(store)
            return await work(store)
        finally:
            await store.close()

    return asyncio.run(run())


def bury(tmp_path: Path, body: bytes = b'{"conversation_id":"c"}', queue: str = "turn") -> str:
    return on_store(
        tmp_path,
        lambda store: store.write(
            lambda tx: record_in(tx, queue=queue, lane="lane", body=body, cause="it broke")
        ),
    )


def test_a_fresh_database_is_migrated_once(recado: Recado) -> None:
    assert recado("migrate").output.startswith("Migrated to schema")
    assert "already" in recado("migrate").output


def test_dead_letters_are_listed_shown_and_replayed_once(recado: Recado, tmp_path: Path) -> None:
    id = bury(tmp_path)
    listed = recado("dead-letters", "list")
    assert id in listed.stdout
    assert "it broke" in listed.stdout
    shown = recado("dead-letters", "show", id)
    assert '"conversation_id": "c"' in shown.stdout
    assert recado("dead-letters", "replay", id).exit_code == 0
    again = recado("dead-letters", "replay", id)
    assert again.exit_code == 1
    assert "replayed already" in again.stderr
    assert id not in recado("dead-letters", "list").stdout
    assert id in recado("dead-letters", "list", "--state", "all").stdout
    jobs = on_store(
        tmp_path, lambda store: store.read(lambda tx: tx.all(select(JobRow.queue, JobRow.body)))
    )
    assert [tuple(row) for row in jobs] == [("turn", b'{"conversation_id":"c"}')]


def test_all_dead_letters_of_a_queue_are_replayed_together(recado: Recado, tmp_path: Path) -> None:
    for queue in ("turn", "turn", "send"):
        bury(tmp_path, queue=queue)
    assert "Replayed 2." in recado("dead-letters", "replay", "--all", "--queue", "turn").stdout
    assert "Replayed 1." in recado("dead-letters", "replay", "--all").stdout


def test_dropping_asks_first_and_takes_no_for_an_answer(recado: Recado, tmp_path: Path) -> None:
    id = bury(tmp_path)
    assert recado("dead-letters", "drop", id, typed="n\n").exit_code == 1
    assert recado("dead-letters", "drop", id, typed="").exit_code == 1  # nobody there to ask
    assert id in recado("dead-letters", "list").stdout
    assert recado("dead-letters", "drop", id, "--yes").exit_code == 0
    assert id not in recado("dead-letters", "list").stdout


def test_an_unknown_dead_letter_is_one_line(recado: Recado) -> None:
    result = recado("dead-letters", "show", "nothing")
    assert result.exit_code == 1
    assert result.stderr == "recado: There is no dead letter nothing.\n"


def test_maintenance_removes_what_is_past_its_time_and_nothing_else(
    recado: Recado, tmp_path: Path
) -> None:
    moment = now()

    def work(tx: Tx) -> None:
        for name, expires in (("old", moment - 1), ("new", moment + 100)):
            session = {"token_hash": name, "user_id": "u", "csrf_token": "c"}
            tx.execute(insert(UserSession), {**session, "created_at": 0, "expires_at": expires})
        for name, age in (("old", 8), ("new", 1)):
            came_at = moment - age * DAY
            status = {"id": first_id(came_at) + name, "line_id": "l", "status": {}}
            tx.execute(
                insert(EarlyStatus), {**status, "provider_message_id": name, "created_at": came_at}
            )
        for state, age in (("open", 90), ("replayed", 90), ("dropped", 1)):
            id = record_in(tx, queue="turn", lane="l", body=b"{}", cause=state)
            closed = None if state == "open" else moment - age * DAY
            tx.execute(
                update(DeadLetterRow)
                .where(DeadLetterRow.id == id)
                .values(state=state, closed_at=closed, created_at=moment - age * DAY)
            )

    on_store(tmp_path, lambda store: store.write(work))
    assert recado("maintenance", "run").exit_code == 0

    def left(tx: Tx) -> list[set[str]]:
        return [
            set(tx.execute(select(column)).scalars())
            for column in (
                UserSession.token_hash,
                EarlyStatus.provider_message_id,
                DeadLetterRow.cause,
            )
        ]

    assert on_store(tmp_path, lambda store: store.read(left)) == [
        {"new"},
        {"new"},
        {"open", "dropped"},
    ]


def test_a_job_past_its_retention_becomes_a_dead_letter_and_its_lane_goes_on(
    recado: Recado, tmp_path: Path
) -> None:
    recado("migrate")

    async def publish(store: Store) -> None:
        from recado.queue.sql.queue import SqlQueue

        await SqlQueue(store).publish([NewJob("send", "a", b"old"), NewJob("send", "a", b"new")])
        await store.write(
            lambda tx: tx.execute(
                text("UPDATE job SET created_at = :at WHERE body = :body"),
                {"at": now() - 15 * DAY, "body": b"old"},
            )
        )

    on_store(tmp_path, publish)
    recado("maintenance", "run")

    async def look(store: Store) -> tuple[list[bytes], list[bytes]]:
        from recado.jobs import SEND
        from recado.queue.sql.queue import SqlQueue

        received = await SqlQueue(store).receive(SEND.spec, 10, 0)
        buried = await store.read(lambda tx: tx.all(select(DeadLetterRow.body)))
        return [it.body for it in received], [row.body for row in buried]

    assert on_store(tmp_path, look) == ([b"new"], [b"old"])


def talk(tmp_path: Path, *said: tuple[str, str]) -> None:
    """People, by their phones, write and are answered."""

    async def run() -> None:
        from recado.app.server import running

        services = ["assistant", "sending"]
        async with (
            make_runtime(tmp_path / "data", services=services) as runtime,
            running(runtime, services),
        ):
            for phone, words in said:
                item = InboundMessage(
                    channel="web",
                    line_address="simulator",
                    provider_message_id=f"web.{phone}",
                    sender=Sender((Identity("phone", phone),), words.split()[2].strip(",")),
                    type="text",
                    text=words,
                    sent_at=now(),
                    raw={"from": phone, "text": words},
                )
                await runtime.queue.publish([INBOUND.job(item.lane, item)])
            async with asyncio.timeout(60):
                while not all([await _answered(runtime, phone) for phone, _ in said]):
                    await asyncio.sleep(0.02)

    asyncio.run(run())


async def _answered(runtime: Runtime, phone: str) -> bool:
    query = text(
        "SELECT count(*) FROM message JOIN contact_identity USING (contact_id)"
        " WHERE contact_identity.value = :phone AND direction = 'outbound' AND status = 'sent'"
    )
    return bool(await runtime.store.read(lambda tx: tx.scalar(query, {"phone": phone})))


def test_a_contact_gets_all_that_is_stored_about_them(recado: Recado, tmp_path: Path) -> None:
    talk(tmp_path, ("34600111222", "hola soy Ana"), ("34600999888", "hola soy Luis"))
    bury(tmp_path, body=b'{"from":"34600111222"}')
    exported = recado("export", "+34 600 111 222")
    assert exported.exit_code == 0, exported.output
    document = json.loads(exported.stdout)
    assert document["contact"]["name"] == "Ana"
    assert [it["value"] for it in document["identities"]] == ["34600111222"]
    assert [it["direction"] for it in document["messages"]] == ["inbound", "outbound"]
    assert document["messages"][0]["raw"]["text"] == "hola soy Ana"
    assert len(document["turns"]) == 1
    assert len(document["dead_letters"]) == 1
    assert "Luis" not in exported.stdout
    before = tmp_path / "ana.json"  # an earlier one, which others may read
    before.write_text("{}" * 9_000)
    before.chmod(0o644)
    result = recado("export", "34600111222", "--output", "ana.json", "--files", "of ana")
    assert (tmp_path / "of ana").stat().st_mode & 0o777 == 0o700
    assert json.loads((tmp_path / "ana.json").read_text())["contact"]["name"] == "Ana"
    assert (tmp_path / "ana.json").stat().st_mode & 0o077 == 0
    assert result.stdout == ""


def test_an_erased_contact_leaves_no_trace_and_others_stay_whole(
    recado: Recado, tmp_path: Path
) -> None:
    ana = ("34600111222", "hola soy Ana, vivo en Calle Luna 3")
    talk(tmp_path, ana, ("34600999888", "hola soy Luis"))
    bury(tmp_path, body=b'{"from":"34600111222"}')
    bury(tmp_path, body=b'{"from":"34600999888"}')
    assert recado("erase", "34600111222", typed="n\n").exit_code == 1
    assert recado("export", "34600111222").exit_code == 0
    erased = recado("erase", "34600111222", "--yes")
    assert erased.exit_code == 0, erased.output
    assert recado("export", "34600111222").exit_code == 1

    def dump(tx: Tx) -> str:
        tables = tx.all(
            text(
                "SELECT name FROM sqlite_master WHERE type = 'table'"
                " AND name NOT LIKE 'passage%' AND name NOT LIKE 'sqlite%'"
            )
        )
        rows = [tuple(row) for (name,) in tables for row in tx.all(text(f"SELECT * FROM {name}"))]  # noqa: S608 - names from the database itself
        return repr(rows)

    left = on_store(tmp_path, lambda store: store.read(dump))
    for trace in ("34600111222", "Calle Luna", "soy Ana"):
        assert trace not in left
    assert "contact.erased" in left
    assert "soy Luis" in left
    assert len(json.loads(recado("export", "34600999888").stdout)["dead_letters"]) == 1


def test_an_unknown_contact_is_one_line(recado: Recado) -> None:
    for command in ("export", "erase"):
        result = recado(command, "34600000000")
        assert result.exit_code == 1
        assert result.stderr == "recado: There is no contact 34600000000.\n"
