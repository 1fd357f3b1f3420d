"""The edge: nothing unverified gets in, nothing verified is lost, and nothing gives a 5xx."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recado.lines.model import LineEvent
from recado.queue.model import DeadLetterRow, JobRow
from tests.support.flow import Flow, running_flow
from tests.support.payloads import (
    change_of,
    contact_of,
    entries_of,
    sign,
    status,
    text_message,
    value_of,
    webhook,
)


@pytest.fixture
async def flow(tmp_path: Path) -> AsyncIterator[Flow]:
    async with running_flow(tmp_path) as flow:
        yield flow


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Flow]:
    """Only the edge: nothing is processed."""
    async with running_flow(tmp_path, workers=False) as flow:
        yield flow


async def jobs(flow: Flow) -> int:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(JobRow.seq)))
    return len(rows)


async def dead_letters(flow: Flow) -> list[Any]:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.__table__)))
    return list(rows)


async def test_the_subscription_check_is_answered_with_its_challenge(edge: Flow) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "a verify token", "hub.challenge": "42"}
    response = await edge.get("/webhooks/whatsapp", **query)
    assert (response.status_code, response.text) == (200, "42")


@pytest.mark.parametrize(
    "changed",
    [{"hub.verify_token": "wrong"}, {"hub.verify_token": ""}, {"hub.mode": "unsubscribe"}],
)
async def test_a_subscription_check_with_a_wrong_token_is_refused(
    edge: Flow, changed: dict[str, str]
) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "a verify token", "hub.challenge": "42"}
    response = await edge.get("/webhooks/whatsapp", **(query | changed))
    assert response.status_code == 403
    assert "42" not in response.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=" + "0" * 64},
        {"x-hub-signature-256": "sha1=" + "0" * 40},
        {"x-hub-signature-256": "sha256=ünicode"},
        sign(b"another body"),
        sign(webhook(messages=[text_message("hola", id="wamid.1")]), "another secret"),
    ],
)
async def test_an_unsigned_webhook_is_refused_and_stores_nothing(
    edge: Flow, headers: dict[str, str]
) -> None:
    body = webhook(messages=[text_message("hola", id="wamid.1")])
    encoded = {name: value.encode("utf-8") for name, value in headers.items()}
    response = await edge.post(body, encoded)  # type: ignore[arg-type]
    assert response.status_code == 403
    assert await jobs(edge) == 0
    assert b'kind="invalid_signature"' in edge.runtime.metrics.text()


async def test_without_a_secret_everything_is_refused(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False, WHATSAPP_APP_SECRET="") as edge:
        body = webhook(messages=[text_message("hola")])
        for secret in ("", "an app secret"):
            assert (await edge.post(body, sign(body, secret))).status_code == 403
        assert await jobs(edge) == 0


async def test_every_entry_change_message_and_status_of_a_batch_arrives(flow: Flow) -> None:
    people = [f"1650555000{n}" for n in range(6)]
    await flow.receive(text_message("before", sender=people[0]))
    await flow.until_sent(1)
    await flow.quiet()
    (record,) = flow.graph.received

    def change(numbers: list[int]) -> dict[str, Any]:
        messages = [
            text_message(f"{which} of {n}", sender=people[n], id=f"wamid.{n}.{which}")
            for n in numbers
            for which in ("first", "second")
        ]
        return change_of(value_of(messages, contacts=[contact_of(m) for m in messages]))

    statuses = [status(record.id, word, recipient=people[0]) for word in ("sent", "delivered")]
    body = entries_of(
        {"id": "1", "changes": [change([0, 1]), change([2])]},
        {"id": "2", "changes": [change([3, 4, 5]), change_of(value_of(statuses=statuses))]},
    )
    for _ in range(2):
        assert (await flow.post(body)).status_code == 200
    await flow.quiet()
    heard = [m.text for m in await flow.messages(direction="inbound")]
    expected = ["before", *(f"{w} of {n}" for n in range(6) for w in ("first", "second"))]
    assert sorted(heard) == sorted(expected)
    (first_reply,) = await flow.messages(provider_message_id=record.id)
    assert first_reply.status == "delivered"


NOT_METAS = [
    b"",
    b"no json",
    b"[]",
    b"null",
    b'"text"',
    b"{}",
    b"\xff\xfe",
    b'{"object":"page","entry":[]}',
    b'{"object":"whatsapp_business_account","entry":5}',
    b"[" * 5000,
    b'{"a":' * 5000,
]


@pytest.mark.parametrize("body", NOT_METAS)
async def test_a_signed_body_that_is_not_metas_is_a_dead_letter_with_the_raw_body(
    flow: Flow, body: bytes
) -> None:
    assert (await flow.post(body)).status_code == 200
    await flow.quiet()
    (letter,) = await dead_letters(flow)
    raw = json.loads(letter.body)["raw"]
    whole = body.decode("utf-8", "replace")
    # The body, or the part of it that could not be read when the rest could.
    assert raw == whole or (raw and raw in whole and b"whatsapp_business_account" in body)
    assert letter.cause


async def test_an_unreadable_message_does_not_take_its_neighbours_with_it(flow: Flow) -> None:
    good, bad = text_message("good"), {"id": 5, "from": [], "type": None}
    value = value_of([bad, good], contacts=[contact_of(good)])
    body = entries_of({"id": "1", "changes": [change_of(value)]})
    assert (await flow.post(body)).status_code == 200
    await flow.quiet()
    assert [m.text for m in await flow.messages(direction="inbound")] == ["good"]
    assert len(await dead_letters(flow)) == 1


async def test_a_message_for_an_unknown_line_waits_as_a_dead_letter(flow: Flow) -> None:
    body = webhook(messages=[text_message("hola")], phone_number_id="999")
    assert (await flow.post(body)).status_code == 200
    await flow.quiet()
    (letter,) = await dead_letters(flow)
    assert "999" in letter.cause
    assert await flow.messages() == []


async def test_other_webhook_fields_are_kept_in_the_lines_log(flow: Flow) -> None:
    value = {"event": "FLAGGED", "display_phone_number": "1", "current_limit": "TIER_1K"}
    body = entries_of({"id": "1", "changes": [change_of(value, "phone_number_quality_update")]})
    assert (await flow.post(body)).status_code == 200
    await flow.quiet()
    row = await flow.runtime.store.read(lambda tx: tx.first(select(LineEvent.__table__)))
    assert row is not None
    assert row.name == "phone_number_quality_update"
    assert row.raw == value


async def test_a_body_over_three_megabytes_is_refused(edge: Flow) -> None:
    body = b" " * (3 * 1024 * 1024 + 1)
    assert (await edge.post(body)).status_code == 413
    assert await jobs(edge) == 0


async def test_past_the_rate_the_vendor_is_asked_to_come_again(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False, RECADO_WEBHOOK_RATE_PER_SECOND="2") as edge:
        answers = [await edge.post(webhook(messages=[text_message("hola")])) for _ in range(5)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert all(int(answer.headers["retry-after"]) >= 1 for answer in refused)
        assert await jobs(edge) == len(answers) - len(refused)


async def test_what_cannot_be_made_durable_is_not_acknowledged(edge: Flow) -> None:
    await edge.runtime.store.close()
    response = await edge.post(webhook(messages=[text_message("hola")]))
    assert response.status_code == 503
    assert "retry-after" in response.headers


async def test_a_rate_under_one_a_second_still_lets_webhooks_in(tmp_path: Path) -> None:
    async with running_flow(tmp_path, workers=False, RECADO_WEBHOOK_RATE_PER_SECOND="0.1") as edge:
        answers = [await edge.post(webhook(messages=[text_message("hola")])) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 429]
