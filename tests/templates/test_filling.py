"""A template is filled in with simple values, refused with a reason, and shown as a phone does."""

from __future__ import annotations

from typing import Any

import pytest

from recado.channels.messages import Identity, OutboundMessage, Recipient
from recado.channels.whatsapp.send import build
from recado.errors import Unprocessable
from recado.templates.fill import fill
from recado.templates.one_line import one_line, problem_of, problems_in
from recado.templates.render import render
from recado.templates.slots import slots_of
from tests.channels.whatsapp.meta_schema import problems

LINK = "https://example.com/a.jpg"
CARD = [
    {"type": "HEADER", "format": "IMAGE"},
    {"type": "BODY", "text": "Bolsa {{1}}"},
    {
        "type": "BUTTONS",
        "buttons": [
            {"type": "QUICK_REPLY", "text": "La quiero"},
            {"type": "URL", "text": "Ver", "url": "https://x.mx/{{1}}"},
        ],
    },
]
#: name: (the template's components, values, what the phone shows of it)
CASES: dict[str, tuple[list[Any], dict[str, Any], dict[str, Any]]] = {
    "positional": (
        [{"type": "BODY", "text": "Hola {{1}}, a las {{2}}. {{1}}!"}],
        {"body": ["Ana", "12:30"]},
        {"body": "Hola Ana, a las 12:30. Ana!"},
    ),
    "named": (
        [{"type": "HEADER", "format": "TEXT", "text": "Pedido {{number}}"},
         {"type": "BODY", "text": "Hola {{name}}"}, {"type": "FOOTER", "text": "Luna"}],
        {"header": "4711", "body": {"name": "Ana"}},
        {"header": {"type": "text", "text": "Pedido 4711"}, "body": "Hola Ana", "footer": "Luna"},
    ),
    "an order to pay": (
        [{"type": "BODY", "text": "Su pedido"},
         {"type": "BUTTONS", "buttons": [{"type": "ORDER_DETAILS", "text": "Pagar"}]}],
        {"buttons": {"0": {"reference_id": "r-1", "currency": "BRL", "total": 1000,
                           "payment_settings": [{"type": "boleto", "boleto": {"x": "1"}}]}}},
        {"body": "Su pedido", "buttons": [{"type": "order_details", "text": "Pagar"}]},
    ),
    "how an order goes on": (
        [{"type": "BODY", "text": "Su pedido va en camino"}],
        {"order_status": {"reference_id": "r-1", "status": "shipped", "description": "DHL"}},
        {"body": "Su pedido va en camino"},
    ),
    "picture": (
        [{"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": "Hola"}],
        {"header": {"link": LINK}},
        {"header": {"type": "image", "media": {"link": LINK}}, "body": "Hola"},
    ),
    "document": (
        [{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Hola"}],
        {"header": {"id": "77", "filename": "a.pdf"}},
        {"header": {"type": "document", "media": {"id": "77", "filename": "a.pdf"}}},
    ),
    "place": (
        [{"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "Aquí"}],
        {"header": "19.4, -99.1, Café Luna, Roma 12, CDMX"},
        {"header": {"type": "location", "media": {
            "latitude": "19.4", "longitude": "-99.1", "name": "Café Luna",
            "address": "Roma 12, CDMX"}}},
    ),
    "buttons": (
        [{"type": "BODY", "text": "Hola"}, {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Sí"},
            {"type": "URL", "text": "Ver", "url": "https://x.mx/{{1}}"},
            {"type": "PHONE_NUMBER", "text": "Llamar", "phone_number": "+525512345678"},
            {"type": "COPY_CODE", "example": "AB12"}]}],
        {"buttons": {"0": "si", "1": "4711", "3": "LUNA25"}},
        {"buttons": [
            {"type": "reply", "text": "Sí", "id": "si"},
            {"type": "url", "text": "Ver", "url": "https://x.mx/4711"},
            {"type": "phone", "text": "Llamar", "phone": "+525512345678"},
            {"type": "copy_code", "text": "Copy code", "code": "LUNA25"}]},
    ),
    "one-time code": (
        [{"type": "BODY", "text": "*{{1}}* is your code."},
         {"type": "FOOTER", "code_expiration_minutes": 5},
         {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE",
                                          "text": "Copy code"}]}],
        {"body": ["123456"]},
        {"body": "*123456* is your code.", "footer": "This code expires in 5 minutes.",
         "buttons": [{"type": "copy_code", "text": "Copy code", "code": "123456"}]},
    ),
    "catalogue": (
        [{"type": "BODY", "text": "Mira"},
         {"type": "BUTTONS", "buttons": [{"type": "CATALOG", "text": "View catalog"}]}],
        {"buttons": {"0": "sku-1"}},
        {"buttons": [{"type": "catalog", "text": "View catalog"}]},
    ),
    "several products": (
        [{"type": "BODY", "text": "Mira"},
         {"type": "BUTTONS", "buttons": [{"type": "MPM", "text": "View items"}]}],
        {"buttons": {"0": {"thumbnail_product_retailer_id": "p", "sections": [
            {"title": "New", "product_items": [{"product_retailer_id": "p"}]}]}}},
        {"buttons": [{"type": "products", "text": "View items"}]},
    ),
    "form": (
        [{"type": "BODY", "text": "Reserva"},
         {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Reservar", "flow_id": "9"}]}],
        {"buttons": {"0": "token-1"}},
        {"buttons": [{"type": "flow", "text": "Reservar"}]},
    ),
    "call": (
        [{"type": "BODY", "text": "Llama"},
         {"type": "BUTTONS", "buttons": [{"type": "VOICE_CALL", "text": "Llamar"}]}],
        {"buttons": {"0": 60}},
        {"buttons": [{"type": "call", "text": "Llamar"}]},
    ),
    "offer": (
        [{"type": "LIMITED_TIME_OFFER",
          "limited_time_offer": {"text": "¡Hoy!", "has_expiration": True}},
         {"type": "BODY", "text": "Oferta"},
         {"type": "BUTTONS", "buttons": [{"type": "COPY_CODE", "example": "X"}]}],
        {"offer": 1790000000000, "buttons": {"0": "LUNA"}},
        {"offer": {"text": "¡Hoy!", "expires_at": 1790000000.0}},
    ),
    "carousel": (
        [{"type": "BODY", "text": "Mira"},
         {"type": "CAROUSEL", "cards": [{"components": CARD}, {"components": CARD}]}],
        {"cards": [
            {"header": LINK, "body": ["azul"], "buttons": {"0": "azul", "1": "1"}},
            {"header": LINK, "body": ["roja"], "buttons": {"1": "2"}}]},
        {"body": "Mira"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_template_is_filled_in_as_meta_takes_it_and_shown_as_a_phone_does(name: str) -> None:
    components, values, shown = CASES[name]
    sent = fill(components, values)
    content = {"template": {"name": "t", "language": "es_MX", "components": sent}}
    to = Recipient((Identity("phone", "16505551234"),))
    body = build(OutboundMessage("1", to, "template", "", content))
    assert problems(body) == []
    preview = render(components, sent)
    assert {key: preview[key] for key in shown} == shown


def test_a_carousel_is_shown_card_by_card() -> None:
    components, values, _ = CASES["carousel"]
    cards = render(components, fill(components, values))["cards"]
    assert [card["body"] for card in cards] == ["Bolsa azul", "Bolsa roja"]
    assert [card["buttons"][1]["url"] for card in cards] == ["https://x.mx/1", "https://x.mx/2"]
    assert cards[0]["header"] == {"type": "image", "media": {"link": LINK}}


def test_the_same_values_may_be_given_by_the_slots_keys() -> None:
    components, values, _ = CASES["carousel"]
    flat = {
        "cards.0.header": LINK, "cards.0.body.1": "azul", "cards.0.buttons.0": "azul",
        "cards.0.buttons.1": "1", "cards.1.header": LINK, "cards.1.body.1": "roja",
        "cards.1.buttons.1": "2",
    }  # fmt: skip
    assert fill(components, flat) == fill(components, values)
    assert set(flat) <= {slot.key for slot in slots_of(components)}


@pytest.mark.parametrize(
    ("name", "values", "why"),
    [
        ("positional", {"body": ["Ana"]}, "body.2 is missing"),
        ("positional", {"body": ["Ana", "1", "2"]}, "it has no body.3"),
        ("named", {"header": "1", "body": {"nombre": "Ana"}}, "body.name is missing"),
        ("picture", {"header": "not a link"}, "header needs the image"),
        ("place", {"header": "here"}, "header needs a place"),
        ("buttons", {"buttons": {"1": "1"}}, "buttons.3 is missing"),
        ("several products", {"buttons": {"0": "p"}}, "buttons.0 needs"),
        ("call", {"buttons": {"0": "soon"}}, "minutes"),
        ("an order to pay", {}, "buttons.0 is missing"),
        ("an order to pay", {"buttons": ["r-1"]}, "buttons.0 is an order"),
        ("an order to pay", {"buttons": [{"amount": 1}]}, "buttons.0.amount is unknown"),
        ("how an order goes on", {"order_status": {"status": "x"}}, "order_status.status takes"),
        ("offer", {"offer": "tomorrow", "buttons": {"0": "X"}}, "milliseconds"),
        ("offer", {"offer": 1790000000, "buttons": {"0": "X"}}, "milliseconds"),
        ("offer", {"offer": "9" * 5000, "buttons": {"0": "X"}}, "milliseconds"),
        ("call", {"buttons": {"0": "²"}}, "minutes"),
        ("call", {"buttons": {"0": 43_201}}, "43200 at most"),
        ("place", {"header": "91, 0, Luna, Roma 12"}, "latitude (±90)"),
        ("place", {"header": "nan, 0, Luna, Roma 12"}, "latitude (±90)"),
        ("place", {"header": "1, 0, Luna\nBar, Roma 12"}, "header.name has a line break"),
        ("carousel", {"cards": []}, "cards.1.header is missing"),
    ],
)
def test_what_is_missing_or_wrong_is_named(name: str, values: dict[str, Any], why: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        fill(CASES[name][0], values)
    assert why in caught.value.detail


BREAKING = {
    "uno\ndos": "line break",
    "uno\r\n\r\ndos": "line break",
    "uno\u2028dos": "line break",
    "uno\x85dos": "line break",
    "uno\tdos": "tab",
    "uno     dos": "4 spaces",
    "uno \u00a0 \u00a0 dos": "4 spaces",
    "a" + " " * 60_000 + "b": "4 spaces",
}
TEMPLATE: list[Any] = [
    {"type": "HEADER", "format": "TEXT", "text": "{{1}}"},
    {"type": "BODY", "text": "{{1}} {{2}}"},
    {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x", "url": "https://x.mx/{{1}}"}]},
]


@pytest.mark.parametrize(("value", "why"), BREAKING.items())
@pytest.mark.parametrize("name", ["header.1", "body.2", "buttons.0"])
def test_a_value_that_meta_would_refuse_is_refused_by_its_name(
    name: str, value: str, why: str
) -> None:
    good = {"header.1": "h", "body.1": "a", "body.2": "b", "buttons.0": "c"}
    with pytest.raises(Unprocessable) as caught:
        fill(TEMPLATE, {**good, name: value})
    assert f"{name} has" in caught.value.detail
    assert why in caught.value.detail
    components = fill(TEMPLATE, good)
    changed = {"header.1": components[0], "body.2": components[1], "buttons.0": components[2]}
    changed[name]["parameters"][-1]["text"] = value
    assert [why in it and it.startswith(name) for it in problems_in(components)] == [True]
    assert problem_of("it", one_line(value)) is None


@pytest.mark.parametrize("value", ["  uno dos\n", "uno    dos", "1\u00a0000", "ñ" * 1000])
def test_what_meta_takes_is_taken(value: str) -> None:
    (body,) = fill([{"type": "BODY", "text": "{{1}}"}], {"body": [value]})
    assert body["parameters"][0]["text"] == value.strip()


@pytest.mark.parametrize("kind", ["COPY_CODE", "ONE_TAP", "ZERO_TAP"])
@pytest.mark.parametrize("more", ["", "&cta_display_name=Autofill&package_name=mx.tienda"])
@pytest.mark.parametrize("host", ["www.whatsapp.com", "api.whatsapp.com"])
def test_a_one_time_codes_button_is_what_it_was_made_as_although_meta_lists_a_link(
    kind: str, more: str, host: str
) -> None:
    url = f"https://{host}/otp/code/?otp_type={kind}{more}&code=otp{{{{1}}}}"
    components: list[Any] = [
        {"type": "BODY", "text": "*{{1}}* is your code.", "example": {"body_text": [["123456"]]}},
        {"type": "FOOTER", "text": "This code expires in 10 minutes."},
        {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Copy code", "url": url}]},
    ]
    assert [(slot.key, slot.kind, slot.required) for slot in slots_of(components)] == [
        ("body.1", "text", True),
        ("buttons.0", "code", False),
    ]
    sent = fill(components, {"body": ["482913"]})
    parameters = [{"type": "text", "text": "482913"}]
    assert sent == [
        {"type": "body", "parameters": parameters},
        {"type": "button", "sub_type": "url", "index": "0", "parameters": parameters},
    ]
    shown = render(components, sent)["buttons"]
    assert shown == [{"type": "copy_code", "text": "Copy code", "code": "482913"}]
    with pytest.raises(Unprocessable, match="16 characters"):
        fill(components, {"body": ["1" * 16]})


@pytest.mark.parametrize(
    "url",
    ["https://whatsapp.com.evil.mx/otp/code/?code={{1}}", "https://www.whatsapp.com/{{1}}", "["],
)
def test_another_link_stays_a_link(url: str) -> None:
    components = [{"type": "BUTTONS", "buttons": [{"type": "URL", "text": "x", "url": url}]}]
    assert render(components)["buttons"][0]["type"] == "url"


@pytest.mark.parametrize("value", [["a"], {"a": 1}, True])
def test_what_is_no_text_is_not_told_to_a_customer_as_one(value: Any) -> None:
    with pytest.raises(Unprocessable, match=r"body\.1 is a text or a number"):
        fill([{"type": "BODY", "text": "Hola {{1}}"}], {"body.1": value})


@pytest.mark.parametrize("value", [" ", " \n ", "\t"])
def test_a_blank_value_is_missing(value: str) -> None:
    with pytest.raises(Unprocessable, match=r"body\.1 is missing"):
        fill([{"type": "BODY", "text": "Hola {{1}}"}], {"body": [value]})


@pytest.mark.parametrize(
    "parameter",
    [
        {"type": "coupon_code", "coupon_code": "A\nB"},
        {"type": "currency", "currency": {"fallback_value": "$ 1\n2", "code": "MXN"}},
        {"type": "date_time", "date_time": {"fallback_value": "May\n3"}},
        {"type": "location", "location": {"latitude": "1", "name": "Luna\nBar"}},
    ],
)
def test_a_line_break_is_found_in_whatever_a_person_reads(parameter: dict[str, Any]) -> None:
    (problem,) = problems_in([{"type": "body", "parameters": [parameter]}])
    assert problem.startswith("body.1 has a line break")


def test_a_number_is_a_values_place_wherever_it_stands_in_the_text() -> None:
    components = [{"type": "BODY", "text": "A las {{2}}, {{1}}"}]
    sent = fill(components, {"body": ["Ana", "12:30"]})
    assert [it["text"] for it in sent[0]["parameters"]] == ["Ana", "12:30"]
    assert render(components, sent)["body"] == "A las 12:30, Ana"


@pytest.mark.parametrize("odd", [5, "x", True, {"a": 1}, [None], ["x"]])
def test_a_template_that_the_vendor_describes_oddly_is_shown_all_the_same(odd: Any) -> None:
    components = [
        {"type": "BODY", "text": "Hola {{a}}", "example": {"body_text_named_params": odd}},
        {"type": "BUTTONS", "buttons": odd},
        {"type": "CAROUSEL", "cards": odd},
        {"type": "CAROUSEL", "cards": [{"components": odd}]},
    ]
    assert [slot.key for slot in slots_of(components)] == ["body.a"]
    assert render(components)["body"] == "Hola {{a}}"


def test_a_header_may_be_a_file_that_was_uploaded_here() -> None:
    components, _, _ = CASES["picture"]
    sent = fill(components, {"header": {"media_id": "0197a3c2"}})
    assert sent[0]["parameters"] == [{"type": "image", "image": {"media_id": "0197a3c2"}}]
    assert render(components, sent)["header"]["media"] == {"media_id": "0197a3c2"}


def test_what_is_not_filled_in_yet_stays_as_it_is_written() -> None:
    assert render(CASES["positional"][0])["body"] == "Hola {{1}}, a las {{2}}. {{1}}!"
