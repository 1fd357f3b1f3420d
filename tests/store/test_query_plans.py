"""On PostgreSQL, with a year of conversations in it, the product reads no table from end to end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row
from starlette.applications import Starlette

from recado.admin_api.app import api_routes
from recado.app.health import refresh_gauges
from recado.maintenance.tasks import clean_up
from recado.queue.dead_letters import record_in
from recado.runtime import Runtime
from recado.sending.settle import judge_unknown
from recado.store import Store, Tx
from tests.desk.conftest import browser
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.graph_statuses import StatusPlan
from tests.support.payloads import (
    edit,
    media_message,
    new_id,
    reaction,
    revoke,
    status,
    text_message,
)
from tests.support.plans import Reading, Recorder, fill, readings
from tests.support.runtime import API_KEY, api_client

pytestmark = pytest.mark.engine

LINE_WITH_FEW = (
    "Of a line with few conversations: to sort them is cheaper than to walk the index on activity"
    " past all others. An index of its own would change with every message."
)
#: What may read a whole table: the table, words of the statement, and why.
ALLOWED: tuple[tuple[str, str, str], ...] = (
    ("contact", "contact.name ILIKE", "A search for a part of a name looks at every name."),
    (
        "contact_identity",
        "LIKE '%' ||",
        "A part of a number stands anywhere in it; so many finds and no more.",
    ),
    *(
        (
            table,
            "|| conversation.line_id) =",
            LINE_WITH_FEW,
        )
        for table in ("contact", "conversation")
    ),
    ("message", "GROUP BY message.direction", "Counts rest: admin_api/stats.py."),
    ("conversation", "GROUP BY conversation.state", "Counts rest: admin_api/stats.py."),
    ("escalation", "GROUP BY escalation.state", "Counts rest: admin_api/stats.py."),
    ("media", "sum(media.size_bytes)", "The sum rests: app/health.py."),
    ("job", "FROM job GROUP BY queue", "Every job is counted: those that wait, and no others."),
    (
        "line_event",
        "DISTINCT line_event.name",
        "Where no line says of which account it is, all events, kept for months, are its own.",
    ),
)


async def customers_write(flow: Flow) -> None:
    first = text_message("¿A qué hora abren?")
    await flow.receive(first)
    await flow.until_sent(1)
    await flow.quiet()
    await flow.receive(
        text_message("Quiero hablar con una persona"),
        media_message("image", "1"),
        reaction("👍", first["id"]),
        edit("¿Cuándo abren?", first["id"]),
        revoke(first["id"]),
        statuses=[status(new_id(), "sent")],
    )
    await flow.quiet()


async def the_team_works(runtime: Runtime, conversation: str, line_id: str) -> None:
    async with browser(runtime) as user:
        await user.sign_in()
        for chosen in ("all", "mine", "waiting", "human", "bot", "resolved"):
            await user.page(f"/desk/list?filter={chosen}", htmx=True)
        await user.page("/desk/list?filter=all&q=lucía", htmx=True)
        await user.post(f"/conversations/{conversation}/takeover")
        await user.post(f"/conversations/{conversation}/messages", text="Hola, soy Ana")
        await user.post(f"/conversations/{conversation}/messages", kind="note", text="nota")
        for path in (
            "/",
            f"/conversations/{conversation}",
            "/simulator",
            "/knowledge",
            "/lines",
            "/templates",
            "/dead-letters",
            "/team",
            "/profile",
        ):
            await user.page(path)
        for line in (await runtime.lines.at("web", "simulator"), await runtime.lines.get(line_id)):
            assert line is not None
            await user.page(f"/lines/{line.id}")


async def programs_ask(runtime: Runtime, conversation: str, message: Row[Any]) -> None:
    line, contact = message.line_id, message.contact_id
    app = Starlette(routes=api_routes(runtime))
    async with api_client(app) as client:
        for path in (
            "/conversations",
            "/conversations?state=waiting",
            f"/conversations?line={line}",
            f"/conversations?contact={contact}",
            "/conversations?search=ana",
            "/conversations?search=551234",
            f"/conversations/{conversation}",
            f"/conversations/{conversation}/messages",
            f"/conversations/{conversation}/messages?after=1",
            f"/conversations/{conversation}/events",
            "/messages",
            f"/messages?line={line}&since=2026-01-01&direction=inbound",
            f"/messages/{message.id}",
            f"/turns/{message.turn_id}",
            "/contacts?identity=16505551234",
            f"/contacts/{contact}",
            "/escalations",
            "/escalations?state=open",
            f"/escalations?conversation={conversation}",
            "/dead-letters",
            "/dead-letters?state=all",
            "/lines",
            f"/lines/{line}",
            f"/lines/{line}/templates",
            "/characters",
            "/stats",
        ):
            response = await client.get(f"/api/v1{path}")
            assert response.status_code == 200, (path, response.text)


async def the_house_is_kept(runtime: Runtime, message_id: str) -> None:
    store = runtime.store
    await refresh_gauges(runtime)
    await store.write(lambda tx: judge_unknown(tx, message_id, grace_seconds=0))
    await store.write(lambda tx: record_in(tx, queue="send", lane="l", body=b"{}", cause="x"))
    await clean_up(runtime)


async def ask_everything(flow: Flow, recorder: Recorder) -> dict[str, Any]:
    runtime = flow.runtime
    with recorder.listening():
        await flow.start_workers()
        await customers_write(flow)
    conversation, (message, *_) = await flow.conversation(), await flow.messages(author="assistant")
    assert message.turn_id is not None
    with recorder.listening():
        await programs_ask(runtime, conversation.id, message)
        await the_team_works(runtime, conversation.id, message.line_id)
        await flow.quiet()
        await the_house_is_kept(runtime, message.id)
        await flow.stop_workers()
    return recorder.statements


async def whole_readings(store: Store, statements: dict[str, Any]) -> list[Reading]:
    def work(tx: Tx) -> list[Reading]:
        return [
            reading
            for statement, parameters in statements.items()
            for reading in readings(tx, statement, parameters)
        ]

    return await store.read(work)


async def test_an_index_answers_whatever_the_product_asks(tmp_path: Path) -> None:
    recorder = Recorder()
    async with postgresql_url() as url:
        settings = {"DATABASE_URL": url, "RECADO_API_KEY": API_KEY}
        with recorder.attached():
            async with running_flow(tmp_path, plan=StatusPlan(), workers=False, **settings) as flow:
                statements = await ask_everything(flow, recorder)
                await fill(flow.runtime.store)
                found = await whole_readings(flow.runtime.store, statements)
    assert len(statements) > 100, "this does not record what the product asks"
    unexplained = [it for it in found if not any(_allows(a, it) for a in ALLOWED)]
    assert not unexplained, "\n\n".join(str(it) for it in unexplained)
    idle = [a for a in ALLOWED if not any(_allows(a, it) for it in found)]
    assert not idle, f"allowed, and nobody does it any more: {idle}"


def _allows(allowance: tuple[str, str, str], reading: Reading) -> bool:
    table, words, _reason = allowance
    return table == reading.table and words in " ".join(reading.statement.split())
