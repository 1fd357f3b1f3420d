"""What every channel keeps to, whoever wrote it. The channels: tests/support/channels.py."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.app.wiring import open_channels
from recado.channels.messages import MESSAGE_TYPES, InboundItem, InboundMessage, InboundStatus
from recado.channels.port import FEATURES, Channel
from recado.errors import (
    InvalidSignature,
    UnparsablePayload,
    Unprocessable,
)
from recado.lines.webhooks import job_for
from recado.settings import load_settings
from tests.support.channels import CASES, SECRET, SENDABLE, nowhere, recorded
from tests.support.mutations import mutated_body
from tests.support.spoilt import Spoilt, spoilt

REGISTERED = tuple(open_channels(load_settings(None, RECADO_DATA="/nowhere")))
KINDS = sorted(CASES)
WITH_WEBHOOK = [kind for kind in KINDS if CASES[kind].sign]
PATIENCE_SECONDS = 30.0
URL = "https://chat.example.com/webhooks/x"

_decode: msgspec.json.Decoder[InboundItem] = msgspec.json.Decoder(InboundItem)


def described(kind: str) -> Channel:
    """The adapter, for what needs no provider."""
    return CASES[kind].make(nowhere().url, PATIENCE_SECONDS)


def test_every_registered_channel_is_in_the_suite() -> None:
    assert set(REGISTERED) <= set(CASES), "add it to CASES in tests/support/channels.py"


def test_every_registered_channel_opens_from_the_settings_alone() -> None:
    for channel in open_channels(load_settings(None, RECADO_DATA="/nowhere")).values():
        assert channel.moved_api() == ""  # nothing has been moved


def test_files_come_from_where_the_settings_have_moved_a_providers_api() -> None:
    moved = {
        "WHATSAPP_API_URL": "http://127.0.0.1:9001",
        "EVOLUTION_API_URL": "http://127.0.0.1:9002",
        "TWILIO_API_URL": "http://127.0.0.1:9003",
    }
    channels = open_channels(load_settings(None, RECADO_DATA="/nowhere", **moved))
    assert {it.moved_api() for it in channels.values()} == {*moved.values(), ""}


# What it says of itself


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_says_what_it_is_and_what_it_needs(kind: str) -> None:
    channel = described(kind)
    assert channel.kind == kind
    assert re.fullmatch(r"[a-z]+", kind)
    assert channel.title
    assert channel.address_label
    names = [credential.name for credential in channel.credentials]
    assert len(names) == len(set(names))
    for credential in channel.credentials:
        assert re.fullmatch(r"[a-z][a-z_]*", credential.name)
        assert credential.label
        assert credential.help.endswith(".")
    assert CASES[kind].line(nowhere().url).credentials.keys() <= set(names)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "mime_type", ["image/jpeg", "image/svg+xml", "video/mp4", "audio/mpeg", "text/plain"]
)
def test_a_file_goes_as_what_the_channel_sends_or_as_a_document(kind: str, mime_type: str) -> None:
    channel = described(kind)
    for size in (1, 2**40):
        assert channel.type_of_file(mime_type, size) in {*channel.capabilities.sends, "document"}
    assert channel.type_of_file(mime_type, 2**40) == "document"


@pytest.mark.parametrize("kind", KINDS)
def test_a_channel_claims_only_what_there_is(kind: str) -> None:
    can = described(kind).capabilities
    assert "text" in can.receives
    assert "text" in can.sends
    assert can.receives <= set(MESSAGE_TYPES)
    assert can.sends <= set(SENDABLE)
    assert can.features <= set(FEATURES)


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_a_webhook_is_verified_by_a_credential_that_the_channel_asks_for(kind: str) -> None:
    channel = described(kind)
    assert channel.webhook is not None
    assert channel.webhook.paths[0] == f"/webhooks/{kind}"
    required = {credential.name for credential in channel.credentials if credential.required}
    assert channel.webhook.signed_with in required
    assert channel.webhook.challenged_with in required | {""}


@pytest.mark.parametrize("kind", KINDS)
@given(given=st.text(max_size=30))
def test_an_address_is_read_or_refused_in_words(kind: str, given: str) -> None:
    channel = described(kind)
    try:
        read_or_refused = channel.read_address(given)
        assert channel.read_address(read_or_refused) == read_or_refused
    except Unprocessable as error:
        read_or_refused = error.detail
    assert read_or_refused


@pytest.mark.parametrize("kind", KINDS)
def test_a_lines_own_address_is_read_as_it_is(kind: str) -> None:
    address = CASES[kind].line(nowhere().url).address
    assert described(kind).read_address(f" {address} ") == address


# Who may come in


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_what_the_vendor_signed_is_let_in(kind: str) -> None:
    case, channel = CASES[kind], described(kind)
    assert case.sign
    body = recorded(case)[0].read_bytes()
    headers = case.sign(body, SECRET, URL)
    assert list(channel.verify(headers, body, [SECRET], URL)) == [SECRET]


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_it_is_told_which_secret_signed(kind: str) -> None:
    """For a body is taken in for the lines that have it, and for no other."""
    case, channel = CASES[kind], described(kind)
    assert case.sign
    body = recorded(case)[0].read_bytes()
    for secrets in (["another line's", SECRET, ""], [SECRET, "another line's"]):
        headers = case.sign(body, SECRET, URL)
        assert list(channel.verify(headers, body, secrets, URL)) == [SECRET]


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
@pytest.mark.parametrize(
    "secrets", [[], [""], ["another"], [SECRET[:-1]], [SECRET + "x"], [SECRET.upper()], [" "]]
)
def test_no_other_secret_lets_anybody_in(kind: str, secrets: list[str]) -> None:
    case, channel = CASES[kind], described(kind)
    assert case.sign
    body = recorded(case)[0].read_bytes()
    with pytest.raises(InvalidSignature):
        channel.verify(case.sign(body, SECRET, URL), body, secrets, URL)
    for secret in secrets:  # nor what is signed with an empty or a shortened one
        with pytest.raises(InvalidSignature):
            channel.verify(case.sign(body, secret, URL), body, [SECRET], URL)


@pytest.mark.parametrize("kind", [kind for kind in WITH_WEBHOOK if CASES[kind].signs_body])
def test_a_signature_is_of_one_body_only(kind: str) -> None:
    case, channel = CASES[kind], described(kind)
    assert case.sign
    body = recorded(case)[0].read_bytes()
    for other in (body + b"x", b"", body[:-2]):
        with pytest.raises(InvalidSignature):
            channel.verify(case.sign(body, SECRET, URL), other, [SECRET], URL)


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(deadline=None)
def test_nothing_unsigned_comes_in_and_nothing_breaks_the_door(
    kind: str, data: st.DataObject
) -> None:
    case, channel = CASES[kind], described(kind)
    genuine = case.sign(b"body", SECRET, URL) if case.sign else {}
    names = st.sampled_from([*genuine, "authorization", "content-type", "apikey"])
    headers = data.draw(st.dictionaries(names, st.text(max_size=60), max_size=4))
    for name in data.draw(st.lists(st.sampled_from([*genuine, "content-type"]), max_size=2)):
        # Half of a genuine header leads nowhere either.
        headers[name] = genuine.get(name, "")[: data.draw(st.integers(0, 20))]
    body = data.draw(st.binary(max_size=200))
    url = data.draw(st.sampled_from([URL, "", "x", "https://[", "http://a:b/c?d=%ff"]))
    with pytest.raises(InvalidSignature) as refused:
        channel.verify(headers, body, [SECRET], url)
    assert refused.value.detail
    with pytest.raises(InvalidSignature):
        channel.verify(headers, body, [], url)


@pytest.mark.parametrize("kind", KINDS)
@given(query=st.dictionaries(st.text(max_size=20), st.text(max_size=20), max_size=5))
def test_no_stranger_gets_an_answer_to_a_challenge(kind: str, query: dict[str, str]) -> None:
    for secrets in ([SECRET], [""], []):
        with pytest.raises(InvalidSignature):
            described(kind).answer_challenge(query, secrets)


# What comes in


def read(channel: Channel, body: bytes) -> list[InboundItem]:
    """Parse, and hold every item to what the queue needs of it."""
    items: list[InboundItem] = []
    why_not = ""
    try:
        items = channel.parse(body, URL)
    except UnparsablePayload as error:
        why_not = error.detail
    assert items or why_not
    for item in items:
        job = job_for(item, "trace")
        again = _decode.decode(job.body)
        assert type(again) is type(item)
        assert again.lane == item.lane == job.lane
        assert item.channel == channel.kind
        if isinstance(item, InboundMessage):
            assert item.type in MESSAGE_TYPES
            assert item.sender.identities
            assert item.provider_message_id
        if isinstance(item, InboundStatus):
            assert item.provider_message_id
    return items


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_every_recorded_payload_is_read_and_every_claimed_type_is_among_them(kind: str) -> None:
    channel, files = described(kind), recorded(CASES[kind])
    found = set()
    for file in files:
        items = read(channel, file.read_bytes())
        assert items, file.name
        found |= {item.type for item in items if isinstance(item, InboundMessage)}
    assert found - CASES[kind].undocumented == channel.capabilities.receives


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_the_same_body_is_read_the_same_way_twice(kind: str) -> None:
    channel = described(kind)
    for file in recorded(CASES[kind]):
        body = file.read_bytes()
        first, second = channel.parse(body, URL), channel.parse(body, URL)
        # The id keeps a webhook that comes twice from being taken twice; the lane keeps its order.
        assert [_named(item) for item in first] == [_named(item) for item in second]


def _named(item: InboundItem) -> tuple[str, str, str]:
    return type(item).__name__, item.lane, getattr(item, "provider_message_id", "")


@pytest.mark.parametrize("kind", KINDS)
@given(
    body=st.binary(max_size=300)
    | st.text(max_size=300).map(lambda it: it.encode("utf-8", "replace"))
)
@settings(deadline=None)
def test_no_bytes_whatsoever_break_the_reading(kind: str, body: bytes) -> None:
    read(described(kind), body)


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
@given(seed=st.integers(0, 2**32), times=st.integers(1, 5))
@settings(deadline=None, max_examples=200)
def test_no_mutation_of_a_payload_breaks_the_reading(kind: str, seed: int, times: int) -> None:
    dice = random.Random(seed)
    body = dice.choice(recorded(CASES[kind])).read_bytes()
    read(described(kind), mutated_body(body, dice, times))


#: Without these nobody knows what came, whose it is, where it came, or whether it came before.
NEEDED = {
    *("event", "instance", "key", "id", "remoteJid", "fromMe", "keyId"),
    *("object", "field", "metadata", "phone_number_id", "from", "to", "payment_method"),
    *("From", "To", "MessageSid"),
}

#: These are among the words, in another form: when an event begins, and whether it takes place.
SHOWN = {"startTime", "isCanceled"}


@pytest.mark.parametrize("kind", WITH_WEBHOOK)
def test_no_other_detail_of_a_webhook_costs_a_person_their_words(kind: str) -> None:
    channel = described(kind)
    seen = 0
    for file in recorded(CASES[kind]):
        said = words(channel, file.read_bytes())
        for change in spoilt(file.read_bytes()) if said else ():
            if not _bears(change, said):
                seen += 1
                assert words(channel, change.body) == said, (file.name, change.place)
    assert seen > (500 if len(recorded(CASES[kind])) > 20 else 50)


def words(channel: Channel, body: bytes) -> list[str]:
    items = channel.parse(body, URL)
    return [item.text for item in items if isinstance(item, InboundMessage) and item.text]


def _bears(change: Spoilt, said: list[str]) -> bool:
    """Whether what was changed holds the words, or what a message cannot do without."""
    if change.place[-1] in NEEDED | SHOWN or isinstance(change.place[-1], int):
        return True
    if "type" in str(change.place[-1]).lower() or _holds_needed(change.before):
        return True
    parts = list(_strings(change.before))
    return any(part in text or text in part for part in parts for text in said)


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _strings(part)
    elif value not in ("", None):
        yield str(value)


def _holds_needed(value: object) -> bool:
    if isinstance(value, dict):
        return any(key in NEEDED or _holds_needed(part) for key, part in value.items())
    return isinstance(value, list) and any(map(_holds_needed, value))


@pytest.mark.parametrize("kind", sorted(CASES))
@pytest.mark.parametrize("value", [{}, {"event": []}, {"state": {}}, {"errors": [{}, 5, None]}])
def test_a_report_in_no_known_form_says_nothing_and_breaks_nothing(
    kind: str, value: dict[str, Any]
) -> None:
    channel = CASES[kind].make(nowhere().url, 1.0)
    for name in ("", "connection.update", "security", "user_id_update", "no such event"):
        assert list(channel.reports(name, value)) == []
