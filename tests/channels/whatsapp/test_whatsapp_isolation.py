"""One odd item never costs another person a message, and nothing that is signed is lost."""

from __future__ import annotations

import copy
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.channels.messages import InboundItem, InboundMessage, Unparsable
from recado.channels.whatsapp.parse import parse
from recado.errors import UnparsablePayload
from tests.support import payloads
from tests.support.payloads import change_of, entries_of, value_of, webhook, webhook_of

GOOD = payloads.text_message("I am still here", id="wamid.good", at=1749416383)
CONTACT = payloads.contact_of(GOOD)
PAYLOADS = sorted(Path(__file__).with_name("payloads").glob("*.json"))


def readable(items: list[InboundItem]) -> list[str]:
    return [item.provider_message_id for item in items if isinstance(item, InboundMessage)]


def text(**changes: Any) -> dict[str, Any]:
    message = {**payloads.text_message("hi", id="wamid.bad", at=1749416383), **changes}
    return {key: value for key, value in message.items() if value is not ...}


def other(type: str, **changes: Any) -> dict[str, Any]:
    return text(type=type, text=..., **changes)


@pytest.mark.parametrize(
    "bad",
    [
        "a text",
        7,
        None,
        [],
        {},
        text(id=...),
        text(id=""),
        text(id="x" * 300),
        text(**{"from": ...}),
        text(**{"from": "  "}),
        text(**{"from": "9" * 257}),
        text(**{"from": {"phone": "1"}}),
    ],
    ids=lambda bad: json.dumps(bad)[:60],
)
def test_a_bad_message_is_set_aside_and_its_neighbours_are_read(bad: Any) -> None:
    value = value_of([bad, GOOD, bad], contacts=[])
    items = parse(webhook_of(change_of(value)))
    assert readable(items) == ["wamid.good"]
    first, _, last = items
    for item in (first, last):
        assert isinstance(item, Unparsable)
        assert json.loads(item.raw) == bad
        assert item.cause
        assert item.line_address == payloads.PHONE_NUMBER_ID


@pytest.mark.parametrize(
    ("odd", "kind", "shown"),
    [
        (text(text=...), "unknown", ""),
        (text(text={"body": None}), "unknown", ""),
        (text(text=["hi"]), "unknown", "hi"),
        (other("image"), "unknown", ""),
        (other("image", image=[]), "unknown", ""),
        (other("image", image={"url": 5}), "image", ""),
        (other("image", image=[{"id": "M"}]), "image", ""),
        (other("button", button=None), "unknown", ""),
        (other("button", button=[]), "unknown", ""),
        (other("reaction", reaction={"emoji": "👍"}), "unknown", "👍"),
        (other("order", order=None), "unknown", ""),
        (other("edit", edit=None), "unknown", ""),
        (other("location", location={"latitude": "north"}), "unknown", "location: latitude north"),
        (other("location", location={"name": "Casa"}), "unknown", "Casa"),
        (other("interactive", interactive=None), "unknown", ""),
        (
            other("interactive", interactive={"type": "button_reply", "button_reply": {}}),
            "unsupported",
            "",
        ),
        (
            other("edit", edit={"original_message_id": "x", "message": {"type": "edit"}}),
            "unknown",
            "",
        ),
        (other("contacts", contacts=["Ann"]), "unknown", "Ann"),
        (other("contacts", contacts=None), "unknown", ""),
    ],
    ids=lambda odd: json.dumps(odd)[:60],
)
def test_a_message_without_what_it_promises_is_kept_and_shows_what_there_is(
    odd: dict[str, Any], kind: str, shown: str
) -> None:
    first, second = parse(webhook([odd, GOOD]))
    assert isinstance(first, InboundMessage)
    assert (first.type, first.text, first.raw) == (kind, shown, odd)
    assert readable([second]) == ["wamid.good"]


@pytest.mark.parametrize(
    "odd",
    [
        {"id": 5},
        {"timestamp": ...},
        {"timestamp": ""},
        {"timestamp": "soon"},
        {"timestamp": "-5"},
        {"timestamp": "1_000"},
        {"timestamp": "١٢٣"},
        {"timestamp": "9" * 5000},
        {"timestamp": True},
        {"timestamp": None},
        {"timestamp": ["1749416383"]},
        {"type": ["text"]},
        {"type": ...},
        {"type": None},
        {"type": "ephemeral"},
        {"type": "image"},
        {"text": "hi"},
        {"text": {"body": "hi", "preview_url": "yes"}},
        {"from": 16505551234},
        {"context": "wamid.other"},
        {"context": None},
        {"context": {"forwarded": None, "frequently_forwarded": "no", "id": 7}},
        {"errors": {"code": 1}},
        {"errors": None},
        {"referral": "an ad"},
        {"group_id": None},
        {"image": 5, "system": [], "button": "x"},
    ],
    ids=lambda odd: json.dumps({k: "…" if v is ... else v for k, v in odd.items()})[:60],
)
def test_an_odd_detail_costs_that_detail_and_not_the_words(odd: dict[str, Any]) -> None:
    before = time.time()
    (item,) = parse(webhook_of(change_of(value_of([text(**odd)]))))
    assert isinstance(item, InboundMessage)
    assert item.text == "hi"
    assert item.sender.identities[0].value == payloads.CUSTOMER
    if "timestamp" in odd:  # it came now
        assert before <= item.sent_at <= time.time()
    else:
        assert item.sent_at == 1749416383


def test_milliseconds_and_fractions_are_points_in_time() -> None:
    for moment in ("1749416383000", 1749416383.5, 1749416383000):
        (item,) = parse(webhook([text(timestamp=moment)]))
        assert isinstance(item, InboundMessage)
        assert int(item.sent_at) == 1749416383


@pytest.mark.parametrize("bad", ["sent", {}, {"id": "w", "status": "sent"}, {"id": 1}, [None]])
def test_a_bad_status_is_set_aside_and_its_neighbours_are_read(bad: Any) -> None:
    good = payloads.status("wamid.ours", "read")
    kinds = [type(item).__name__ for item in parse(webhook(statuses=[bad, good]))]
    assert kinds == ["Unparsable", "InboundStatus"]


@pytest.mark.parametrize(
    "bad", ["entry", None, {"id": "1", "changes": "none"}, {"changes": [1]}, [], {"changes": None}]
)
def test_a_bad_entry_does_not_hide_the_next_one(bad: Any) -> None:
    items = parse(entries_of(bad, {"id": "1", "changes": [change_of(value_of([GOOD]))]}))
    assert readable(items) == ["wamid.good"]
    assert isinstance(items[0], Unparsable)


@pytest.mark.parametrize(
    "bad",
    [
        {"field": "messages", "value": None},
        {"field": "messages", "value": {"messages": [GOOD]}},
        {"field": "messages", "value": value_of() | {"messages": "hi"}},
        {"field": "messages", "value": value_of() | {"messages": {"0": GOOD}}},
        {"field": 7, "value": {"messages": []}},
        {},
    ],
)
def test_a_bad_change_does_not_hide_the_next_one(bad: Any) -> None:
    items = parse(webhook_of(bad, change_of(value_of([GOOD]))))
    assert readable(items) == ["wamid.good"]
    assert len(items) == 2


@pytest.mark.parametrize(
    "contacts", [None, "Ann", ["Ann"], [{"wa_id": 5}], [{"profile": "Ann", "wa_id": "1"}], {}]
)
def test_odd_contacts_do_not_cost_the_message(contacts: Any) -> None:
    body = webhook_of(change_of(value_of([GOOD]) | {"contacts": contacts}))
    assert readable(parse(body)) == ["wamid.good"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b'"text"',
        b"{",
        b"{}",
        b"\xff\xfe",
        b"\x00",
        b'{"object":"page","entry":[]}',
        b'{"object":["whatsapp_business_account"]}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"object":"whatsapp_business_account","entry":' + b"[" * 400 + b"]" * 400 + b"}",
    ],
    ids=lambda body: repr(body[:40]),
)
def test_a_body_that_is_not_metas_is_unparsable_as_a_whole(body: bytes) -> None:
    with pytest.raises(UnparsablePayload):
        parse(body)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (r"a\u0000b", "a\ufffdb"),  # PostgreSQL refuses NUL in text and in jsonb
        (r"a\\u0000b", r"a\u0000b"),  # a backslash, then the text u0000
        (r"a\ud800b", "a\ufffdb"),  # half a surrogate pair
        (r"\ud83d\ude00", "😀"),
        ("a\tb\x01c", "a\tb\x01c"),  # raw control characters, against the JSON rules
        ("\u202e\u200f ﷽ e\u0301", "\u202e\u200f ﷽ e\u0301"),
    ],
)
def test_odd_characters_are_made_safe_to_store(inside: str, expected: str) -> None:
    body = webhook([{**GOOD, "text": {"body": "HERE"}}]).decode().replace("HERE", inside)
    (item,) = parse(body.encode())
    assert isinstance(item, InboundMessage)
    assert item.text == expected
    assert item.raw["text"]["body"] == expected


def test_broken_bytes_of_one_person_do_not_cost_the_others() -> None:
    broken = webhook([text(text={"body": "HERE"}), GOOD]).replace(b"HERE", b"caf\xe9")
    assert readable(parse(broken)) == ["wamid.bad", "wamid.good"]


@pytest.mark.parametrize("number", ["9" * 30, "9" * 5000, "-" + "9" * 400, "1e999", "NaN"])
def test_endless_numbers_are_taken_and_can_be_queued(number: str) -> None:
    body = webhook([{**GOOD, "x": "HERE"}]).decode().replace('"HERE"', number)
    items = parse(body.encode())
    assert readable(items) == ["wamid.good"]
    msgspec.json.encode(items)


def test_the_last_of_two_equal_keys_counts() -> None:
    body = webhook([GOOD]).replace(b'"type":"text"', b'"type":"image","type":"text"')
    assert readable(parse(body)) == ["wamid.good"]


@pytest.mark.parametrize(
    "answers", ['{"a"', r'{"a":"\u0000"}', "[" * 90_000, '"\\ud800"', {"a": 1}, None, 5, "1e999"]
)
def test_any_answer_of_a_flow_is_taken(answers: Any) -> None:
    flow = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    (item,) = parse(webhook([payloads.message_of("interactive", flow)]))
    assert isinstance(item, InboundMessage)
    assert b"\\u0000" not in msgspec.json.encode(item.content)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_the_answers_of_a_flow_have_their_names_however_often_encoded(times: int) -> None:
    answers: Any = {"nombre": "Ana", "pedido": [1, 2]}
    for _ in range(times):
        answers = json.dumps(answers)
    flow = {"type": "nfm_reply", "nfm_reply": {"name": "flow", "response_json": answers}}
    (item,) = parse(webhook([payloads.message_of("interactive", flow)]))
    assert isinstance(item, InboundMessage)
    assert item.content["flow"]["response"] == {"nombre": "Ana", "pedido": [1, 2]}


# --- properties ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
KNOWN_KEYS = st.sampled_from(
    [
        *["id", "from", "timestamp", "type", "text", "body", "image", "context", "errors"],
        *["interactive", "button_reply", "edit", "message", "reaction", "system", "status"],
    ]
)
NEAR_MESSAGES = st.dictionaries(KNOWN_KEYS, JSON | st.just("1749416383"), max_size=8)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where something can be changed in a message."""
    keys = value.keys() if isinstance(value, dict) else range(len(value))
    found = []
    for key in keys:
        found.append((*path, key))
        if isinstance(value[key], dict | list):
            found += _places(value[key], (*path, key))
    return found


@st.composite
def spoilt_changes(draw: st.DrawFn) -> dict[str, Any]:
    """A documented change, in whose value one or several places have been spoilt."""
    body = json.loads(draw(st.sampled_from(PAYLOADS)).read_text())
    change: dict[str, Any] = copy.deepcopy(body["entry"][0]["changes"][0])
    value = change["value"]
    for _ in range(draw(st.integers(1, 4))):
        places = _places(value)
        if not places:
            break
        *path, last = draw(st.sampled_from(places))
        holder: Any = value
        for step in path:
            holder = holder[step]
        if draw(st.booleans()):
            holder[last] = draw(JSON)
        else:
            del holder[last]
    return change


@given(st.binary(max_size=200))
def test_no_bytes_break_the_parser(body: bytes) -> None:
    with pytest.raises(UnparsablePayload):
        parse(body)


@given(JSON, JSON)
def test_no_json_breaks_the_parser(whole: Any, entry: Any) -> None:
    for body in (
        msgspec.json.encode(whole),
        msgspec.json.encode({"object": "whatsapp_business_account", "entry": entry}),
        entries_of(entry),
    ):
        try:
            assert parse(body)
        except UnparsablePayload:
            continue


@given(st.lists(JSON | NEAR_MESSAGES, max_size=4), st.lists(JSON | NEAR_MESSAGES, max_size=4))
def test_a_readable_message_among_any_others_is_read(before: list[Any], after: list[Any]) -> None:
    items = parse(webhook_of(change_of(value_of([*before, GOOD, *after], contacts=[CONTACT]))))
    assert "wamid.good" in readable(items)
    assert len(items) == len(before) + 1 + len(after)


#: Where the items of each field are: in the value, or one level deeper.
ITEMS = {
    "messages": ("messages", "statuses"),
    "smb_message_echoes": ("message_echoes",),
    "calls": ("calls", "statuses"),
}


@settings(max_examples=600)
@given(spoilt_changes())
def test_a_spoilt_webhook_never_costs_the_message_beside_it(change: dict[str, Any]) -> None:
    items = parse(webhook_of(change, change_of(value_of([GOOD], contacts=[CONTACT]))))
    assert "wamid.good" in readable(items)
    assert len(items) >= 2  # what was spoilt has become an item as well
    assert msgspec.json.decode(msgspec.json.encode(items), type=list[InboundItem]) is not None


@settings(max_examples=300)
@given(spoilt_changes())
def test_every_item_of_a_spoilt_webhook_is_read_or_kept_whole(change: dict[str, Any]) -> None:
    value = change["value"]
    lists = [value.get(name) for name in ITEMS.get(change["field"], ())]
    metadata = value.get("metadata")
    line = metadata.get("phone_number_id") if isinstance(metadata, dict) else None
    if not isinstance(line, str) or not line.strip():
        return  # for no known line: kept as a whole
    count = sum(len(found) for found in lists if isinstance(found, list))
    items = parse(webhook_of(change))
    assert len(items) >= max(count, 1)
    for item in items:
        assert item.raw is not None or not isinstance(item, Unparsable)
