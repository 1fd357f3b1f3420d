"""A number is found in whichever form it is written. The examples are of real forms."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.conversations.numbers import canonical, variants

SAME = [
    # Brazil, Manaus and São Paulo: the ninth digit of mobiles
    {"5592981723241", "559281723241"},
    {"5511987654321", "551187654321"},
    # Argentina, Buenos Aires, Córdoba and a place with an area code of four digits
    {"5491158749895", "541158749895", "54111558749895"},
    {"5493514123456", "543514123456", "54351154123456"},
    {"5492901412345", "542901412345", "54290115412345"},
    # Mexico, Guadalajara and Mexico City
    {"5213345678910", "523345678910"},
    {"5215639691841", "525639691841"},
]


@pytest.mark.parametrize("forms", SAME, ids=min)
def test_all_forms_of_a_number_are_one(forms: set[str]) -> None:
    for form in forms:
        assert set(variants(form)) == forms
        assert variants(form)[0] == form
        assert canonical(form) == canonical(min(forms))


@pytest.mark.parametrize(
    "phone",
    [
        "16505551234",
        "34600111222",
        "551133334444",  # a landline of São Paulo
        "5511955556666",  # a mobile there whose old form would be a landline
        "5215",
        "54911",
        "55",
        "",
        "56912345678",
    ],
)
def test_other_numbers_have_one_form(phone: str) -> None:
    assert variants(phone) == (phone,)
    assert canonical(phone) == phone


@given(st.from_regex(r"5[245][0-9]{0,13}", fullmatch=True))
def test_every_form_leads_to_every_other(phone: str) -> None:
    for form in variants(phone):
        assert canonical(form) == canonical(phone)
        assert set(variants(form)) == set(variants(phone))
