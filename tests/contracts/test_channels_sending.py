"""What every channel keeps to when it sends. The channels: tests/support/channels.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest

from recado.channels.messages import SendReceipt
from recado.channels.port import Channel
from recado.errors import SendError, SendFailed, SendRejected, SendUnknown
from tests.support.channels import CASES, SENDABLE, nowhere, sample
from tests.support.providers import refusing, silent

KINDS = sorted(CASES)
WITH_PROVIDER = [kind for kind in KINDS if CASES[kind].provider]
PATIENCE_SECONDS = 30.0
URL = "https://chat.example.com/webhooks/x"


def in_words(error: SendError) -> bool:
    """For a person: a sentence, and no name of an exception."""
    return len(error.detail.split()) > 3 and "Error" not in error.detail


def sends(kind: str) -> frozenset[str]:
    return CASES[kind].make(nowhere().url, PATIENCE_SECONDS).capabilities.sends


@asynccontextmanager
async def opened(kind: str, url: str, seconds: float = PATIENCE_SECONDS) -> AsyncIterator[Channel]:
    channel = CASES[kind].make(url, seconds)
    try:
        yield channel
    finally:
        await channel.close()


async def send(kind: str, name: str, url: str, seconds: float = PATIENCE_SECONDS) -> SendReceipt:
    async with opened(kind, url, seconds) as channel:
        return await channel.send(CASES[kind].line(url), sample(name))


async def send_somewhere(kind: str, name: str, url: str) -> SendReceipt:
    """On the first of the case's lines that takes it."""
    case, refusal = CASES[kind], SendRejected()
    line = case.line(url)
    async with opened(kind, url) as channel:
        for address in (line.address, *case.other_addresses):
            try:
                there = msgspec.structs.replace(line, address=address)
                return await channel.send(there, sample(name))
            except SendRejected as error:
                refusal = error
    raise refusal


@asynccontextmanager
async def provider_url(kind: str) -> AsyncIterator[str]:
    provider = CASES[kind].provider
    if provider is None:
        yield nowhere().url
        return
    async with provider() as running:
        yield running.url


@pytest.mark.parametrize("kind", KINDS)
async def test_every_type_that_a_channel_claims_to_send_is_taken(kind: str) -> None:
    async with provider_url(kind) as url:
        for name in sorted(sends(kind)):
            receipt = await send_somewhere(kind, name, url)
            assert receipt.provider_message_id, name


@pytest.mark.parametrize("kind", KINDS)
async def test_every_other_type_is_refused_in_words(kind: str) -> None:
    async with provider_url(kind) as url:
        for name in sorted(set(SENDABLE) - sends(kind)):
            with pytest.raises(SendRejected) as refused:
                await send(kind, name, url)
            assert in_words(refused.value), name


@pytest.mark.parametrize("kind", WITH_PROVIDER)
async def test_a_request_that_nobody_answers_leaves_the_message_unknown(kind: str) -> None:
    async with silent() as provider:
        with pytest.raises(SendUnknown) as unknown:
            await send(kind, "text", provider.url, 0.3)
        assert in_words(unknown.value)


@pytest.mark.parametrize("kind", WITH_PROVIDER)
async def test_a_refused_connection_surely_sent_nothing(kind: str) -> None:
    with pytest.raises(SendFailed) as failed:
        await send(kind, "text", refusing().url)
    assert in_words(failed.value)


@pytest.mark.parametrize("kind", KINDS)
async def test_what_needs_no_answer_never_raises(kind: str) -> None:
    line = CASES[kind].line(refusing().url)
    async with opened(kind, refusing().url, 1.0) as channel:
        await channel.show_typing(line, sample("text").to, "wamid.1")
        await channel.mark_read(line, sample("text").to, "wamid.1")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_check_puts_a_provider_that_is_away_into_words(kind: str) -> None:
    line = CASES[kind].line(refusing().url)
    async with opened(kind, refusing().url, 1.0) as channel:
        for problem in await channel.check(line):
            assert len(problem.split()) > 3
        assert await channel.webhook_problems(line, URL) == []
