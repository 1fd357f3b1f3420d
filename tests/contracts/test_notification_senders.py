"""Whatever sends notifications sends them whole, or says why not, and whether to try again."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from email.parser import Parser
from email.policy import default
from pathlib import Path

import pytest

from recado.channels.http import Limits
from recado.errors import Unprocessable
from recado.http.outward import Outward
from recado.notifications.occasions import Facts
from recado.notifications.senders.amazon import SesSender, SnsPhoneSender, TopicSender
from recado.notifications.senders.chats import ChatSender, slack_body, teams_body
from recado.notifications.senders.port import NotSent, Outgoing, Sender
from recado.notifications.senders.smtp import SmtpSender
from recado.notifications.senders.twilio import TwilioSmsSender
from recado.notifications.texts import render, together
from recado.settings import load_settings
from recado.store import new_id, now
from tests.support.amazon import SENDER, amazon
from tests.support.aws import REGION
from tests.support.chats import running_chat
from tests.support.mail import mail_server, parts_of
from tests.support.twilio import ACCOUNT_SID, AUTH_TOKEN, Behaviour, TwilioStub

LINK = "https://recado.example/conversations/0190"
PHONE = "+573001234567"
KINDS = ("smtp", "ses", "twilio", "sns_phone", "topic", "slack", "teams")


@dataclass
class Bench:
    """A sender with what it speaks to: `fail(final)` refuses the next message, `hang` and `garble`
    make it slow and senseless; `heard` is all the text that got through."""

    sender: Sender
    address: str
    heard: Callable[[], list[str]]
    fail: Callable[[bool], None] | None = None
    hang: Callable[[], None] | None = None
    garble: Callable[[], None] | None = None
    wrong_addresses: list[str] = field(default_factory=list)
    #: How much of a long name it may show.
    tells_links: bool = True


Opening = Callable[[AsyncExitStack, Path], Awaitable[Bench]]


async def _smtp(stack: AsyncExitStack, _folder: Path) -> Bench:
    server = await stack.enter_async_context(mail_server())

    def fail(final: bool) -> None:
        server.answers.append("554 5.7.1 Refused" if final else "451 4.3.0 Later")

    def hang() -> None:
        server.slow = 5.0

    def garble() -> None:
        server.answers.append("no smtp\r\n<html>")

    def heard() -> list[str]:
        return [part for mail in server.mails for part in parts_of(mail)]

    sender = SmtpSender(server.url, SENDER, timeout_seconds=1.0)
    wrong = ["nobody", "a@b\r\nBcc: all@shop.example", ""]
    return Bench(sender, "ana@shop.example", heard, fail, hang, garble, wrong)


async def _ses(stack: AsyncExitStack, _folder: Path) -> Bench:
    there = await stack.enter_async_context(amazon())
    sender = SesSender(REGION, SENDER)

    def heard() -> list[str]:
        parser = Parser(policy=default)
        mails = [parser.parsestr(it) for it in there.mails]
        return [part for it in mails for part in parts_of(it)]

    return Bench(sender, "ana@shop.example", heard, wrong_addresses=["nobody"])


async def _sns_phone(stack: AsyncExitStack, _folder: Path) -> Bench:
    there = await stack.enter_async_context(amazon())
    texts = lambda: [" ".join(map(str, it)) for it in there.texted]  # noqa: E731
    return Bench(SnsPhoneSender(REGION), PHONE, texts, wrong_addresses=["3001234567"])


async def _topic(stack: AsyncExitStack, _folder: Path) -> Bench:
    there = await stack.enter_async_context(amazon())
    heard = lambda: [body for _, body in there.published]  # noqa: E731
    wrong = ["human-escalation", "arn:aws:sqs:eu-west-1:123456789012:x"]
    return Bench(TopicSender(), there.topic, heard, wrong_addresses=wrong, tells_links=False)


async def _twilio(stack: AsyncExitStack, _folder: Path) -> Bench:
    stub = await stack.enter_async_context(TwilioStub())
    settings = load_settings(
        None,
        TWILIO_ACCOUNT_SID=ACCOUNT_SID,
        TWILIO_AUTH_TOKEN=AUTH_TOKEN,
        TWILIO_API_URL=stub.url,
        TWILIO_CONTENT_URL=stub.url,
    )
    sender = TwilioSmsSender(settings, "+14155238886", limits=Limits(total_seconds=1.0))

    def fail(final: bool) -> None:
        stub.script(Behaviour(code=21211) if final else Behaviour(code=20503))

    def garble() -> None:
        stub.script(Behaviour(nonsense=True))

    heard = lambda: [it.form["Body"] for it in stub.received]  # noqa: E731
    return Bench(sender, PHONE, heard, fail, None, garble, ["3001234567", "+57 300"])


def _chat(kind: str) -> Opening:
    async def open_it(stack: AsyncExitStack, _folder: Path) -> Bench:
        chat = await stack.enter_async_context(
            running_chat("slack" if kind == "slack" else "teams")
        )
        outward = Outward(["127.0.0.1"], setting="RECADO_WEBHOOKS_PRIVATE_HOSTS")
        stack.push_async_callback(outward.close)
        body = slack_body if kind == "slack" else teams_body

        def fail(final: bool) -> None:
            chat.answers.append((404, "no_service") if final else (503, "service_unavailable"))

        def hang() -> None:
            chat.hangs = True

        def garble() -> None:
            page, refusal = "<!doctype html><title>Sign in</title>", "Webhook delivery failed: 413"
            chat.slowly = kind == "teams"
            chat.answers.append((200, refusal if kind == "teams" else page))

        heard = lambda: [json.dumps(it, ensure_ascii=False) for it in chat.posted]  # noqa: E731
        sender = ChatSender(outward, body, timeout_seconds=1.0)
        wrong = ["http://10.0.0.1/x", "https://169.254.169.254/latest", "file:///etc/passwd"]
        return Bench(sender, chat.url, heard, fail, hang, garble, wrong)

    return open_it


OPENINGS: dict[str, Opening] = {
    "smtp": _smtp,
    "ses": _ses,
    "twilio": _twilio,
    "sns_phone": _sns_phone,
    "topic": _topic,
    "slack": _chat("slack"),
    "teams": _chat("teams"),
}


@pytest.fixture(params=KINDS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with AsyncExitStack() as stack:
        made = await OPENINGS[request.param](stack, tmp_path)
        stack.push_async_callback(made.sender.close)
        yield made


def outgoing(address: str, name: str = "Ana Pérez", count: int = 1) -> Outgoing:
    facts = Facts(
        name=name,
        reasons=("Customer asked for a person",),
        department="billing",
        since=now(),
        priority="high",
        user_id="0190c0ffee",
        summary="Wants an invoice.",
    )
    told = render(
        "waiting",
        "0190",
        facts,
        language="es",
        time_zone="America/Bogota",
        public_url="https://recado.example",
        words=lambda _language: lambda text: text,
    )
    rendered = together([told] * count, language="es", personal=True)
    return Outgoing(new_id(), address, rendered, facts, now())


async def test_who_waits_and_where_to_go_arrive(bench: Bench) -> None:
    await bench.sender.send(outgoing(bench.address))
    heard = " ".join(bench.heard())
    if bench.tells_links:
        assert LINK in heard
    else:
        assert json.loads(bench.heard()[0])["user_id"] == "0190c0ffee"


async def test_a_refusal_says_whether_another_try_may_help(bench: Bench) -> None:
    if bench.fail is None:
        pytest.skip("the double takes everything")
    for final in (True, False):
        bench.fail(final)
        with pytest.raises(NotSent) as refused:
            await bench.sender.send(outgoing(bench.address))
        assert refused.value.final is final
        assert refused.value.detail
    await bench.sender.send(outgoing(bench.address))
    assert bench.heard()


async def test_who_does_not_answer_is_not_waited_for(bench: Bench) -> None:
    if bench.hang is None:
        pytest.skip("the double is never slow")
    bench.hang()
    with pytest.raises(NotSent) as refused:
        await bench.sender.send(outgoing(bench.address))
    assert not refused.value.final


async def test_an_answer_that_means_nothing_is_no_success(bench: Bench) -> None:
    if bench.garble is None:
        pytest.skip("the double always makes sense")
    bench.garble()
    with pytest.raises(NotSent) as refused:
        await bench.sender.send(outgoing(bench.address))
    assert not refused.value.final


async def test_an_address_of_another_kind_is_refused_where_it_is_typed(bench: Bench) -> None:
    bench.sender.check_address(bench.address)
    for address in bench.wrong_addresses:
        with pytest.raises(Unprocessable):
            bench.sender.check_address(address)


@pytest.mark.parametrize(
    "name",
    [
        "Ana\r\nBcc: everybody@shop.example",
        "<script>alert(1)</script>",
        "<!channel> <http://evil.example|click> @all [x](http://evil.example)",
        "\u202eevil" * 500,
        "👩‍👩‍👧 Ñandú",
    ],
)
async def test_what_strangers_call_themselves_is_only_a_name(bench: Bench, name: str) -> None:
    await bench.sender.send(outgoing(bench.address, name))
    heard = bench.heard()
    assert not any("\nBcc:" in it for it in heard)
    pages = [it for it in heard if "<html" in it]
    assert not any("<script" in it for it in pages)
    if isinstance(bench.sender, ChatSender):
        (posted,) = (json.loads(it) for it in heard)
        said = posted.get("text", "")
        # Slack makes something only of what stands in brackets: here, of the link alone.
        assert said.count("<") == ("text" in posted)
        assert "@all" not in said
        blocks = posted.get("attachments", [{"content": {"body": []}}])[0]["content"]["body"]
        assert {it["type"] for it in blocks} <= {"RichTextBlock"}  # knows no marks


async def test_it_says_before_whether_it_would_send(bench: Bench) -> None:
    assert await bench.sender.probe()
