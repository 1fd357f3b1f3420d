"""A send ends in a receipt, or in an error that says whether the message can be out there."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from email.utils import formatdate
from time import time

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from recado.channels.http import Answer, Limits
from recado.channels.messages import Identity, OutboundMessage, Recipient
from recado.channels.port import Line
from recado.channels.verdicts import Verdict
from recado.channels.whatsapp import WhatsAppChannel
from recado.channels.whatsapp.client import receipt_of
from recado.channels.whatsapp.codes import CODES, explain
from recado.errors import SendError, SendFailed, SendRejected, SendThrottled, SendUnknown
from tests.support.graph import Behaviour, GraphStub
from tests.support.payloads import PHONE_NUMBER_ID

ANN = Recipient((Identity("phone", "16505551234"),))
PATIENT = Limits(connections=8, connect_seconds=60, total_seconds=60, best_effort_seconds=60)
CREDENTIALS = {"access_token": "good", "app_secret": "s", "verify_token": "v"}


def line(address: str = PHONE_NUMBER_ID, **credentials: str) -> Line:
    return Line("line1", "whatsapp", address, "Shop", CREDENTIALS | credentials)


def hello(id: str = "m1", text: str = "hola") -> OutboundMessage:
    return OutboundMessage(id, ANN, "text", text)


@pytest.fixture
async def graph() -> AsyncIterator[GraphStub]:
    async with GraphStub(token="good") as stub:
        yield stub


@pytest.fixture
async def channel(graph: GraphStub) -> AsyncIterator[WhatsAppChannel]:
    channel = WhatsAppChannel(graph.url, limits=PATIENT)
    yield channel
    await channel.close()


async def failure(channel: WhatsAppChannel, to: Line | None = None) -> SendError:
    with pytest.raises(SendError) as caught:
        await channel.send(to or line(), hello())
    return caught.value


async def test_a_sent_message_has_metas_id_and_carries_ours(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    receipt = await channel.send(line(), hello(id="ours", text="¿qué tal? 😀"))
    (received,) = graph.received
    assert receipt.provider_message_id == received.id
    assert received.callback_data == "ours"
    assert received.phone_number_id == PHONE_NUMBER_ID
    assert received.body["text"]["body"] == "¿qué tal? 😀"


async def test_a_template_goes_as_a_marketing_message_where_that_is_asked_for(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    marketing = {"product_policy": "STRICT", "activity_sharing": True}
    template = {"name": "offer", "language": "es", "marketing": marketing}
    receipt = await channel.send(
        line(), OutboundMessage("ours", ANN, "template", "", {"template": template})
    )
    (received,) = graph.received
    assert receipt.provider_message_id == received.id
    assert (graph.counts["marketing_messages"], graph.counts["messages"]) == (1, 0)
    assert received.body["product_policy"] == "STRICT"
    assert received.body["message_activity_sharing"] is True
    assert received.body["template"]["name"] == "offer"


#: What stands before Meta may have passed the request on, whatever it says.
NOT_METAS = [
    (status, body)
    for status in (301, 302, 400, 401, 403, 404, 408, 413, 429, 451, 500, 501, 502, 503, 504, 520)
    for body in ("", "<html>a gateway</html>")
] + [
    (503, "upstream connect error or disconnect/reset before headers"),
    (500, '{"message":"Internal server error"}'),
    (503, '{"error":{"message":"backend away"}}'),
    (503, '{"error":{"code":503,"message":"away","status":"UNAVAILABLE"}}'),
    (429, '{"error":{"code":"TooManyRequests","message":"quota"}}'),
    (504, '{"error":"timeout"}'),
    (500, '{"error":{"code":131000,"mess'),
    (500, "null"),
    (500, "[" * 3000),
    (400, '{"error":{}}'),
    (400, '{"error":{"code":null,"type":"OAuthException"}}'),
    (400, '{"error":{"code":true}}'),
]


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        # Meta says that it did not send: try again
        (Behaviour(error=131057), SendFailed),
        (Behaviour(error=133004), SendFailed),
        # slower
        (Behaviour(status=429), SendThrottled),
        (Behaviour(status=429, error=99999), SendThrottled),
        (Behaviour(error=4), SendThrottled),
        (Behaviour(error=80007), SendThrottled),
        (Behaviour(error=130429), SendThrottled),
        (Behaviour(error=131056), SendThrottled),
        # never as it is
        (Behaviour(status=400), SendRejected),
        (Behaviour(error=131026), SendRejected),
        (Behaviour(error=131047), SendRejected),
        (Behaviour(error=132001), SendRejected),
        (Behaviour(error=190), SendRejected),
        (Behaviour(error=99999), SendRejected),
        (Behaviour(status=401), SendRejected),
        (Behaviour(status=403), SendRejected),
        (Behaviour(status=404), SendRejected),
        (Behaviour(status=403, error=200), SendRejected),
        (Behaviour(status=400, body='{"error":{"code":100,"message":"no"}}'), SendRejected),
        # no one can tell: Meta's codes that may come after it has taken a message
        (Behaviour(status=500), SendUnknown),
        (Behaviour(status=503), SendUnknown),
        (Behaviour(error=1), SendUnknown),
        (Behaviour(error=2), SendUnknown),
        (Behaviour(error=131000), SendUnknown),
        (Behaviour(error=131016), SendUnknown),
        (Behaviour(status=429, error=131000), SendUnknown),
        (Behaviour(status=500, error=99999), SendUnknown),
        # no one can tell: not Meta's own words
        *((Behaviour(status=status, body=body), SendUnknown) for status, body in NOT_METAS),
        # no one can tell: no answer, or a strange one
        (Behaviour(drop=True), SendUnknown),
        (Behaviour(lose=True), SendUnknown),
        (Behaviour(status=200, body=""), SendUnknown),
        (Behaviour(status=200, body="{"), SendUnknown),
        (Behaviour(status=200, body='{"messages":null}'), SendUnknown),
        (Behaviour(status=204, body=""), SendUnknown),
        (Behaviour(status=200, body="{}"), SendUnknown),
        (Behaviour(status=200, body='{"messages":[{"id":""}]}'), SendUnknown),
        (Behaviour(status=200, body="<html>OK</html>"), SendUnknown),
    ],
    ids=str,
)
async def test_each_answer_gets_its_verdict(
    graph: GraphStub, channel: WhatsAppChannel, behaviour: Behaviour, error: type[SendError]
) -> None:
    graph.script(behaviour)
    assert type(await failure(channel)) is error
    await channel.send(line(), hello())  # and the next message goes out


async def test_meta_that_never_answers_leaves_it_unknown(graph: GraphStub) -> None:
    channel = WhatsAppChannel(graph.url, limits=Limits(total_seconds=1.5))
    graph.script(Behaviour(hang_seconds=600))
    assert type(await failure(channel)) is SendUnknown
    await channel.close()


async def test_a_message_dropped_after_meta_took_it_is_unknown_and_not_sent_again(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    await channel.send(line(), hello("first"))  # a connection that is kept and used again
    graph.script(Behaviour(drop=True))
    with pytest.raises(SendUnknown):
        await channel.send(line(), hello("second"))
    assert [received.callback_data for received in graph.received] == ["first", "second"]


async def test_nothing_listening_means_surely_not_sent() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        channel = WhatsAppChannel(f"http://127.0.0.1:{taken.getsockname()[1]}", limits=PATIENT)
        assert type(await failure(channel)) is SendFailed
        await channel.close()


class NoSuchHost(AbstractResolver):
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        raise OSError(f"{host} is not known")

    async def close(self) -> None:
        pass


async def test_an_unknown_host_means_surely_not_sent() -> None:
    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=NoSuchHost()))

    channel = WhatsAppChannel("http://graph.invalid", session_factory=session)
    assert type(await failure(channel)) is SendFailed
    await channel.close()


async def test_a_connection_that_is_never_made_means_surely_not_sent() -> None:
    async def never_answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(600)
        writer.close()

    # The TLS handshake gets no answer: not a byte of the message has left.
    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    limits = Limits(connect_seconds=0.2, total_seconds=60)
    channel = WhatsAppChannel(f"https://127.0.0.1:{port}", limits=limits)
    assert type(await failure(channel)) is SendFailed
    await channel.close()
    server.close()


async def test_a_server_with_a_foreign_certificate_gets_no_message(graph: GraphStub) -> None:
    def session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context())
        return aiohttp.ClientSession(connector=connector)

    # Plain HTTP behind an https address: the handshake fails before anything is sent.
    url = graph.url.replace("http://", "https://")
    channel = WhatsAppChannel(url, session_factory=session)
    assert type(await failure(channel)) is SendFailed
    assert graph.received == []
    await channel.close()


@pytest.mark.parametrize("url", ["ftp://graph.example", "http://", "http://graph:x", "graph"])
async def test_an_api_address_that_is_none_names_the_setting(url: str) -> None:
    channel = WhatsAppChannel(url, limits=PATIENT)
    error = await failure(channel)
    assert isinstance(error, SendRejected)
    assert error.needs_person
    assert "WHATSAPP_API_URL" in error.detail
    await channel.close()


async def test_a_burst_waits_for_its_turn_instead_of_failing(graph: GraphStub) -> None:
    """Far more at once than connections, each slow: the last waits longer than one may take."""
    channel = WhatsAppChannel(graph.url, limits=Limits(connections=4, total_seconds=2.5))
    graph.script(Behaviour(hang_seconds=0.3, times=40))
    await asyncio.gather(*(channel.send(line(), hello(str(n))) for n in range(40)))
    assert sorted(int(received.callback_data or -1) for received in graph.received) == list(
        range(40)
    )
    await channel.close()


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [
        ("7", 7, 7),
        ("0", 1, 1),
        ("86400", 3600, 3600),
        ("in a minute", 50, 60),
        ("soon", 2, 2),
        ("nan", 2, 2),
    ],
)
async def test_meta_says_how_long_to_wait(
    graph: GraphStub, channel: WhatsAppChannel, given: str, low: float, high: float
) -> None:
    if given == "in a minute":
        given = formatdate(time() + 60, usegmt=True)
    graph.script(Behaviour(status=429, error=130429, retry_after=given))
    error = await failure(channel)
    assert isinstance(error, SendThrottled)
    assert low <= error.retry_after_seconds <= high


async def test_too_many_messages_to_one_person_wait_six_seconds(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    graph.script(Behaviour(error=131056))
    error = await failure(channel)
    assert isinstance(error, SendThrottled)
    assert error.retry_after_seconds == 6


@pytest.mark.parametrize(
    ("code", "says"),
    [
        (190, "token has expired"),
        (10, "permission"),
        (200, "permission"),
        (299, "permission"),
        (368, "restricted"),
        (131031, "restricted"),
        (131042, "payment"),
    ],
)
async def test_what_stops_a_whole_line_calls_for_a_person(
    graph: GraphStub, channel: WhatsAppChannel, code: int, says: str
) -> None:
    graph.script(Behaviour(status=403, error=code))
    error = await failure(channel)
    assert isinstance(error, SendRejected)
    assert error.needs_person
    assert error.code == code
    assert says in error.detail


async def test_what_stops_one_message_alarms_no_one(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    graph.script(Behaviour(error=131047))
    error = await failure(channel)
    assert not error.needs_person
    assert "template" in error.detail
    assert "131047" in error.detail


def test_every_documented_code_has_an_advice() -> None:
    for code, explanation in CODES.items():
        assert explanation.advice.endswith("."), code
        if explanation.verdict is Verdict.THROTTLED:
            assert explanation.retry_after_seconds > 0


def test_a_fault_that_meta_calls_transient_is_no_proof_that_it_was_not_sent() -> None:
    body = b'{"error":{"code":99999,"message":"x","type":"OAuthException","is_transient":true}}'
    with pytest.raises(SendUnknown):
        receipt_of(Answer(400, {}, body))
    assert explain("not a number").verdict is Verdict.FINAL


@pytest.mark.parametrize(
    "broken",
    [
        line(access_token=""),
        line(access_token="a\nb"),
        line(access_token="señor"),
        line(address=""),
        line(address="../../me"),
    ],
)
async def test_a_line_that_cannot_work_is_refused_and_not_retried(
    graph: GraphStub, channel: WhatsAppChannel, broken: Line
) -> None:
    error = await failure(channel, broken)
    assert isinstance(error, SendRejected)
    assert graph.received == []


async def test_half_a_character_is_refused_before_it_is_sent(channel: WhatsAppChannel) -> None:
    with pytest.raises(SendRejected):
        await channel.send(line(), hello(text="a\ud800"))


async def test_typing_marks_the_message_as_read(graph: GraphStub, channel: WhatsAppChannel) -> None:
    await channel.show_typing(line(), ANN, "wamid.in")
    assert graph.marks == [
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": "wamid.in",
            "typing_indicator": {"type": "text"},
        }
    ]


async def test_typing_that_fails_disturbs_no_one(
    graph: GraphStub, channel: WhatsAppChannel
) -> None:
    await channel.show_typing(line(access_token="wrong"), ANN, "wamid.in")
    await channel.show_typing(line(access_token=""), ANN, "wamid.in")
    await channel.show_typing(line(), ANN, "")
    nowhere = WhatsAppChannel("http://127.0.0.1:1", limits=PATIENT)
    await nowhere.show_typing(line(), ANN, "wamid.in")
    await nowhere.close()
    assert graph.marks == []


async def test_a_working_line_has_no_problems(channel: WhatsAppChannel) -> None:
    assert await channel.check(line()) == []


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (line(access_token="wrong"), "access token has expired or was revoked"),
        (line(access_token=""), "no access token"),
        (line(address="+1 555 0100"), "copy the id (not the number)"),
        (line(app_secret=""), "webhooks are refused"),
        (line(verify_token=""), "cannot subscribe"),
    ],
)
async def test_a_broken_line_is_told_what_to_fix(
    channel: WhatsAppChannel, broken: Line, says: str
) -> None:
    (problem,) = await channel.check(broken)
    assert says in problem


async def test_an_unreachable_api_is_told_what_to_fix() -> None:
    channel = WhatsAppChannel("http://127.0.0.1:1", limits=PATIENT)
    (problem,) = await channel.check(line())
    assert "WHATSAPP_API_URL" in problem
    await channel.close()


async def test_a_closed_channel_opens_again(graph: GraphStub, channel: WhatsAppChannel) -> None:
    await channel.send(line(), hello("before"))
    await channel.close()
    await channel.send(line(), hello("after"))
    assert len(graph.received) == 2
