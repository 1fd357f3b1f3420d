"""Pairing a phone, what is wrong with a line, and received files."""

from __future__ import annotations

from collections.abc import AsyncIterator

import msgspec
import pytest

from recado.channels.evolution import EvolutionChannel
from recado.channels.http import Limits
from recado.errors import FileRefused, SendFailed, SendRejected
from tests.support.evolution import INSTANCE, PAYLOADS, TOKEN, EvolutionStub, Instance

WEBHOOK = "https://recado.example/webhooks/evolution"
GOOD = {
    "enabled": True,
    "url": WEBHOOK,
    "headers": {"Authorization": f"Bearer {TOKEN}"},
    "events": ["MESSAGES_UPSERT", "MESSAGES_UPDATE"],
}


@pytest.fixture
async def stub() -> AsyncIterator[EvolutionStub]:
    async with EvolutionStub() as stub:
        yield stub


@pytest.fixture
async def channel() -> AsyncIterator[EvolutionChannel]:
    limits = Limits(total_seconds=5)
    channel = EvolutionChannel("https://recado.example", limits=limits)
    yield channel
    await channel.close()


async def test_a_missing_instance_is_made_with_our_webhook_and_shows_its_code(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    found = await channel.connect(stub.line("nueva"))
    assert (found.state, found.qr) == ("connecting", "2@code-1,key==")
    webhook = stub.instances["nueva"].webhook
    assert webhook is not None
    assert (webhook["url"], webhook["headers"]) == (WEBHOOK, GOOD["headers"])
    assert {"MESSAGES_UPSERT", "MESSAGES_UPDATE"} <= set(webhook["events"])


async def test_an_older_evolution_gets_only_the_events_that_it_knows(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.unknown_events = {"MESSAGES_EDITED"}
    assert (await channel.connect(stub.line("nueva"))).state == "connecting"
    stub.instances[INSTANCE] = Instance("close")
    assert (await channel.connect(stub.line())).state == "connecting"
    for name in ("nueva", INSTANCE):
        assert "MESSAGES_EDITED" not in (stub.instances[name].webhook or {})["events"]


async def test_with_the_phones_number_there_is_a_code_to_type(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.instances[INSTANCE] = Instance("close")
    found = await channel.connect(stub.line(number="+55 11 90000-0000"))
    assert found.pairing_code == "WZYEH1YY"


async def test_a_paired_line_is_open_and_can_be_disconnected_twice(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    line = stub.line()
    assert (await channel.connection(line)).state == "open"
    assert (await channel.connect(line)).state == "open"
    await channel.disconnect(line)
    assert (await channel.connection(line)).state == "closed"
    await channel.disconnect(line)
    gone = stub.line("nothing")
    await channel.disconnect(gone)
    assert (await channel.connection(gone)).state == "closed"


async def test_another_programs_webhook_is_left_alone_and_reported(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    theirs = {"enabled": True, "url": "https://n8n.example/hook", "events": ["CALL"]}
    stub.instances[INSTANCE] = Instance("close", webhook=dict(theirs))
    await channel.connect(stub.line())
    assert stub.instances[INSTANCE].webhook == theirs
    found = " ".join(await channel.check(stub.line()))
    for words in (WEBHOOK, "MESSAGES_UPSERT", "Authorization", "line connect"):
        assert words in found


async def test_a_line_that_works_has_no_problems(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    stub.instances[INSTANCE].webhook = dict(GOOD)
    assert await channel.check(stub.line()) == []
    stub.instances[INSTANCE].webhook = {**GOOD, "url": "https://recado.example/webhook"}
    assert await channel.check(stub.line()) == []


async def test_each_problem_says_how_to_mend_it(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    assert "api_key" in (await channel.check(stub.line(api_key="wrong")))[0]
    assert "line connect" in (await channel.check(stub.line("nothing")))[0]
    assert "EVOLUTION_WEBHOOK_TOKEN" in (await channel.check(stub.line(webhook_token="")))[0]
    assert "webhook is off" in (await channel.check(stub.line()))[0]
    async with EvolutionStub() as gone:
        away = gone.line()
    assert "cannot be reached" in (await channel.check(away))[0]


async def test_a_received_file_is_fetched_decrypted(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    (item,) = channel.parse(PAYLOADS["image"].read_bytes())
    raw = msgspec.to_builtins(item)["raw"]
    stub.files[raw["key"]["id"]] = ("image/jpeg", b"\xff\xd8\xff picture")
    media = {"mime_type": "image/jpeg"}
    source = await channel.media_source(stub.line(), media, raw)
    assert (source.data, source.mime_type) == (b"\xff\xd8\xff picture", "image/jpeg")
    (asked,) = stub.bodies(f"/chat/getBase64FromMediaMessage/{INSTANCE}")
    assert asked["message"]["message"]["imageMessage"]["mediaKey"]


async def test_a_file_that_came_with_the_webhook_needs_no_request(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    (item,) = channel.parse(PAYLOADS["image_base64"].read_bytes())
    raw = msgspec.to_builtins(item)["raw"]
    source = await channel.media_source(stub.line(), {"mime_type": "image/png"}, raw)
    assert source.data == b"\x89PNG\r\n\x1a\n"
    assert stub.asked == []


async def test_a_file_that_is_gone_or_too_large_is_final_and_an_outage_is_not(
    stub: EvolutionStub, channel: EvolutionChannel
) -> None:
    (item,) = channel.parse(PAYLOADS["image"].read_bytes())
    raw = msgspec.to_builtins(item)["raw"]
    with pytest.raises(SendRejected, match="fetch stream"):
        await channel.media_source(stub.line(), {}, raw)
    asked = len(stub.asked)
    with pytest.raises(FileRefused, match="100 MB"):
        await channel.media_source(stub.line(), {"size_bytes": 101 * 1024 * 1024}, raw)
    assert len(stub.asked) == asked, "nobody is asked for what will not be taken"
    async with EvolutionStub() as gone:
        away = gone.line()
    with pytest.raises(SendFailed):
        await channel.media_source(away, {}, raw)
