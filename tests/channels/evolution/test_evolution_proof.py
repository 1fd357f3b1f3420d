"""A webhook is believed only with the line's token, in one of the ways that Evolution can send."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey

from recado.channels.evolution import EvolutionChannel
from recado.errors import InvalidSignature
from tests.support.evolution import TOKEN

BODY = b'{"event": "messages.upsert", "instance": "tienda", "data": {}}'
channel = EvolutionChannel()


def accepted(
    headers: dict[str, str], body: bytes = BODY, secrets: Sequence[str] = ("another", TOKEN)
) -> bool:
    try:
        channel.verify(headers, body, secrets)
    except InvalidSignature:
        return False
    return True


def signed(key: str = TOKEN, age: float = 0, good_for: float = 600, **claims: Any) -> str:
    issued = int(time.time() - age)
    found = {"iat": issued, "exp": int(issued + good_for), "app": "evolution", "action": "webhook"}
    return jwt.encode({"alg": "HS256"}, found | claims, OctKey.import_key(key))


@pytest.mark.parametrize(
    "headers",
    [
        {"authorization": f"Bearer {TOKEN}"},
        {"authorization": f"bearer {TOKEN}"},
        {"apikey": TOKEN},
        {"authorization": "Bearer of a proxy", "apikey": TOKEN},
    ],
)
def test_the_token_in_a_header_is_believed(headers: dict[str, str]) -> None:
    assert accepted(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": ""},
        {"authorization": TOKEN},
        {"authorization": f"Basic {TOKEN}"},
        {"authorization": "Bearer "},
        {"authorization": f"Bearer {TOKEN[:-1]}"},
        {"authorization": f"Bearer {TOKEN}x"},
        {"authorization": "Bearer ñandú \ud83d"},
        {"apikey": "nonsense"},
    ],
)
def test_anything_else_is_refused(headers: dict[str, str]) -> None:
    assert not accepted(headers)


@pytest.mark.parametrize("secrets", [[], [""], ["", ""]])
def test_without_a_token_of_ours_nothing_is_believed(secrets: list[str]) -> None:
    body = msgspec.json.encode({"event": "x", "apikey": ""})
    for headers in ({}, {"authorization": "Bearer "}, {"apikey": ""}):
        assert not accepted(headers, body, secrets)


def test_the_key_in_the_body_is_believed_where_no_header_speaks() -> None:
    """Evolution's global webhook sends no headers."""
    body = msgspec.json.encode({"event": "messages.upsert", "apikey": TOKEN})
    assert accepted({}, body)
    assert not accepted({"authorization": "Bearer nonsense"}, body)
    assert not accepted({}, msgspec.json.encode({"apikey": "nonsense"}))
    assert not accepted({}, msgspec.json.encode({"apikey": [TOKEN]}))
    assert not accepted({}, b"not json")


def test_evolutions_own_jwt_is_believed() -> None:
    assert accepted({"authorization": f"Bearer {signed()}"})
    assert accepted({"authorization": f"Bearer {signed(age=500)}"})


@pytest.mark.parametrize(
    "token",
    [
        signed(age=5000),
        signed(age=5000, good_for=1_000_000),  # a captured one that says it is good for long
        signed(age=-5000),
        signed(exp=None),
        signed(iat=None),
        signed(exp="tomorrow"),
        signed(key="a key of somebody else"),
        f"{signed()}x",
        signed().rpartition(".")[0] + ".",
        jwt.encode({"alg": "HS512"}, {"iat": 1, "exp": 2}, OctKey.import_key(TOKEN * 3), ["HS512"]),
        "eyJhbGciOiJub25lIn0.eyJpYXQiOjE3NzMwMjczNDV9.",
        "a.b.c",
        "..",
        f"{'W' * 4000}.e30.",  # "[[[[…", which no parser follows to its end
        signed(iat=10**400, exp=10**400),
    ],
)
def test_a_jwt_that_is_old_forged_or_of_another_kind_is_refused(token: str) -> None:
    assert not accepted({"authorization": f"Bearer {token}"})


def test_a_jwt_signed_with_a_word_too_short_to_be_a_key_is_refused() -> None:
    with pytest.warns(Warning, match="Key size"):
        token = signed(key="short")
    assert not accepted({"authorization": f"Bearer {token}"}, secrets=["short"])
