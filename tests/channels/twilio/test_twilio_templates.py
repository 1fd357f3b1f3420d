"""A template of Twilio's looks like any other one, and its values land where they belong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from recado.channels.http import Limits
from recado.channels.messages import Identity, OutboundFile, OutboundMessage, Recipient
from recado.channels.port import Line
from recado.channels.twilio import TwilioChannel
from recado.errors import SendFailed, SendRejected
from recado.templates.fill import fill
from tests.support.twilio import ACCOUNT_SID, AUTH_TOKEN, NUMBER, TwilioStub, content

PATIENT = Limits(connections=8, connect_seconds=60, total_seconds=60, best_effort_seconds=60)
LINE = Line(
    "line1", "twilio", NUMBER, "Shop", {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN}
)
ORDER = content(
    "order_ready",
    {
        "whatsapp/card": {
            "header_text": "Pedido {{1}}",
            "body": "Hola {{2}}, tu pedido {{3}} está listo.",
            "footer": "Tienda",
            "actions": [
                {"type": "URL", "title": "Ver", "url": "https://shop.example/{{4}}"},
                {"type": "PHONE_NUMBER", "title": "Llamar", "phone": "+34911"},
            ],
        }
    },
    variables={"1": "17", "2": "Ana", "3": "de pan"},
)
VALUES = [
    {"type": "button", "sub_type": "url", "index": "0", "parameters": [{"text": "d"}]},
    {"type": "body", "parameters": [{"type": "text", "text": "b"}, {"type": "text", "text": "c"}]},
    {"type": "header", "parameters": [{"type": "text", "text": "a"}]},
]  # fmt: skip


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioStub]:
    async with TwilioStub() as stub:
        stub.contents = [
            content("welcome", {"twilio/text": {"body": "Hola"}}, language="en"),
            content("welcome", {"twilio/text": {"body": "Hola"}}, language="pt_BR"),
            content("recado_0123", {"twilio/quick-reply": {"body": "x", "actions": []}}),
            ORDER,
            {"sid": 5},
        ]
        yield stub


@pytest.fixture
async def channel(twilio: TwilioStub) -> AsyncIterator[TwilioChannel]:
    channel = TwilioChannel(twilio.url, twilio.url, limits=PATIENT)
    yield channel
    await channel.close()


def template(**given: Any) -> OutboundMessage:
    to = Recipient((Identity("phone", "16505551234"),))
    return OutboundMessage("m1", to, "template", "", {"template": given})


async def test_templates_are_listed_over_all_pages_in_metas_form(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    templates = await channel.list_templates(LINE)
    assert [(t.name, t.language) for t in templates] == [
        ("welcome", "en"),
        ("welcome", "pt_BR"),
        ("order_ready", "es"),
    ]
    ready = templates[2]
    assert (ready.provider_id, ready.category, ready.status) == (
        ORDER["sid"],
        "utility",
        "approved",
    )
    assert ready.components == [
        {"type": "HEADER", "format": "TEXT", "text": "Pedido {{1}}"},
        {
            "type": "BODY",
            "text": "Hola {{1}}, tu pedido {{2}} está listo.",
            "example": {"body_text": [["Ana", "de pan"]]},
        },
        {"type": "FOOTER", "text": "Tienda"},
        {
            "type": "BUTTONS",
            "buttons": [
                {"type": "URL", "text": "Ver", "url": "https://shop.example/{{1}}"},
                {"type": "PHONE_NUMBER", "text": "Llamar", "phone_number": "+34911"},
            ],
        },
    ]


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("approved", "approved"),
        ("received", "pending"),
        ("pending", "pending"),
        ("rejected", "rejected"),
        ("paused", "paused"),
        ("disabled", "disabled"),
        ("unsubmitted", "unknown"),
        ("novel", "unknown"),
    ],
)
async def test_each_state_of_approval_is_understood(
    twilio: TwilioStub, channel: TwilioChannel, word: str, status: str
) -> None:
    twilio.contents = [content("t", {"twilio/text": {"body": "x"}}, status=word)]
    (found,) = await channel.list_templates(LINE)
    assert found.status == status


@pytest.mark.parametrize(
    ("types", "components"),
    [
        ({"twilio/text": {"body": "x"}}, [{"type": "BODY", "text": "x"}]),
        (
            {"twilio/media": {"body": "x", "media": ["https://a.example/{{1}}.pdf"]}},
            [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "x"}],
        ),
        (
            {
                "twilio/text": {"body": "x"},
                "twilio/quick-reply": {"body": "x", "actions": [{"title": "Sí", "id": "y"}]},
            },
            [
                {"type": "BODY", "text": "x"},
                {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Sí"}]},
            ],
        ),
        (
            {"twilio/card": {"title": "x", "subtitle": "f", "media": ["https://a.example/v.mp4"]}},
            [
                {"type": "BODY", "text": "x"},
                {"type": "FOOTER", "text": "f"},
            ],
        ),
        (
            {"whatsapp/authentication": {"actions": [{"type": "COPY_CODE"}]}},
            [{"type": "BODY", "text": "{{1}}"}],
        ),
        ({"novel": 7}, []),
        (None, []),
    ],
)
async def test_each_type_of_content_becomes_components(
    twilio: TwilioStub,
    channel: TwilioChannel,
    types: Any,
    components: list[dict[str, Any]],
) -> None:
    twilio.contents = [content("t", types)]
    (found,) = await channel.list_templates(LINE)
    assert found.components == components


async def test_a_template_goes_by_its_name_with_each_value_in_its_place(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    await channel.send(LINE, template(name="order_ready", language="es", components=VALUES))
    form = twilio.received[0].form
    assert form["ContentSid"] == ORDER["sid"]
    assert json.loads(form["ContentVariables"]) == {"1": "a", "2": "b", "3": "c", "4": "d"}


async def test_a_template_by_its_sid_goes_with_the_same_values(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    await channel.send(LINE, template(sid=ORDER["sid"], components=VALUES))
    form = twilio.received[0].form
    assert json.loads(form["ContentVariables"]) == {"1": "a", "2": "b", "3": "c", "4": "d"}


async def test_values_filled_in_by_the_lists_own_numbers_land_in_their_places(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    ready = (await channel.list_templates(LINE))[2]
    given = {"header": "a", "body": ["b", "c"], "buttons": {"0": "d"}}
    await channel.send(
        LINE, template(sid=ready.provider_id, components=fill(ready.components, given))
    )
    variables = json.loads(twilio.received[0].form["ContentVariables"])
    assert variables == {"1": "a", "2": "b", "3": "c", "4": "d"}


@pytest.mark.parametrize(
    ("media", "value"),
    [
        ("https://a.example/{{1}}", "x.png"),
        ("https://a.example/{{1}}.png", "x"),
        ("{{1}}", "https://a.example/x.png"),
        ("https://a.example/own.png", None),
    ],
)
async def test_a_templates_picture_fills_what_the_template_leaves_open(
    twilio: TwilioStub, channel: TwilioChannel, media: str, value: str | None
) -> None:
    twilio.contents = [content("pic", {"twilio/media": {"body": "{{2}}", "media": [media]}})]
    components = [
        {"type": "body", "parameters": [{"type": "text", "text": "b"}]},
        {"type": "header", "parameters": [{"type": "image", "image": {"media_id": "f1"}}]},
    ]
    message = OutboundMessage(
        "m1",
        Recipient((Identity("phone", "16505551234"),)),
        "template",
        "",
        {"template": {"name": "pic", "language": "es", "components": components}},
        file=OutboundFile("f1", "image/png", "x.png", 3, "https://a.example/x.png", no_bytes),
    )
    await channel.send(LINE, message)
    expected = {"2": "b"} | ({"1": value} if value else {})
    assert json.loads(twilio.received[0].form["ContentVariables"]) == expected


async def test_an_authentication_template_has_its_code(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    twilio.contents = [content("otp", {"whatsapp/authentication": {"actions": []}})]
    code = [{"type": "text", "text": "4711"}]
    components = [
        {"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": code},
    ]
    await channel.send(LINE, template(name="otp", language="es", components=components))
    assert json.loads(twilio.received[0].form["ContentVariables"]) == {"1": "4711"}


async def no_bytes() -> bytes:
    return b""


async def test_named_values_and_files_keep_their_names(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    body = {"type": "body", "parameters": [
        {"type": "text", "parameter_name": "name", "text": "Ana"},
        {"type": "image", "parameter_name": "pic", "image": {"link": "https://a.example/x.png"}},
        {"type": "currency", "parameter_name": "sum", "currency": {"fallback_value": "5 €"}},
    ]}  # fmt: skip
    await channel.send(LINE, template(name="welcome", language="en", components=[body]))
    assert json.loads(twilio.received[0].form["ContentVariables"]) == {
        "name": "Ana",
        "pic": "https://a.example/x.png",
        "sum": "5 €",
    }


@pytest.mark.parametrize("language", ["pt_BR", "pt-BR", "pt", {"code": "pt_BR"}])
async def test_a_language_is_found_in_each_spelling(
    twilio: TwilioStub, channel: TwilioChannel, language: Any
) -> None:
    await channel.send(LINE, template(name="welcome", language=language))
    assert twilio.received[0].form["ContentSid"] == twilio.contents[1]["sid"]


async def test_the_list_is_read_once_for_many_messages(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    for _ in range(5):
        await channel.send(LINE, template(name="welcome", language="en"))
    assert twilio.requests.count("GET /v1/ContentAndApprovals") == 3  # its pages


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "unheard_of", "language": "es"}, "unheard_of in es"),
        ({"name": "welcome", "language": "fr"}, "welcome in fr"),
        ({"name": "welcome", "language": "en", "components": "x"}, "list of objects"),
        (
            {
                "name": "welcome",
                "language": "en",
                "components": [{"type": "body", "parameters": [{"type": "text", "text": ""}]}],
            },
            "not empty",
        ),
    ],
)
async def test_a_template_that_cannot_go_says_why(
    twilio: TwilioStub, channel: TwilioChannel, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(SendRejected, match=words):
        await channel.send(LINE, template(**given))
    assert twilio.received == []


async def test_the_credentials_follow_no_page_to_another_host(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    async with TwilioStub() as elsewhere:
        twilio.next_page_host = elsewhere.url
        found = await channel.list_templates(LINE)
        assert elsewhere.requests == []
    assert len(found) == 2


async def test_when_the_contents_cannot_be_read_the_message_surely_did_not_go_out(
    twilio: TwilioStub,
) -> None:
    channel = TwilioChannel(twilio.url, "http://127.0.0.1:9", limits=PATIENT)
    with pytest.raises(SendFailed):
        await channel.send(LINE, template(name="welcome", language="en"))
    await channel.close()
    assert twilio.received == []
