"""A CRM has each contact once, and what came of their conversations once, whatever fails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, delete, select, update

from recado.conversations.model import Conversation
from recado.conversations.ownership import reopen, resolve
from recado.crm import keeping
from recado.crm.model import CrmConnection, CrmLink, CrmSync
from recado.crm.telling import CrmWork
from recado.jobs import CRM, CrmJob
from recado.maintenance.personal_data import erase_contact, find_contact
from recado.queue.port import Delivery
from recado.queue.worker import Defer
from recado.store import Tx, now
from tests.support.crm_stub import CrmStub, running_crm
from tests.support.engines import postgresql_url
from tests.support.flow import Flow, running_flow
from tests.support.payloads import CUSTOMER, text_message

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)]
KINDS = ["hubspot", "rest"]


def given(kind: str, url: str) -> tuple[dict[str, Any], dict[str, str]]:
    """The settings and the secrets of a CRM at `url`."""
    if kind == "hubspot":
        return {"base_url": url, "portal_id": "77"}, {"token": "pat-1"}
    mapping = {
        "base_url": url,
        "auth": {"kind": "oauth2", "token_url": f"{url}/token"},
        "find": {"path": "/people?phone={person.phone}", "id": "[0].id"},
        "contact": {
            "path": "/people",
            "id": "id",
            "url": "link",
            "body": {"name": "=person.name", "phone": "=person.phone"},
        },
        "seek": {"path": "/notes?external={activity.id}", "id": "[0].id"},
        "activity": {
            "path": "/people/{contact.id}/notes",
            "id": "id",
            "body": {"text": "=activity.text", "external": "=activity.id"},
        },
    }
    return mapping, {"client_id": "me", "client_secret": "mine"}


@asynccontextmanager
async def connected(
    data: Path, kind: str, engine: str = "sqlite"
) -> AsyncIterator[tuple[Flow, CrmStub, str]]:
    """A contact has said "hola"; a CRM hears of what follows."""
    settings: dict[str, Any] = {"RECADO_CRM_PRIVATE_HOSTS": "127.0.0.1"}
    async with AsyncExitStack() as stack:
        if engine == "postgresql":
            settings["DATABASE_URL"] = await stack.enter_async_context(postgresql_url())
        stub = await stack.enter_async_context(running_crm())
        flow = await stack.enter_async_context(running_flow(data, **settings))
        await flow.receive(text_message("hola"))
        await flow.quiet()
        mapping, secrets = given(kind, stub.url)
        values = keeping.checked({"kind": kind, "settings": mapping})
        sealed = flow.runtime.crms.sealed(secrets)
        view = await flow.write(lambda tx: keeping.add_connection(tx, values, sealed))
        await flow.runtime.crms.refresh()
        yield flow, stub, view.id


async def resolved(flow: Flow, times: int = 1) -> None:
    def work(tx: Tx) -> None:
        id = str(tx.scalar(select(Conversation.id)))
        for _ in range(times):
            if tx.scalar(select(Conversation.state)) == "resolved":
                reopen(tx, id, actor="user:1")
            resolve(tx, id, actor="user:1")

    await flow.write(work)


async def synced(flow: Flow) -> Sequence[Row[Any]]:
    query = select(CrmSync.__table__).order_by(CrmSync.id)
    return await flow.runtime.store.read(lambda tx: tx.all(query))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", KINDS)
async def test_the_contact_is_made_once_and_each_event_beside_it(
    tmp_path: Path, kind: str, engine: str
) -> None:
    async with connected(tmp_path, kind, engine) as (flow, stub, _id):
        await resolved(flow, times=2)
        await flow.quiet(hurried=True)
        assert len(stub.contacts) == 1
        assert len(stub.notes) == 2
        assert [it.state for it in await synced(flow)] == ["sent", "sent"]
        contact_id = (await flow.conversation()).contact_id
        (link,) = await flow.runtime.store.read(lambda tx: keeping.links_of(tx, contact_id))
        assert link.remote_id in stub.contacts
        assert link.url.startswith("https://")
        if kind == "rest":
            assert stub.tokens == 1
        else:
            (note, *_) = stub.notes.values()
            (beside,) = note["associations"]
            assert beside["to"] == {"id": link.remote_id}
            assert beside["types"][0]["associationTypeId"] == 202
            assert stub.headers[-1]["Authorization"] == "Bearer pat-1"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [500, 429, 401, "lost", "garbage"])
@pytest.mark.parametrize("at", [0, 1, 2])
async def test_a_fault_at_any_step_makes_no_twin(
    tmp_path: Path, kind: str, fault: int | str, at: int
) -> None:
    async with connected(tmp_path, kind) as (flow, stub, _id):
        stub.properties.add("recado_contact_id")
        stub.faults = [*["none"] * at, fault]
        await resolved(flow, times=2)
        await flow.quiet(hurried=True)
        assert (len(stub.contacts), len(stub.notes)) == (1, 2)
        assert {it.state for it in await synced(flow)} == {"sent"}


@pytest.mark.parametrize("kind", KINDS)
async def test_whoever_is_there_already_is_found_by_their_phone(tmp_path: Path, kind: str) -> None:
    async with connected(tmp_path, kind) as (flow, stub, _id):
        phone = f"+{CUSTOMER}" if kind == "hubspot" else CUSTOMER
        stub.contacts["33"] = {"phone": phone}
        await resolved(flow)
        await flow.quiet(hurried=True)
        assert list(stub.contacts) == ["33"]
        assert len(stub.notes) == 1


async def test_what_the_crm_refuses_waits_for_a_replay_and_no_message_waits(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path, "hubspot") as (flow, stub, crm_id):
        stub.properties.add("recado_contact_id")
        stub.faults = [422]
        await resolved(flow)
        await flow.receive(text_message("otra cosa"))
        await flow.quiet(hurried=True)
        assert len(flow.graph.received) == 2
        (row,) = await synced(flow)
        assert row.state == "failed"
        assert row.attempts[-1]["answer"].startswith("422")
        count = await flow.write(lambda tx: keeping.replay(tx, crm_id, before=now()))
        assert count == 1
        await flow.quiet(hurried=True)
        assert [it.state for it in await synced(flow)] == ["sent"]
        assert len(stub.notes) == 1


@pytest.mark.parametrize("at", [0, 1, 2])
async def test_an_answer_in_two_packets_is_read_to_its_end(tmp_path: Path, at: int) -> None:
    async with connected(tmp_path, "rest") as (flow, stub, _id):
        stub.faults = [*["none"] * at, "parts"]
        await resolved(flow)
        await flow.quiet(hurried=True)
        (row,) = await synced(flow)
        assert (row.state, row.tries, row.attempts or []) == ("sent", 1, [])


@pytest.mark.parametrize("fault", ["garbage", 401])
async def test_what_answers_the_token_request_stays_out_of_the_log(
    tmp_path: Path, fault: int | str
) -> None:
    async with connected(tmp_path, "rest") as (flow, stub, _id):
        stub.faults = [fault]
        await resolved(flow)
        await flow.quiet(hurried=True)
        (row,) = await synced(flow)
        told = row.attempts[0]["answer"]
        assert told.startswith("200" if fault == "garbage" else "401")
        assert "oops" not in told
        assert "message" not in told


async def test_after_a_pause_there_is_all_the_time_again(tmp_path: Path) -> None:
    async with connected(tmp_path, "hubspot") as (flow, stub, crm_id):
        stub.properties.add("recado_contact_id")
        stub.faults = [503]
        await flow.stop_workers()
        await resolved(flow)

        def paused_for_long(tx: Tx) -> None:
            tx.execute(update(CrmSync).values(asked_at=now() - 25 * 3600.0))
            keeping.change_connection(tx, crm_id, {"state": "paused"}, None)
            keeping.change_connection(tx, crm_id, {"state": "active"}, None)

        await flow.write(paused_for_long)
        await flow.runtime.crms.refresh()
        await flow.start_workers()
        await flow.quiet(hurried=True)
        assert [it.state for it in await synced(flow)] == ["sent"]


@pytest.mark.parametrize("engine", ENGINES)
async def test_what_is_left_of_a_removed_crm_goes_and_a_pause_is_no_try(
    tmp_path: Path, engine: str
) -> None:
    async with connected(tmp_path, "hubspot", engine) as (flow, stub, crm_id):
        await flow.stop_workers()
        await resolved(flow)
        paused = {"state": "paused"}
        await flow.write(lambda tx: keeping.change_connection(tx, crm_id, paused, None))
        await flow.runtime.crms.refresh()
        (row,) = await synced(flow)
        work = CrmWork(flow.runtime)
        delivery = Delivery("1", CRM.name, "", CRM.job("", CrmJob(row.id)).body, 1, now(), "")
        with pytest.raises(Defer):
            await work.handle(delivery)
        (row,) = await synced(flow)
        assert row.begun_at is None
        await flow.write(lambda tx: tx.execute(delete(CrmConnection)))
        await work.handle(delivery)
        assert await synced(flow) == []
        assert stub.asked == []


async def test_after_a_day_of_failures_it_has_failed(tmp_path: Path) -> None:
    async with connected(tmp_path, "hubspot") as (flow, stub, _id):
        stub.properties.add("recado_contact_id")
        stub.faults = [503]
        await flow.stop_workers()
        await resolved(flow)
        long_ago = now() - 25 * 3600.0
        await flow.write(lambda tx: tx.execute(update(CrmSync).values(asked_at=long_ago)))
        await flow.start_workers()
        await flow.quiet(hurried=True)
        (row,) = await synced(flow)
        assert (row.state, row.tries) == ("failed", 1)


async def test_without_a_crm_nothing_is_written(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.receive(text_message("hola"))
        await flow.quiet()
        await resolved(flow)
        assert await synced(flow) == []
        assert CRM.name not in await flow.runtime.queue.depth()


@pytest.mark.parametrize("engine", ENGINES)
async def test_erasing_a_contact_removes_their_links_and_what_waits(
    tmp_path: Path, engine: str
) -> None:
    async with connected(tmp_path, "hubspot", engine) as (flow, stub, _id):
        await resolved(flow)
        await flow.quiet(hurried=True)
        await flow.stop_workers()
        await resolved(flow)
        subject = await flow.runtime.store.read(lambda tx: find_contact(tx, CUSTOMER))
        await flow.write(lambda tx: erase_contact(tx, subject, actor="test"))
        links = select(CrmLink.id)
        assert await flow.runtime.store.read(lambda tx: tx.all(links)) == []
        assert await synced(flow) == []
        await flow.start_workers()
        await flow.quiet(hurried=True)
        assert len(stub.notes) == 1
