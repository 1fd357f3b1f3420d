"""Messages as other systems and vendors send them, from the signed webhook to what the API shows:
each person is one, each thing is readable, and what asks nothing gets no answer from knowledge."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select
from starlette.applications import Starlette

from recado.admin_api.app import api_routes
from recado.http.edge import Edge
from recado.queue.model import DeadLetterRow
from tests.support.flow import Flow, running_flow
from tests.support.payloads import Json, contact_of, message_of, text_message, webhook
from tests.support.runtime import API_KEY, api_client

PERSON = "16505550100"


class Told:
    """The flow, and what the API tells of it."""

    def __init__(self, flow: Flow, api: httpx.AsyncClient) -> None:
        self.flow = flow
        self._api = api

    async def take(self, *messages: Json, contacts: list[Json] | None = None) -> None:
        response = await self.flow.post(webhook(messages=messages, contacts=contacts))
        assert response.status_code == 200
        await self.flow.quiet()

    async def conversations(self) -> list[Json]:
        return list((await self._api.get("/api/v1/conversations")).json()["items"])

    async def said(self) -> list[Json]:
        """The messages of the only conversation there is; nothing became a dead letter."""
        letters = await self.flow.runtime.store.read(lambda tx: tx.all(select(DeadLetterRow.id)))
        assert not letters
        (conversation,) = await self.conversations()
        path = f"/api/v1/conversations/{conversation['id']}/messages"
        return list((await self._api.get(path)).json()["items"])

    async def received(self) -> list[Json]:
        return [m for m in await self.said() if m["direction"] == "inbound"]

    async def answers(self) -> list[str]:
        return [m["text"] for m in await self.said() if m["direction"] == "outbound"]

    async def say(self, body: Json) -> httpx.Response:
        (conversation,) = await self.conversations()
        return await self._api.post(
            f"/api/v1/conversations/{conversation['id']}/messages", json=body
        )


@asynccontextmanager
async def telling(data: Path) -> AsyncIterator[Told]:
    async with running_flow(data, RECADO_API_KEY=API_KEY) as flow:
        await flow.runtime.knowledge.ensure_sample()
        routes = api_routes(flow.runtime)
        app = Edge(Starlette(routes=routes), service_name="api", stopping=asyncio.Event())
        async with api_client(app) as api:
            yield Told(flow, api)


def by_id(user_id: str, body: str, **about: Any) -> Json:
    return text_message(body, sender=None, user_id=user_id, **about)


def notice(**system: Any) -> Json:
    told = {"type": "user_changed_user_id", "previous_user_id": "US.OLD", "user_id": "US.NEW"}
    return message_of("system", told | system, sender=None)


@pytest.mark.parametrize(
    ("parents", "then"),
    [
        ({}, "US.NEW"),
        ({"previous_parent_user_id": "US.ENT.OLD", "parent_user_id": "US.ENT.NEW"}, "US.NEW"),
    ],
    ids=["user id", "with parents"],
)
async def test_whoever_has_a_new_id_goes_on_in_their_conversation(
    tmp_path: Path, parents: Json, then: str
) -> None:
    async with telling(tmp_path) as told:
        await told.take(by_id("US.OLD", "before"))
        await told.take(notice(**parents), contacts=[])
        await told.take(by_id(then, "after"))
        texts = [message["text"] for message in await told.received()]
        assert [text for text in texts if text in {"before", "after"}] == ["before", "after"]


async def test_a_message_in_the_same_batch_before_its_senders_change_is_theirs(
    tmp_path: Path,
) -> None:
    async with telling(tmp_path) as told:
        await told.take(by_id("US.OLD", "before"))
        after = by_id("US.NEW", "after")
        await told.take(after, notice(), contacts=[contact_of(after)])
        assert {"before", "after"} <= {m["text"] for m in await told.received()}


async def test_a_change_of_somebody_unknown_is_nothing(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        await told.take(by_id("US.1", "hola"))
        await told.take(notice(), contacts=[])
        assert len(await told.received()) == 1


@pytest.mark.parametrize("origin", ["contact_request", "other"])
async def test_a_card_shared_on_request_gives_the_person_their_number(
    tmp_path: Path, origin: str
) -> None:
    phone = {"phone": "+1 650 555 0320", "wa_id": "16505550320"}
    card = {"name": {"formatted_name": "Ana"}, "phones": [phone], "origin": origin}
    async with telling(tmp_path) as told:
        await told.take(by_id("US.32", "hola"))
        await told.take(message_of("contacts", [card], sender=None, user_id="US.32"))
        await told.take(text_message("ahora con teléfono", sender="16505550320"))
        assert len(await told.conversations()) == (1 if origin == "contact_request" else 2)


def interactive(kind: str, details: Json) -> Json:
    return message_of("interactive", {"type": kind, kind: details}, sender=PERSON)


FORM = {"name": "flow", "body": "Sent", "response_json": '{"flow_token":"t","delivery_rating":"4"}'}
ADDRESS = {
    "name": "address_message",
    "body": "Ana\n +910000000000\n 400063, Goregaon, Wing A",
    "response_json": '{"values":{"city":"Mumbai"}}',
}
BUTTON = {"payload": "Unsubscribe", "text": "Unsubscribe"}


@pytest.mark.parametrize(
    ("message", "receipt"),
    [
        (interactive("nfm_reply", FORM), "your form"),
        (interactive("nfm_reply", FORM | {"response_json": "{"}), "your form"),
        (interactive("nfm_reply", {"response_json": '{"a":"b"}'}), "your form"),
        (interactive("nfm_reply", ADDRESS), "your address"),
        (message_of("button", BUTTON, sender=PERSON, reply_to="wamid.t"), "any more promotions"),
        (text_message("STOP", sender=PERSON), "any more promotions"),
        (text_message("Stop promotions", sender=PERSON), "any more promotions"),
        (text_message("stop sending me this", sender=PERSON), "any more promotions"),
    ],
)
async def test_what_asks_nothing_is_confirmed(tmp_path: Path, message: Json, receipt: str) -> None:
    async with telling(tmp_path) as told:
        await told.take(text_message("hello, good morning to you", sender=PERSON))
        await told.take(message)
        answer = (await told.answers())[-1]
        assert receipt in answer
        assert "CV" not in answer


@pytest.mark.parametrize(
    ("kind", "details", "kept", "shown"),
    [
        (
            "payment_notification",
            {"reference_id": "ref_1", "transaction_id": "txn_1", "payment_status": "captured"},
            "payment_notification",
            "ref_1",
        ),
        (
            "payment_method",
            {"payment_method": "credit_card", "reference_id": "ref_1", "last_four_digits": "1234"},
            "payment_method",
            "1234",
        ),
    ],
)
async def test_a_payment_shows_what_it_says(
    tmp_path: Path, kind: str, details: Json, kept: str, shown: str
) -> None:
    async with telling(tmp_path) as told:
        await told.take(interactive(kind, details))
        (message,) = await told.received()
        assert message["content"][kept] == details
        assert shown in message["text"]


async def test_a_product_that_somebody_sends_shows_what_they_said(tmp_path: Path) -> None:
    action = {"catalog_id": "1", "product_retailer_id": "sku"}
    product = {"type": "product", "body": {"text": "Me gusta"}, "action": action}
    async with telling(tmp_path) as told:
        await told.take(message_of("interactive", product, sender=PERSON))
        (message,) = await told.received()
        assert "Me gusta" in message["text"]
        assert "sku" in str(message["content"])


@pytest.mark.parametrize(
    ("details", "errors"),
    [
        ({"type": "unsupported"}, None),
        ({"type": "unsupported"}, [{"code": 131051, "title": "t"}]),
        ({}, [{"code": 131060, "title": "t"}]),
        (None, [{"code": 131060, "title": "t"}]),
    ],
)
async def test_a_tap_that_meta_could_not_show_is_in_the_conversation_all_the_same(
    tmp_path: Path, details: Any, errors: Any
) -> None:
    message = message_of("interactive", None, sender=PERSON) | {"interactive": details}
    async with telling(tmp_path) as told:
        await told.take(message | ({"errors": errors} if errors else {}))
        (received,) = await told.received()
        assert received["type"] == "unsupported"
        assert len(await told.answers()) == 1


async def test_a_voice_of_either_form_is_a_voice_message(tmp_path: Path) -> None:
    sound = {"id": "MEDIA", "mime_type": "audio/ogg; codecs=opus"}
    async with telling(tmp_path) as told:
        await told.take(message_of("voice", sound, sender=PERSON))
        await told.take(message_of("audio", sound | {"voice": True}, sender=PERSON))
        for message in await told.received():
            assert (message["type"], _find(message, "voice")) == ("audio", True)


@pytest.mark.parametrize(
    "about",
    [
        {"timestamp": "asdf"},
        {"timestamp": ""},
        {"timestamp": None},
        {"type": "ephemeral"},
        {"type": None},
    ],
)
async def test_a_text_that_can_be_read_is_read_whatever_stands_around_it(
    tmp_path: Path, about: Json
) -> None:
    message = {
        k: v for k, v in (text_message("hola", sender=PERSON) | about).items() if v is not None
    }
    async with telling(tmp_path) as told:
        await told.take(message, contacts=[])
        assert [m["text"] for m in await told.received()] == ["hola"]


async def test_the_answer_to_a_send_tells_who_it_went_to(tmp_path: Path) -> None:
    async with telling(tmp_path) as told:
        told.flow.graph.user_ids["573000003801"] = "US.NEW"
        await told.take(text_message("buenas", sender="573000003801"))
        await told.take(by_id("US.NEW", "hola"))
        assert [m["text"] for m in await told.received()] == ["buenas", "hola"]


BUTTONS = [{"id": "0", "title": "b" * 21}]
ROWS = [{"title": "t", "rows": [{"id": str(n), "title": f"r{n}"} for n in range(11)]}]
FLOW = {"type": "flow", "label": "Go", "flow_id": "1", "action": "data_exchange"}


@pytest.mark.parametrize(
    "body",
    [
        {"interactive": {"type": "button", "buttons": BUTTONS}},
        {"interactive": {"type": "list", "label": "l", "sections": ROWS}},
        {"interactive": FLOW | {"nobody_knows": 1}},
        {"nobody_knows": {}},
    ],
    ids=["title", "rows", "unknown key", "unknown content"],
)
async def test_what_breaks_a_limit_is_refused_before_it_is_queued(
    tmp_path: Path, body: Json
) -> None:
    async with telling(tmp_path) as told:
        await told.take(text_message("hola", sender=PERSON))
        refused = await told.say({"type": "interactive", "text": "x", "content": body})
        assert refused.status_code == 422
        assert len(await told.answers()) == 1


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        (
            {"type": "interactive", "text": "f", "content": {"interactive": FLOW}},
            {"flow_action": "data_exchange"},
        ),
        (
            {"type": "document", "content": {"media": {"link": "https://example.com/report.pdf"}}},
            {"filename": "report.pdf"},
        ),
        (
            {
                "type": "interactive",
                "text": "?",
                "content": {"interactive": {"type": "request_contact_info"}},
            },
            {"type": "request_contact_info"},
        ),
    ],
    ids=["flow", "document", "contact"],
)
async def test_what_the_vendor_can_do_can_be_sent(tmp_path: Path, body: Json, sent: Json) -> None:
    async with telling(tmp_path) as told:
        await told.take(text_message("hola", sender=PERSON))
        assert (await told.say(body)).status_code == 201
        await told.flow.quiet()
        last = told.flow.graph.received[-1].body
        for name, value in sent.items():
            assert _find(last, name) == value


def _find(body: Any, name: str) -> Any:
    """The innermost value of a key."""
    if not isinstance(body, dict):
        return None
    inner = next((it for value in body.values() if (it := _find(value, name)) is not None), None)
    return body.get(name) if inner is None else inner
