"""A send ends in a receipt, or in an error that says whether the message can be out there."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from recado.channels.evolution import EvolutionChannel
from recado.channels.http import Limits
from recado.channels.messages import Identity, OutboundFile, OutboundMessage, Recipient
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown
from tests.support.evolution import API_KEY, INSTANCE, Behaviour, EvolutionStub, Instance

ANA = Recipient((Identity("phone", "5511987654321"), Identity("provider", "103899771998284@lid")))
PATIENT = Limits(connections=8, connect_seconds=60, total_seconds=60, best_effort_seconds=60)
NOT_THERE = {"jid": "5511987654321@s.whatsapp.net", "exists": False, "number": "5511987654321"}
META_REFUSAL = (
    '{"message": "(#132001) Template name does not exist in the translation", "type":'
    ' "OAuthException", "code": 132001, "error_data": {"details": "…"}, "fbtrace_id": "A"}'
)
META_FAULT = META_REFUSAL.replace("132001", "131000")


def hello(text: str = "hola", to: Recipient = ANA, **values: Any) -> OutboundMessage:
    return OutboundMessage("m1", to, "text", text, **values)


def of(kind: str, text: str = "", **content: Any) -> OutboundMessage:
    return OutboundMessage("m1", ANA, kind, text, content)


@pytest.fixture
async def stub() -> AsyncIterator[EvolutionStub]:
    async with EvolutionStub() as stub:
        yield stub


@pytest.fixture
async def channel() -> AsyncIterator[EvolutionChannel]:
    channel = EvolutionChannel(limits=PATIENT)
    yield channel
    await channel.close()


async def sent(
    stub: EvolutionStub, channel: EvolutionChannel, message: OutboundMessage
) -> tuple[str, dict[str, Any]]:
    receipt = await channel.send(stub.line(), message)
    last = stub.received[-1]
    assert receipt.provider_message_id == last.id
    assert last.instance == INSTANCE
    return last.action, last.body


async def refused(
    stub: EvolutionStub, channel: EvolutionChannel, message: OutboundMessage
) -> SendRejected:
    with pytest.raises(SendRejected) as caught:
        await channel.send(stub.line(), message)
    assert stub.received == []
    return caught.value


async def test_a_text_goes_to_the_phone_number_and_quotes_what_it_answers(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    action, body = await sent(stub, channel, hello("¿qué tal? 😀", reply_to="3EB0X"))
    assert action == "sendText"
    assert body == {
        "number": "5511987654321",
        "text": "¿qué tal? 😀",
        "linkPreview": True,
        "quoted": {"key": {"id": "3EB0X"}},
    }


@pytest.mark.parametrize(
    ("identities", "number"),
    [
        ((Identity("provider", "103899771998284@lid"),), "103899771998284@lid"),
        ((Identity("provider", "120363041234567890@g.us"),), "120363041234567890@g.us"),
        (
            (Identity("provider", "a web session"), Identity("provider", "1038@lid")),
            "1038@lid",
        ),
    ],
)
async def test_people_without_a_number_and_groups_are_reached_too(
    stub: EvolutionStub,
    channel: EvolutionChannel,
    identities: tuple[Identity, ...],
    number: str,
) -> None:
    _, body = await sent(stub, channel, hello(to=Recipient(identities)))
    assert body["number"] == number


async def test_another_channels_address_is_no_address_here(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    nobody = Recipient((Identity("provider", "a web session"), Identity("bsuid", "BR.1")))
    assert "no phone number" in (await refused(stub, channel, hello(to=nobody))).detail


@pytest.mark.parametrize(
    ("message", "action", "expected"),
    [
        (
            of("image", "Este", media={"link": "https://example.com/a.jpg"}),
            "sendMedia",
            {"mediatype": "image", "media": "https://example.com/a.jpg", "caption": "Este"},
        ),
        (
            of("document", media={"link": "https://example.com/x/lista%20a.pdf?s=1"}),
            "sendMedia",
            {"mediatype": "document", "fileName": "lista a.pdf"},
        ),
        (
            of("audio", media={"link": "https://example.com/a.ogg", "voice": True}),
            "sendWhatsAppAudio",
            {"audio": "https://example.com/a.ogg"},
        ),
        (
            of("audio", media={"link": "https://example.com/a.mp3"}),
            "sendMedia",
            {"mediatype": "audio"},
        ),
        (
            of("sticker", media={"url": "https://example.com/a.webp"}),
            "sendSticker",
            {"sticker": "https://example.com/a.webp"},
        ),
        (
            of("location", location={"latitude": "-23.5", "longitude": -46, "name": "Sé"}),
            "sendLocation",
            {"latitude": -23.5, "longitude": -46, "name": "Sé", "address": ""},
        ),
        (
            of(
                "contacts",
                contacts=[
                    {
                        "name": {"formatted_name": "Beto"},
                        "phones": [{"phone": "+55 11 95555-4444"}],
                        "org": {"company": "Padaria"},
                    }
                ],
            ),
            "sendContact",
            {
                "contact": [
                    {
                        "fullName": "Beto",
                        "wuid": "5511955554444",
                        "phoneNumber": "+55 11 95555-4444",
                        "organization": "Padaria",
                    }
                ]
            },
        ),
        (
            of("reaction", reaction={"message_id": "3EB0X", "emoji": "👍"}),
            "sendReaction",
            {
                "key": {
                    "remoteJid": "5511987654321@s.whatsapp.net",
                    "fromMe": False,
                    "id": "3EB0X",
                },
                "reaction": "👍",
            },
        ),
        (
            of("reaction", reaction={"message_id": "3EB0X", "emoji": ""}),
            "sendReaction",
            {"reaction": ""},
        ),
        (
            of(
                "interactive",
                "¿Confirma?",
                interactive={"type": "button", "buttons": [{"id": "si", "title": "Sí"}]},
            ),
            "sendButtons",
            {
                "title": "¿Confirma?",
                "buttons": [{"type": "reply", "id": "si", "displayText": "Sí"}],
            },
        ),
        (
            of(
                "interactive",
                "Vea",
                interactive={"type": "cta_url", "label": "Abrir", "url": "https://example.com"},
            ),
            "sendButtons",
            {"buttons": [{"type": "url", "displayText": "Abrir", "url": "https://example.com"}]},
        ),
        (
            of(
                "interactive",
                "Elija",
                interactive={
                    "type": "list",
                    "button": "Horas",
                    "header": {"text": "Citas"},
                    "sections": [{"rows": [{"id": "10", "title": "10h"}]}],
                },
            ),
            "sendList",
            {
                "title": "Citas",
                "description": "Elija",
                "buttonText": "Horas",
                "footerText": "",
                "sections": [{"title": "Horas", "rows": [{"rowId": "10", "title": "10h"}]}],
            },
        ),
    ],
)
async def test_each_type_is_sent_as_evolution_takes_it(
    stub: EvolutionStub,
    channel: EvolutionChannel,
    message: OutboundMessage,
    action: str,
    expected: dict[str, Any],
) -> None:
    taken, body = await sent(stub, channel, message)
    assert taken == action
    assert {key: body[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (of("text", " "), "empty"),
        (of("text", "x" * 5000), "4096"),
        (of("note", "x"), "no messages of type"),
        (of("image"), "link"),
        (of("image", media={"link": "file:///etc/passwd"}), "http"),
        (of("audio", "caption", media={"link": "https://example.com/a.mp3"}), "caption"),
        (of("location", location={"latitude": 91, "longitude": 0}), "latitude"),
        (of("contacts", contacts=[{"name": {"formatted_name": "Beto"}}]), "phone number"),
        (of("reaction", reaction={}), "id of the message"),
        (of("interactive", "x", interactive={"type": "flow"}), "no interactive messages"),
        (of("interactive", "x", interactive={"type": "button", "buttons": []}), "no buttons"),
        (
            of(
                "interactive",
                "x",
                interactive={"type": "button", "header": {"image": {"id": "1"}}, "buttons": []},
            ),
            "no picture",
        ),
        (of("template", template={"name": "t", "language": "es_MX"}), "Cloud API"),
    ],
)
async def test_what_cannot_be_sent_is_refused_before_anything_goes_out(
    stub: EvolutionStub, channel: EvolutionChannel, message: OutboundMessage, words: str
) -> None:
    assert words in (await refused(stub, channel, message)).detail


async def test_templates_go_out_on_an_instance_of_the_cloud_api(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.instances[INSTANCE] = Instance(integration="WHATSAPP-BUSINESS")
    message = of("template", template={"name": "cita", "language": {"code": "es_MX"}})
    action, body = await sent(stub, channel, message)
    assert action == "sendTemplate"
    assert (body["name"], body["language"], body["components"]) == ("cita", "es_MX", [])
    await channel.send(stub.line(), message)
    asked = [path for _, path, _ in stub.asked if "fetchInstances" in path]
    assert len(asked) == 1
    for kind in ("cta_url", "list"):
        lacking = of("interactive", "x", interactive={"type": kind, "button": "b"})
        with pytest.raises(SendRejected, match="WHATSAPP-BUSINESS"):
            await channel.send(stub.line(), lacking)


async def test_a_stored_file_travels_as_bytes(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    async def read() -> bytes:
        return b"%PDF-1.7"

    file = OutboundFile("media1", "application/pdf", "lista", 8, "", read)
    message = OutboundMessage("m1", ANA, "document", "Lista", {"media": {}}, file=file)
    _, body = await sent(stub, channel, message)
    assert base64.b64decode(body["media"]) == b"%PDF-1.7"
    assert (body["fileName"], body["mimetype"]) == ("lista.pdf", "application/pdf")


async def test_a_file_too_large_for_a_request_goes_by_link_or_is_refused(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    async def read() -> bytes:
        raise AssertionError("it must not be read")

    size = 150 * 1024 * 1024
    for url in ("https://recado.example/files/1?sig=x", ""):
        file = OutboundFile("media1", "video/mp4", "v.mp4", size, url, read)
        message = OutboundMessage("m1", ANA, "video", "", {"media": {}}, file=file)
        if url:
            _, body = await sent(stub, channel, message)
            assert body["media"] == url
        else:
            with pytest.raises(SendRejected, match="RECADO_PUBLIC_URL"):
                await channel.send(stub.line(), message)


#: What stands before Evolution may have passed the request on, whatever it says.
NOT_EVOLUTIONS = [
    (status, body)
    for status in (302, 400, 401, 403, 404, 408, 429, 500, 502, 503, 504)
    for body in ("", "<html>a gateway</html>")
] + [
    (502, '{"error":"Bad Gateway"}'),
    (429, '{"message":"API rate limit exceeded"}'),
    (500, '{"statusCode":500,"message":"Internal server error"}'),
    (503, '{"status":200,"response":{"message":["busy"]}}'),
    (400, "[]"),
]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        # surely not sent: try again
        (Behaviour(status=400, words=["Error: Connection Closed"]), SendFailed),
        (Behaviour(status=500, words=["Connection Closed"]), SendFailed),
        # slower
        (Behaviour(status=429, words=["Too many"], retry_after="3"), SendThrottled),
        (Behaviour(status=400, words=["Error: rate-overlimit"]), SendThrottled),
        # never as it is
        (Behaviour(status=400, words=[NOT_THERE]), SendRejected),
        (Behaviour(status=400, words=[['instance requires property "text"']]), SendRejected),
        (Behaviour(status=404, words=['The "x" instance does not exist']), SendRejected),
        (Behaviour(status=500, words="Method not available in the Baileys service"), SendRejected),
        (
            Behaviour(status=500, words=["AxiosError: Request failed with status code 404"]),
            SendRejected,
        ),
        (Behaviour(status=201, body=META_REFUSAL), SendRejected),
        (Behaviour(status=401, words="Unauthorized"), SendRejected),
        (Behaviour(status=403, words="Forbidden"), SendRejected),
        # no one can tell: its own words, perhaps after WhatsApp took it
        (Behaviour(status=500, words="Internal Server Error"), SendUnknown),
        (Behaviour(status=503, words=["away"]), SendUnknown),
        (Behaviour(status=409, words=["Error: Unique constraint failed"]), SendUnknown),
        (Behaviour(status=400, words=["Error: Connection closed: 320 (FORCED)"]), SendUnknown),
        (Behaviour(status=201, body=META_FAULT), SendUnknown),
        # no one can tell: not Evolution's words
        *((Behaviour(status=status, body=body), SendUnknown) for status, body in NOT_EVOLUTIONS),
        # no one can tell: no answer, or a strange one
        (Behaviour(drop=True), SendUnknown),
        (
            Behaviour(status=400, words=["TypeError: Cannot read properties of undefined"]),
            SendUnknown,
        ),
        (Behaviour(status=400, words=["PrismaClientKnownRequestError: …"]), SendUnknown),
        (Behaviour(status=400, words=["Error: Timed Out"]), SendUnknown),
        (Behaviour(status=201, body="{}"), SendUnknown),
        (Behaviour(status=201, body="<html>OK</html>"), SendUnknown),
    ],
    ids=str,
)
async def test_each_answer_gets_its_verdict(
    stub: EvolutionStub, channel: EvolutionChannel, behaviour: Behaviour, error: type[SendError]
) -> None:
    stub.script(behaviour)
    with pytest.raises(SendError) as caught:
        await channel.send(stub.line(), hello())
    assert type(caught.value) is error
    await channel.send(stub.line(), hello())  # and the next message goes out


async def test_evolution_that_never_answers_leaves_it_unknown(stub: EvolutionStub) -> None:
    channel = EvolutionChannel(limits=Limits(total_seconds=1.5))
    stub.script(Behaviour(hang_seconds=600))
    with pytest.raises(SendUnknown):
        await channel.send(stub.line(), hello())
    await channel.close()


async def test_a_link_that_is_down_is_an_outage_that_a_message_waits_for(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.script(Behaviour(status=400, words=["Error: Connection Closed"]))
    with pytest.raises(SendFailed, match="line connect") as caught:
        await channel.send(stub.line(), hello())
    assert caught.value.outage


async def test_a_server_that_is_away_is_an_outage(channel: EvolutionChannel) -> None:
    async with EvolutionStub() as gone:
        line = gone.line()
    with pytest.raises(SendFailed) as caught:
        await channel.send(line, hello())
    assert caught.value.outage


@pytest.mark.parametrize(
    "credentials",
    [
        {"api_key": "wrong"},
        {"api_key": ""},
        {"api_key": "ñ\n"},
        {"api_url": ""},
        {"api_url": "x:y"},
    ],
)
async def test_wrong_credentials_need_a_person(
    stub: EvolutionStub, channel: EvolutionChannel, credentials: dict[str, str]
) -> None:
    with pytest.raises(SendRejected) as caught:
        await channel.send(stub.line(**credentials), hello())
    assert caught.value.needs_person
    assert API_KEY not in caught.value.detail


async def test_typing_marks_the_message_as_read_too(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    await channel.show_typing(stub.line(), ANA, "3EB0X")
    (read,) = stub.bodies(f"/chat/markMessageAsRead/{INSTANCE}")
    jid = "5511987654321@s.whatsapp.net"
    assert read == {"readMessages": [{"remoteJid": jid, "fromMe": False, "id": "3EB0X"}]}
    (presence,) = stub.bodies(f"/chat/sendPresence/{INSTANCE}")
    assert (presence["number"], presence["presence"]) == ("5511987654321", "composing")


async def test_typing_and_read_marks_never_fail(channel: EvolutionChannel) -> None:
    async with EvolutionStub() as gone:
        line = gone.line()
    await channel.show_typing(line, ANA, "3EB0X")
    await channel.mark_read(line, Recipient(()), "3EB0X")


async def test_many_messages_at_once_wait_for_a_connection_instead_of_failing(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.script(*[Behaviour(hang_seconds=0.02)] * 60)
    await asyncio.gather(*(channel.send(stub.line(), hello(str(n))) for n in range(60)))
    assert len(stub.received) == 60
