"""A send ends in a receipt, or in an error that says whether the message can be out there."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest

from recado.channels.http import Limits
from recado.channels.messages import (
    MESSAGE_TYPES,
    Identity,
    OutboundFile,
    OutboundMessage,
    ProviderError,
    Recipient,
)
from recado.channels.port import Line
from recado.channels.twilio import TwilioChannel
from recado.channels.twilio.codes import CODES, explain
from recado.channels.verdicts import Verdict
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown
from recado.settings import load_settings
from tests.support.twilio import (
    ACCOUNT_SID,
    AUTH_TOKEN,
    CUSTOMER,
    NUMBER,
    Behaviour,
    TwilioStub,
)

ANN = Recipient((Identity("phone", CUSTOMER),))
PATIENT = Limits(connections=8, connect_seconds=60, total_seconds=60, best_effort_seconds=60)
PUBLIC = "https://recado.example.com"


def line(address: str = NUMBER, **credentials: str) -> Line:
    given = {"account_sid": ACCOUNT_SID, "auth_token": AUTH_TOKEN, **credentials}
    return Line("line1", "twilio", address, "Shop", given)


def say(type: str = "text", text: str = "", to: Recipient = ANN, **content: Any) -> OutboundMessage:
    return OutboundMessage("m1", to, type, text, content)


def file(url: str, size: int = 10) -> OutboundFile:
    async def read() -> bytes:
        return b"x" * size

    return OutboundFile("media1", "image/png", "a.png", size, url, read)


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioStub]:
    async with TwilioStub() as stub:
        yield stub


@pytest.fixture
async def channel(twilio: TwilioStub) -> AsyncIterator[TwilioChannel]:
    channel = TwilioChannel(twilio.url, twilio.url, PUBLIC, limits=PATIENT)
    yield channel
    await channel.close()


async def test_a_sent_message_has_twilios_id_and_its_callback_carries_ours(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    receipt = await channel.send(line(), say(text="¿qué tal? 😀 & más"))
    (received,) = twilio.received
    assert receipt.provider_message_id == received.id
    assert received.form == {
        "From": f"whatsapp:+{NUMBER}",
        "To": f"whatsapp:+{CUSTOMER}",
        "Body": "¿qué tal? 😀 & más",
        "StatusCallback": f"{PUBLIC}/webhooks/twilio?message=m1",
    }


async def test_without_a_public_url_it_still_goes_out(twilio: TwilioStub) -> None:
    channel = TwilioChannel(twilio.url, twilio.url)
    await channel.send(line(), say(text="hola"))
    await channel.close()
    assert "StatusCallback" not in twilio.received[0].form


async def test_a_messaging_service_keeps_the_lines_own_number(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    await channel.send(line(messaging_service_sid="MG1"), say(text="hola"))
    form = twilio.received[0].form
    assert (form["MessagingServiceSid"], form["From"]) == ("MG1", f"whatsapp:+{NUMBER}")


@pytest.mark.parametrize(
    ("identities", "sender", "to"),
    [
        ([("phone", "1650"), ("bsuid", "US.1")], f"whatsapp:+{NUMBER}", "whatsapp:+1650"),
        ([("bsuid", "US.1")], f"whatsapp:+{NUMBER}", "whatsapp:US.1"),
        ([("phone", "1650"), ("provider", "sms:+1650")], f"+{NUMBER}", "+1650"),
        (
            [("bsuid", "US.1"), ("phone", "1650"), ("provider", "sms:+1650")],
            f"whatsapp:+{NUMBER}",
            "whatsapp:+1650",
        ),
    ],
)
async def test_a_person_is_reached_where_they_write(
    twilio: TwilioStub,
    channel: TwilioChannel,
    identities: list[tuple[Any, str]],
    sender: str,
    to: str,
) -> None:
    person = Recipient(tuple(Identity(kind, value) for kind, value in identities))
    await channel.send(line(), say(text="hola", to=person))
    form = twilio.received[0].form
    assert (form["From"], form["To"]) == (sender, to)


@pytest.mark.parametrize(
    ("message", "fields"),
    [
        (say("image", "mira", media={"link": "https://a.example/x.png"}), {"Body": "mira"}),
        (say("video", media={"url": "https://a.example/x.png"}), {}),
        (say("audio", media={"link": "https://a.example/x.png"}), {}),
        (
            say("document", media={"link": "https://a.example/x.png", "caption": "su factura"}),
            {"Body": "su factura"},
        ),
    ],
)
async def test_files_go_by_their_link(
    twilio: TwilioStub, channel: TwilioChannel, message: OutboundMessage, fields: dict[str, str]
) -> None:
    await channel.send(line(), message)
    form = twilio.received[0].form
    assert form["MediaUrl"] == "https://a.example/x.png"
    assert form.get("Body") == fields.get("Body")


async def test_a_stored_file_goes_by_its_public_link(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    stored = OutboundMessage(
        "m1", ANN, "image", "", {"media": {"media_id": "x"}}, file=file(f"{PUBLIC}/f/1")
    )
    await channel.send(line(), stored)
    assert twilio.received[0].form["MediaUrl"] == f"{PUBLIC}/f/1"


async def test_a_place_goes_as_a_place(twilio: TwilioStub, channel: TwilioChannel) -> None:
    place = {"latitude": 37.78, "longitude": -122.39, "name": "Tienda", "address": "375 Beale St"}
    await channel.send(line(), say("location", location=place))
    form = twilio.received[0].form
    assert form["PersistentAction"] == "geo:37.78,-122.39|375 Beale St"
    assert form["Body"] == "Tienda"


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (say(text=""), "empty"),
        (say(text="x" * 1601), "1600"),
        (say("sticker", media={"link": "https://a.example/x.webp"}), "sticker"),
        (say("contacts", contacts=[{"name": {"formatted_name": "x"}}]), "contacts"),
        (say("reaction", reaction={"message_id": "SM1", "emoji": "👍"}), "reaction"),
        (say("image"), "media"),
        (say("image", media={"id": "123"}), "media ids"),
        (say("image", media={"link": "ftp://a.example/x.png"}), "http"),
        (say("audio", "text", media={"link": "https://a.example/x.ogg"}), "caption"),
        (say("location", location={"latitude": 91, "longitude": 0}), "latitude"),
        (say("location", location={"longitude": 0}), "latitude"),
        (say("interactive", "x", interactive={"type": "flow", "flow_id": "1"}), "template"),
        (say("interactive", "x", interactive={"type": "catalog"}), "template"),
        (say("interactive", "x", interactive={"type": None}), "interactive"),
        (say("interactive", "", interactive={"type": "cta_url"}), "link"),
        (say("template", template={"name": "x"}), "language"),
        (say("template", template={"language": "es"}), "name"),
        (say(text="hola", to=Recipient((Identity("username", "ana"),))), "phone number"),
        (
            OutboundMessage("m1", ANN, "image", file=file("")),
            "RECADO_PUBLIC_URL",
        ),
        (
            OutboundMessage("m1", ANN, "video", file=file("https://x.example", 17 * 1024 * 1024)),
            "16 MB",
        ),
    ],
)
async def test_what_cannot_go_is_refused_before_twilio_is_asked(
    twilio: TwilioStub, channel: TwilioChannel, message: OutboundMessage, words: str
) -> None:
    with pytest.raises(SendRejected, match=words):
        await channel.send(line(), message)
    assert twilio.received == []


#: What stands before Twilio may have passed the request on, whatever it says.
NOT_TWILIOS = [
    (status, body)
    for status in (302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504)
    for body in ("", "<html>a gateway</html>")
] + [
    (500, '{"message":"Internal Server Error"}'),
    (503, '{"code":503,"message":"Service Unavailable"}'),
    (429, '{"code":null,"message":"Too many"}'),
    (400, '{"code":"20500","message":"text"}'),
    (500, '{"code":20500,"mess'),
]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        # slower
        (Behaviour(code=20429), SendThrottled),
        (Behaviour(code=63018), SendThrottled),
        (Behaviour(code=21611), SendThrottled),
        (Behaviour(status=429, code=99999), SendThrottled),
        # never as it is
        (Behaviour(code=63016), SendRejected),
        (Behaviour(code=21211), SendRejected),
        (Behaviour(code=20003), SendRejected),
        (Behaviour(code=99999), SendRejected),
        # no one can tell: Twilio's faults, which may come after it has taken a message
        (Behaviour(code=20500), SendUnknown),
        (Behaviour(code=20503), SendUnknown),
        (Behaviour(code=63012), SendUnknown),
        (Behaviour(status=500, code=99999), SendUnknown),
        # no one can tell: not Twilio's own words
        *((Behaviour(status=status, body=body), SendUnknown) for status, body in NOT_TWILIOS),
        # no one can tell: no answer, or a strange one
        (Behaviour(drop=True), SendUnknown),
        (Behaviour(lose=True), SendUnknown),
        (Behaviour(nonsense=True), SendUnknown),
    ],
)
async def test_each_refusal_says_whether_to_try_again(
    twilio: TwilioStub,
    channel: TwilioChannel,
    behaviour: Behaviour,
    error: type[SendError],
) -> None:
    twilio.script(behaviour)
    with pytest.raises(SendError) as caught:
        await channel.send(line(), say(text="hola"))
    assert type(caught.value) is error


async def test_outside_the_window_the_reason_names_the_template(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    twilio.script(Behaviour(code=63016))
    with pytest.raises(SendRejected, match=r"24 hours.*template") as caught:
        await channel.send(line(), say(text="hola"))
    assert caught.value.code == 63016
    assert not caught.value.needs_person


async def test_a_delay_that_twilio_names_is_kept(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    twilio.script(Behaviour(code=20429, retry_after="17"))
    with pytest.raises(SendThrottled) as caught:
        await channel.send(line(), say(text="hola"))
    assert caught.value.retry_after_seconds == 17


async def test_a_wrong_token_asks_for_a_person(channel: TwilioChannel) -> None:
    with pytest.raises(SendRejected, match="auth token") as caught:
        await channel.send(line(auth_token="old"), say(text="hola"))
    assert caught.value.needs_person


@pytest.mark.parametrize("name", ["account_sid", "auth_token"])
async def test_a_missing_or_broken_credential_is_named(
    twilio: TwilioStub, channel: TwilioChannel, name: str
) -> None:
    for value in ("", "with\nbreak", "ñ"):
        with pytest.raises(SendRejected, match="The line") as caught:
            await channel.send(line(**{name: value}), say(text="hola"))
        assert caught.value.needs_person
    assert twilio.requests == []


async def test_where_nobody_listens_it_surely_did_not_go_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        channel = TwilioChannel(f"http://127.0.0.1:{taken.getsockname()[1]}", limits=PATIENT)
        with pytest.raises(SendFailed) as caught:
            await channel.send(line(), say(text="hola"))
        await channel.close()
    assert caught.value.outage


async def test_twilio_that_never_answers_leaves_it_unknown() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(swallow, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    channel = TwilioChannel(url, limits=Limits(total_seconds=1.5))
    with pytest.raises(SendUnknown):
        await channel.send(line(), say(text="hola"))
    await channel.close()
    server.close()


async def test_more_messages_than_connections_wait_their_turn(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    await asyncio.gather(*(channel.send(line(), say(text=str(n))) for n in range(40)))
    assert sorted(int(r.form["Body"]) for r in twilio.received) == list(range(40))


BUTTONS = {"type": "button", "buttons": [{"id": "y", "title": "Sí"}, {"id": "n", "title": "No"}]}
LIST = {
    "type": "list",
    "button": "Ver",
    "sections": [
        {"title": "Mañana", "rows": [{"id": "9", "title": "9:00", "description": "libre"}]},
        {"title": "Tarde", "rows": [{"id": "17", "title": "17:00"}]},
    ],
}
LINK = {"type": "cta_url", "label": "Pagar", "url": "https://shop.example/pay?a={{1}}"}


@pytest.mark.parametrize(
    ("interactive", "types"),
    [
        (
            BUTTONS,
            {
                "twilio/quick-reply": {
                    "body": "¿Vale?",
                    "actions": [
                        {"type": "QUICK_REPLY", "title": "Sí", "id": "y"},
                        {"type": "QUICK_REPLY", "title": "No", "id": "n"},
                    ],
                }
            },
        ),
        (
            LIST,
            {
                "twilio/list-picker": {
                    "body": "¿Vale?",
                    "button": "Ver",
                    "items": [
                        {"item": "9:00", "id": "9", "description": "libre"},
                        {"item": "17:00", "id": "17"},
                    ],
                }
            },
        ),
        (
            LINK,
            {
                "twilio/call-to-action": {
                    "body": "¿Vale?",
                    "actions": [
                        {
                            "type": "URL",
                            "title": "Pagar",
                            "url": "https://shop.example/pay?a={ {1} }",
                        }
                    ],
                }
            },
        ),
        (
            {**BUTTONS, "header": {"text": "Hola"}, "footer": "Gracias"},
            {
                "twilio/quick-reply": {
                    "body": "*Hola*\n\n¿Vale?\n\n_Gracias_",
                    "actions": [
                        {"type": "QUICK_REPLY", "title": "Sí", "id": "y"},
                        {"type": "QUICK_REPLY", "title": "No", "id": "n"},
                    ],
                }
            },
        ),
        (
            {**LINK, "header": {"image": {"link": "https://a.example/x.png"}}, "footer": "F"},
            {
                "twilio/card": {
                    "title": "¿Vale?",
                    "subtitle": "F",
                    "media": ["https://a.example/x.png"],
                    "actions": [
                        {
                            "type": "URL",
                            "title": "Pagar",
                            "url": "https://shop.example/pay?a={ {1} }",
                        }
                    ],
                }
            },
        ),
    ],
)
async def test_messages_to_tap_go_as_contents(
    twilio: TwilioStub,
    channel: TwilioChannel,
    interactive: dict[str, Any],
    types: dict[str, Any],
) -> None:
    await channel.send(line(), say("interactive", "¿Vale?", interactive=interactive))
    (created,) = twilio.created
    assert created["types"] == types
    assert created["friendly_name"].startswith("recado_")
    assert twilio.received[0].form["ContentSid"] == f"HX{1:032x}"
    assert "Body" not in twilio.received[0].form


async def test_the_same_buttons_are_made_once(twilio: TwilioStub, channel: TwilioChannel) -> None:
    for text in ("¿Vale?", "¿Vale?", "¿Otra vez?"):
        await channel.send(line(), say("interactive", text, interactive=BUTTONS))
    assert len(twilio.created) == 2
    assert len(twilio.received) == 3


async def test_typing_is_told_for_the_message_it_answers(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    await channel.show_typing(line(), ANN, "SM1/2")
    assert twilio.typing == [{"messageId": "SM1", "channel": "whatsapp"}]


async def test_typing_that_fails_harms_no_one(channel: TwilioChannel, twilio: TwilioStub) -> None:
    await channel.show_typing(line(auth_token="old"), ANN, "SM1")
    await channel.show_typing(line(auth_token=""), ANN, "SM1")
    await channel.show_typing(line(), ANN, "")
    assert twilio.typing == []


async def test_a_file_is_fetched_with_the_credentials_only_from_twilios_api(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    source = await channel.media_source(line(), {"url": f"{twilio.url}/x/Media/ME1"}, None)
    expected = base64.b64encode(f"{ACCOUNT_SID}:{AUTH_TOKEN}".encode()).decode()
    assert source.headers == {"Authorization": f"Basic {expected}"}
    assert "127.0.0.1" in source.hosts
    assert ".twiliocdn.com" in source.hosts
    elsewhere = await channel.media_source(line(), {"url": "https://evil.example/x"}, None)
    assert elsewhere.headers == {}
    assert not any("evil" in host for host in elsewhere.hosts)
    for url in ("", "file:///etc/passwd", "http://["):
        with pytest.raises(SendRejected):
            await channel.media_source(line(), {"url": url}, None)


@pytest.mark.parametrize(
    ("address", "senders", "numbers", "words"),
    [
        (NUMBER, [], [], []),  # the sandbox
        ("34911", [("34911", "ONLINE")], [], []),
        ("34911", [("34911", "OFFLINE")], [], ["OFFLINE"]),
        ("34911", [], ["+34911"], []),
        ("34911", [("34912", "ONLINE")], [], ["no sender"]),
        ("+34 911", [], [], ["in digits"]),
    ],
)
async def test_a_check_says_what_to_mend(
    twilio: TwilioStub,
    channel: TwilioChannel,
    address: str,
    senders: list[tuple[str, str]],
    numbers: list[str],
    words: list[str],
) -> None:
    twilio.senders = [{"sender_id": f"whatsapp:+{n}", "status": s} for n, s in senders]
    twilio.numbers = numbers
    problems = await channel.check(line(address))
    assert len(problems) == len(words)
    assert all(word in problem for word, problem in zip(words, problems, strict=True))


async def test_a_check_names_a_wrong_token_a_closed_account_and_a_missing_address(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    (problem,) = await channel.check(line(auth_token="old"))
    assert "auth token" in problem
    twilio.account_status = "suspended"
    (problem,) = await channel.check(line())
    assert "suspended" in problem
    twilio.account_status = "active"
    hidden = TwilioChannel(twilio.url, twilio.url, limits=PATIENT)
    (problem,) = await hidden.check(line())
    await hidden.close()
    assert "RECADO_PUBLIC_URL" in problem


async def test_a_check_without_twilio_says_so() -> None:
    channel = TwilioChannel("http://127.0.0.1:9", "", PUBLIC, limits=PATIENT)
    (problem,) = await channel.check(line())
    await channel.close()
    assert "cannot be reached" in problem


def test_the_settings_describe_a_line_that_takes_every_number_of_the_account() -> None:
    described = TwilioChannel().line_from_settings(
        load_settings(None, TWILIO_ACCOUNT_SID="AC1", TWILIO_AUTH_TOKEN="t")
    )
    assert described is not None
    assert described.address == ""
    assert described.credentials == {"account_sid": "AC1", "auth_token": "t"}
    assert TwilioChannel().line_from_settings(load_settings(None)) is None


def test_what_the_channel_says_of_itself_is_so() -> None:
    able = TwilioChannel.capabilities
    assert able.receives <= set(MESSAGE_TYPES)
    assert {name.partition(".")[0] for name in able.sends} <= set(MESSAGE_TYPES)
    assert {"contacts", "reaction", "sticker"}.isdisjoint(able.sends)
    assert "reply" not in able.features


@pytest.mark.parametrize("code", [*CODES, 99999, "99999", None, "x" * 20])
def test_every_code_has_advice_that_a_person_can_follow(code: int | str | None) -> None:
    meaning = explain(code)
    assert meaning.advice.endswith((".", "…"))
    assert meaning.verdict is not Verdict.THROTTLED or meaning.retry_after_seconds > 0


@pytest.mark.parametrize(
    ("code", "kind", "window_closed"),
    [
        (63016, "never", True),
        ("63024", "never", False),
        (30008, "never", False),
        (63018, "retry", False),
        (20003, "person", False),
        (None, "never", False),
    ],
)
def test_a_failure_says_whether_the_message_may_go_again(
    code: int | str | None, kind: str, window_closed: bool
) -> None:
    meaning = TwilioChannel().explain(ProviderError(code or "", ""))
    assert (meaning.kind, meaning.window_closed) == (kind, window_closed)
    assert meaning.retry_after_seconds >= 60


async def test_the_form_is_json_where_twilio_wants_json(
    twilio: TwilioStub, channel: TwilioChannel
) -> None:
    sid = "HX" + "a" * 32
    template = {"sid": sid, "variables": {"1": "Ana", "2": 3}}
    await channel.send(line(), say("template", template=template))
    form = twilio.received[0].form
    assert form["ContentSid"] == sid
    assert json.loads(form["ContentVariables"]) == {"1": "Ana", "2": "3"}


async def test_a_list_of_senders_that_is_not_open_is_no_fault_of_the_line() -> None:
    async with TwilioStub(senders_open=False) as stub:
        channel = TwilioChannel(stub.url, stub.url, PUBLIC, limits=PATIENT)
        assert await channel.check(line("34911")) == []
        await channel.close()
