"""Trace ids: the caller's when they are sound, our own otherwise."""

from __future__ import annotations

import re

import pytest

from recado.http.edge import trace_id_from

W3C = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("given", ["a1b2c3d4", "Root-1.5759e988_bd862e3f", "x" * 64])
def test_a_sound_trace_id_is_kept(given: str) -> None:
    assert trace_id_from(given, None) == given


def test_a_traceparent_gives_its_trace_id() -> None:
    assert trace_id_from(None, W3C) == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert trace_id_from("", W3C) == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "evil\r\nheader", "with space 12", "-startsbad", "año-2026-11"]
)
def test_an_unsound_trace_id_is_replaced(given: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", trace_id_from(given, None))


@pytest.mark.parametrize(
    "given",
    [
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "nonsense",
    ],
)
def test_an_invalid_traceparent_is_ignored(given: str) -> None:
    assert trace_id_from(None, given) not in given


def test_new_ids_differ() -> None:
    assert trace_id_from(None, None) != trace_id_from(None, None)
