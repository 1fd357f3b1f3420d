"""A line's secret lets in what is for that line, and nothing that is for another."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from sqlalchemy import select, update

from recado.channels.messages import InboundEvent
from recado.lines.model import LineEvent, LineRow
from recado.lines.signers import concerned_by
from recado.queue.dead_letters import DeadLetters
from recado.queue.model import JobRow
from recado.store import Tx
from tests.support.flow import Flow, running_flow
from tests.support.payloads import (
    PHONE_NUMBER_ID,
    SECRET,
    change_of,
    entries_of,
    sign,
    status,
    text_message,
    value_of,
    webhook,
)
from tests.support.waiting import until

OTHER, OTHER_SECRET = "106540352242999", "another app's secret"
THIRD, THIRD_SECRET = "106540352242777", "a third app's secret"
PUBLIC_URL = "https://recado.example.com"


@pytest.fixture
async def edge(tmp_path: Path) -> AsyncIterator[Flow]:
    """Two lines of two apps, and a third that is switched off; nothing is processed."""
    async with running_flow(tmp_path, workers=False, RECADO_PUBLIC_URL=PUBLIC_URL) as flow:
        lines = flow.runtime.lines
        await lines.add("whatsapp", OTHER, "Other", {"app_secret": OTHER_SECRET})
        third = await lines.add("whatsapp", THIRD, "Third", {"app_secret": THIRD_SECRET})
        await lines.update(third.id, name="Third", enabled=False)
        yield flow


async def jobs(flow: Flow) -> list[dict[str, Any]]:
    rows = await flow.runtime.store.read(lambda tx: tx.all(select(JobRow.body)))
    return [json.loads(row.body) for row in rows]


def for_lines(*addresses: str) -> bytes:
    return entries_of(
        *(
            {
                "id": "1",
                "changes": [change_of(value_of([text_message("hola")], phone_number_id=it))],
            }
            for it in addresses
        )
    )


@pytest.mark.parametrize(
    ("address", "secret"),
    [(PHONE_NUMBER_ID, SECRET), (OTHER, OTHER_SECRET), (THIRD, THIRD_SECRET)],
)
async def test_a_line_takes_in_what_its_own_secret_signed(
    edge: Flow, address: str, secret: str
) -> None:
    """Also while it is switched off: then only nothing goes out."""
    body = for_lines(address)
    assert (await edge.post(body, sign(body, secret))).status_code == 200
    assert len(await jobs(edge)) == 1


@pytest.mark.parametrize("address", [PHONE_NUMBER_ID, OTHER, THIRD])
@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET, THIRD_SECRET])
async def test_no_other_lines_secret_does(edge: Flow, address: str, secret: str) -> None:
    own = {PHONE_NUMBER_ID: SECRET, OTHER: OTHER_SECRET, THIRD: THIRD_SECRET}
    if own[address] == secret:
        return
    receipt = status("wamid.X", "delivered", recipient="16505551234")
    for body in (
        for_lines(address),
        webhook(statuses=[receipt], phone_number_id=address),
        entries_of(
            {"id": "1", "changes": [change_of({"metadata": {"phone_number_id": address}}, "x")]}
        ),
    ):
        refused = await edge.post(body, sign(body, secret))
        assert refused.status_code == 403
        assert refused.json()["detail"]
    assert await jobs(edge) == []
    assert b'recado_security_events_total{kind="foreign_line"} 3.0' in edge.runtime.metrics.text()


async def test_of_a_body_for_several_lines_only_its_signers_items_are_taken_in(edge: Flow) -> None:
    body = for_lines(PHONE_NUMBER_ID, OTHER, THIRD, OTHER)
    assert (await edge.post(body, sign(body, OTHER_SECRET))).status_code == 200
    assert [job["line_address"] for job in await jobs(edge)] == [OTHER, OTHER]
    assert b'kind="foreign_line"' in edge.runtime.metrics.text()


async def test_lines_of_one_app_share_its_secret(edge: Flow) -> None:
    await edge.runtime.lines.add("whatsapp", "1", "Same app", {"app_secret": SECRET})
    await edge.runtime.lines.add("whatsapp", "2", "The settings' app", {"access_token": "EAA"})
    body = for_lines(PHONE_NUMBER_ID, "1", "2")
    assert (await edge.post(body, sign(body))).status_code == 200
    assert len(await jobs(edge)) == 3
    foreign = for_lines("2")
    assert (await edge.post(foreign, sign(foreign, OTHER_SECRET))).status_code == 403


async def test_a_line_that_is_switched_off_signs_for_nothing_else(edge: Flow) -> None:
    """Neither for a number that is not known yet, nor for what is no JSON."""
    for body in (for_lines("999"), b"no json"):
        assert (await edge.post(body, sign(body, THIRD_SECRET))).status_code == 403
        assert (await edge.post(body, sign(body, OTHER_SECRET))).status_code == 200


async def test_a_secret_that_was_replaced_elsewhere_is_known_at_once(edge: Flow) -> None:
    """Another process has changed the line: the items are not lost for it."""
    lines = edge.runtime.lines
    other = await lines.at("whatsapp", OTHER)
    assert other

    def same_app(tx: Tx) -> None:
        own = select(LineRow.credentials).where(LineRow.address == THIRD).scalar_subquery()
        tx.execute(update(LineRow).where(LineRow.id == other.id).values(credentials=own))

    await edge.write(same_app)
    body = for_lines(OTHER)
    assert (await edge.post(body, sign(body, THIRD_SECRET))).status_code == 200


async def test_a_report_about_an_account_changes_the_lines_that_signed_it(tmp_path: Path) -> None:
    """Else the owner of one line could end another's, or give its customers other ids."""
    async with running_flow(tmp_path) as flow:
        lines = flow.runtime.lines
        other = await lines.add("whatsapp", OTHER, "Other", {"app_secret": OTHER_SECRET})
        named = {"app_secret": THIRD_SECRET, "business_account_id": "waba-3"}
        third = await lines.add("whatsapp", THIRD, "Third", named)
        ban = change_of({"event": "DISABLED_UPDATE"}, "account_update")
        body = entries_of({"id": "some account", "changes": [ban]})
        assert (await flow.post(body, sign(body, OTHER_SECRET))).status_code == 200
        body = entries_of({"id": "waba-3", "changes": [ban]})
        assert (await flow.post(body, sign(body, OTHER_SECRET))).status_code == 403
        await flow.quiet()
        standings = await lines.standings()
        told = {id for id, standing in standings.items() if "account" in standing.state}
        assert told == {other.id}
        assert (await flow.post(body, sign(body, THIRD_SECRET))).status_code == 200
        await flow.quiet()
        assert "account" in (await lines.standing(third.id)).state
        events = await flow.runtime.store.read(lambda tx: tx.all(select(LineEvent.id)))
        assert len(events) == 2


@pytest.mark.parametrize("same_signer", [False, True])
async def test_what_came_before_its_line_is_taken_in_if_the_lines_own_secret_signed_it(
    tmp_path: Path, same_signer: bool
) -> None:
    """Else whoever has any line's secret could lay up messages for the lines to come."""
    async with running_flow(tmp_path) as flow:
        lines, letters = flow.runtime.lines, DeadLetters(flow.runtime.store, flow.runtime.queue)
        await lines.add("whatsapp", OTHER, "Other", {"app_secret": OTHER_SECRET})
        body = for_lines("999")
        assert (await flow.post(body, sign(body, OTHER_SECRET))).status_code == 200

        async def dead() -> Any:
            return (await letters.list("open")).items

        (letter,) = await until(dead)
        secret = OTHER_SECRET if same_signer else THIRD_SECRET
        await lines.add("whatsapp", "999", "New", {"app_secret": secret})
        await letters.replay(letter.id)

        async def what_came_of_it() -> str:
            said = await flow.messages(direction="inbound")
            return " ".join(it.text for it in said) or " ".join(it.cause for it in await dead())

        found = await until(what_came_of_it)
        assert found == "hola" if same_signer else "the secret of another one" in found


async def test_a_status_and_a_report_from_before_their_line_are_for_its_signer_alone(
    edge: Flow,
) -> None:
    lines = edge.runtime.lines
    receipt = webhook(
        statuses=[status("wamid.X", "read", recipient="16505551234")], phone_number_id="999"
    )
    report = entries_of(
        {"id": "1", "changes": [change_of({"metadata": {"phone_number_id": "999"}}, "x")]}
    )
    for body in (receipt, report):
        assert (await edge.post(body, sign(body, OTHER_SECRET))).status_code == 200
    told, reported = await jobs(edge)
    line = await lines.add("whatsapp", "999", "New", {"app_secret": THIRD_SECRET})
    assert not await lines.sign_for(line, told["signed_by"])
    assert OTHER_SECRET not in json.dumps(told)
    assert line not in concerned_by(await lines.all(), msgspec.convert(reported, InboundEvent))
    own = await lines.add("whatsapp", "998", "Same app", {"app_secret": OTHER_SECRET})
    assert await lines.sign_for(own, told["signed_by"])


async def test_a_stranger_who_has_one_secret_cannot_speak_on_another_line(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        await flow.runtime.lines.add("whatsapp", OTHER, "Other", {"app_secret": OTHER_SECRET})
        await flow.receive(text_message("hola", id="wamid.1"))
        body = webhook(messages=[text_message("a lie", id="wamid.2")])
        assert (await flow.post(body, sign(body, OTHER_SECRET))).status_code == 403
        await flow.quiet()
        said = await flow.messages(direction="inbound")
        assert [message.text for message in said] == ["hola"]


def as_evolution(token: str) -> Callable[[str], tuple[str, bytes, dict[str, str]]]:
    def made(address: str) -> tuple[str, bytes, dict[str, str]]:
        body = json.dumps({"event": "call", "instance": address, "data": {}}).encode()
        return "/webhooks/evolution", body, {"authorization": f"Bearer {token}"}

    return made


def as_evolution_body(token: str) -> Callable[[str], tuple[str, bytes, dict[str, str]]]:
    def made(address: str) -> tuple[str, bytes, dict[str, str]]:
        event = {"event": "call", "instance": address, "data": {}, "apikey": token}
        return "/webhook", json.dumps(event).encode(), {}

    return made


def as_twilio(token: str) -> Callable[[str], tuple[str, bytes, dict[str, str]]]:
    def made(address: str) -> tuple[str, bytes, dict[str, str]]:
        form = {
            "MessageSid": "SM1",
            "From": "whatsapp:+34600",
            "To": f"whatsapp:+{address}",
            "Body": "x",
        }
        text = f"{PUBLIC_URL}/webhooks/twilio" + "".join(f"{k}{form[k]}" for k in sorted(form))
        digest = hmac.digest(token.encode(), text.encode(), hashlib.sha1)
        headers = {
            "content-type": "application/x-www-form-urlencoded",
            "x-twilio-signature": base64.b64encode(digest).decode(),
        }
        return "/webhooks/twilio", urlencode(form).encode(), headers

    return made


@pytest.mark.parametrize(
    ("channel", "credential", "request_of"),
    [
        ("evolution", "webhook_token", as_evolution),
        ("evolution", "webhook_token", as_evolution_body),
        ("twilio", "auth_token", as_twilio),
    ],
)
async def test_it_is_so_on_every_channel(
    edge: Flow, channel: str, credential: str, request_of: Any
) -> None:
    lines = edge.runtime.lines
    for address, token in (("14155550001", "token-of-one"), ("14155550002", "token-of-two")):
        await lines.add(channel, address, address, {credential: token})
    for address, token, answer in (
        ("14155550001", "token-of-one", 200),
        ("14155550001", "token-of-two", 403),
        ("14155550002", "token-of-one", 403),
        ("14155550002", "token-of-two", 200),
    ):
        path, body, headers = request_of(token)(address)
        response = await edge.send(path, body, headers)
        assert response.status_code == answer, (address, token)
    assert len(await jobs(edge)) == 2


async def test_credentials_of_every_number_take_in_numbers_that_they_signed_alone(
    tmp_path: Path,
) -> None:
    """The settings' Twilio account serves each number that Twilio signs for with its token."""
    account: dict[str, Any] = {"TWILIO_ACCOUNT_SID": "AC1", "TWILIO_AUTH_TOKEN": "the account's"}
    async with running_flow(
        tmp_path, workers=False, RECADO_PUBLIC_URL=PUBLIC_URL, **account
    ) as edge:
        await edge.runtime.lines.add("twilio", "14155550002", "Two", {"auth_token": "of two"})
        for address, token, answer in (
            ("14155550001", "the account's", 200),
            ("14155550001", "of two", 403),
            ("14155550002", "the account's", 403),
            ("14155550002", "of two", 200),
        ):
            path, body, headers = as_twilio(token)(address)
            assert (await edge.send(path, body, headers)).status_code == answer, (address, token)
