"""What a check finds reads the same wherever it is said."""

from __future__ import annotations

from recado.observability.findings import Finding, wrong


def test_a_finding_with_values_is_said_in_english_with_whose_it_is() -> None:
    found = Finding("wrong", "{url} was not reached.", "See {path}.", {"url": "U", "path": "P"})
    assert found.in_english() == ("U was not reached.", "See P.")
    assert found.of("Ventas") == Finding("wrong", "Ventas: U was not reached.", "See P.")


def test_what_a_stranger_wrote_is_no_place_for_a_value() -> None:
    (found,) = wrong("the vendor says {oops}", "Ask {it}.")
    assert found.of("Ventas {0}").in_english() == (
        "Ventas {0}: the vendor says {oops}",
        "Ask {it}.",
    )
