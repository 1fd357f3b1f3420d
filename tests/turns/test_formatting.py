import re

import pytest
import regex  # type: ignore[import-untyped]
from hypothesis import assume, given
from hypothesis import strategies as st

from recado.turns.formatting import TEXT_LIMIT, format_for_whatsapp, split_text

FORMATTED = [
    ("**Hola** mundo", "*Hola* mundo"),
    ("*uno* y _dos_", "_uno_ y _dos_"),
    ("***muy*** ~~caro~~", "_*muy*_ ~caro~"),
    ("## Horario **nuevo**\nDe 9 a 18", "*Horario nuevo*\nDe 9 a 18"),
    ("[Tienda](https://x.y/a_b_c)", "Tienda: https://x.y/a_b_c"),
    ("[https://x.y](https://x.y) o <https://a.b>", "https://x.y o https://a.b"),
    ("[Escribinos](mailto:a_b@c.com)", "Escribinos: a_b@c.com"),
    ("![Zapato azul](https://x.y/z.png)", "Zapato azul: https://x.y/z.png"),
    ("Opciones:\n* a\n* b\n\nFin", "Opciones:\n- a\n- b\n\nFin"),
    ("- a\n  - b\n+ c", "- a\n  - b\n- c"),
    ("3. tres\n4. **cuatro**", "3. tres\n4. *cuatro*"),
    ("```python\nx = **1**\n```", "```\nx = **1**\n```"),
    ("usa `a_b**c**`", "usa `a_b**c**`"),
    (
        "| Modelo | Precio |\n|---|---|\n| **Azul** | $10 |\n| Rojo | |",
        "*Azul* · Precio: $10\n*Rojo*",
    ),
    ("<b>hola</b><br>qué <i>tal</i>", "hola\nqué tal"),
    ("<div>hola<br>chau</div>\n\nok", "hola\nchau\n\nok"),
    ("**dos\nlíneas**", "*dos*\n*líneas*"),
    ("> cita **fuerte**\n> y más", "> cita *fuerte*\n> y más"),
    ("**mira https://x.y/*a*/_b_**", "*mira https://x.y/*a*/_b_*"),
    ("Tom &amp; Jerry, \\*sic\\*", "Tom & Jerry, *sic*"),
]


@pytest.mark.parametrize(("markdown", "shown"), FORMATTED)
def test_markdown_is_shown_as_whatsapp_shows_it(markdown: str, shown: str) -> None:
    assert format_for_whatsapp(markdown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Hola, abrimos de 9 a 18.",
        "Cuesta $1.500,00 (2 x $750) + IVA & envío",
        "R$ 10 ~ R$ 20 * por kilo",
        "2*3*4 = 24 y snake_case_name",
        "https://x.com/a_b_c/*d*?q=_e_&f=~~g~~ y https://es.wikipedia.org/wiki/Sal_(mineral)",
        "ana_maria_lopez@mi_tienda.com",
        "Te quiero <3, 5 < 6 > 4",
        "Uno\nDos\n\n\nTres",
        "- ya\n- es\n1. de\n2. WhatsApp",
        "#oferta del día, AT&T",
        "",
    ],
)
def test_text_without_markdown_is_left_alone(text: str) -> None:
    assert format_for_whatsapp(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Escribe <monto> y tu nombre",
        "**Envía** `PAGO <monto>` a <SOPORTE>",
        "1. Escribe *PAGO* <nombre del titular>\n2. Luego <número-de-pedido>",
        "List<String> y Map<K, V> en <código>",
        "x < y > z, a <b, c> d, te quiero <3",
        "<monto>",
        "<Nombre> <Apellido>\n<Dirección>",
        "Salón <a confirmar>, fecha <data>, hora <time>, <a partir de las 8>",
        "si <a> es más que <b>, gana <i>",
        "</monto> <!monto> <?monto?> <!-- sin fin",
        "<https> <div, no> <p ni esto>",
        "Desde el 1 < 2 y <",
        "<think> es la etiqueta; <SÍ/NO>",
    ],
)
def test_words_in_angle_brackets_are_kept(text: str) -> None:
    formatted = format_for_whatsapp(text)
    assert re.findall(r"[^*`_\s]+", formatted) == re.findall(r"[^*`_\s]+", text)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>Escribe <monto> y <b>ya</b></p>", "Escribe <monto> y ya"),
        ("<div>Paga <monto><br/>hoy</div>", "Paga <monto>\nhoy"),
        ("Escribe &lt;monto&gt; y &lt;nombre&gt;", "Escribe <monto> y <nombre>"),
        ("<div>Escribe &lt;monto&gt;</div>", "Escribe <monto>"),
        ("Escribe \\<monto\\>", "Escribe <monto>"),
        ("uno<!-- nota <monto> -->dos", "unodos"),
        ('<a href="https://x.y">Tienda</a> <SPAN class=x>azul</SPAN>', "Tienda azul"),
        ("<time>8:00</time> de <data>hoy</data>", "8:00 de hoy"),
        ("<ul><li>pan<li>café</ul>", "pancafé"),
        ("escríbenos: <correo@cafe.com>", "escríbenos: correo@cafe.com"),
        ("<details open>más</details>", "más"),
    ],
)
def test_html_goes_and_words_beside_it_stay(written: str, shown: str) -> None:
    assert format_for_whatsapp(written) == shown


@given(st.text(alphabet="abcdehimnoprtuy ñ-/=\"'<>!\n", max_size=120))
def test_nothing_but_tags_that_html_has_is_taken_out(text: str) -> None:
    assume(not re.match(r"/?[a-z]+[\s/]", text))  # "<a x1>" is one, with an attribute
    words = f"<{text.replace('<', '').replace('>', '')}x1>"
    assert "".join(format_for_whatsapp(words).split()) == "".join(words.split())


@given(st.text(alphabet="abcñé ,.¿?!1250$%:€()\n😀", max_size=200))
def test_plain_text_comes_back_as_it_was(text: str) -> None:
    assert format_for_whatsapp(text) == text


@given(st.text(alphabet="ab *_~`[]()<>#|-+\n1.\\&!\ue000\ue001:/", max_size=80))
def test_no_markdown_however_broken_stops_an_answer(text: str) -> None:
    shown = format_for_whatsapp(text)
    assert "\ue000" not in shown.replace("\ue000", "", text.count("\ue000"))
    if not any(sign in text for sign in "<&`[]|"):  # what may drop or gather letters
        assert [c for c in shown if c in "ab"] == [c for c in text if c in "ab"]


# --- splitting ---

FAMILY = "👩‍👩‍👧‍👦"
PIECES = st.sampled_from(
    ["hola", "¿qué tal?", "Bien.", " ", " ", "\n", "\n\n", "é", FAMILY, "🇦🇷", "🇧🇷", "👍🏽",
     "https://x.y/a?b=c", "palabralarguísima" * 3, "10\u00a0€", "하", "ñ"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=60).map("".join)


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(TEXTS, st.integers(2, 80))
def test_every_part_fits_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split_text(text, limit)
    assert all(part.strip() and units(part) <= limit for part in parts)
    assert without_spaces("".join(parts)) == without_spaces(text)


@given(TEXTS, st.integers(60, 120))
def test_words_that_fit_are_never_torn(text: str, limit: int) -> None:
    words = re.split(r"[^\S\u00a0]+", text.strip())
    if all(units(word) <= limit for word in words):
        parts = split_text(text, limit)
        kept = [word for part in parts for word in re.split(r"[^\S\u00a0]+", part)]
        assert [word for word in kept if word] == [word for word in words if word]


@given(st.lists(st.sampled_from(["👩‍👧", "🇦🇷", "👍🏽", "e\u0301", "a", "1️⃣"]), max_size=40))
def test_an_emoji_is_never_torn(graphemes: list[str]) -> None:
    parts = split_text("".join(graphemes), 12)
    whole = regex.findall(r"\X", "".join(graphemes))
    assert [g for part in parts for g in regex.findall(r"\X", part)] == whole


def test_a_short_answer_is_one_message_as_it_is() -> None:
    assert split_text(" hola \n") == [" hola \n"]


def test_a_blank_answer_is_no_message() -> None:
    assert split_text(" \n ") == []
    assert split_text(" " * 10, 3) == []


def test_paragraphs_stay_together_when_they_can() -> None:
    first, second = "Uno. Dos tres.", "Cuatro cinco seis."
    assert split_text(f"{first}\n\n{second}", 25) == [first, second]


def test_sentences_are_preferred_to_words() -> None:
    assert split_text("Una frase corta. Otra frase más larga", 24) == [
        "Una frase corta.",
        "Otra frase más larga",
    ]


def test_a_link_is_moved_whole_to_the_next_message() -> None:
    link = "https://tienda.example/pedido/123"
    assert split_text(f"Mira tu pedido en {link}", 40) == ["Mira tu pedido en", link]


def test_a_long_answer_is_cut_at_metas_limit() -> None:
    parts = split_text("Abrimos de 9 a 18. 😀 " * 400)
    assert len(parts) == 3
    assert all(units(part) <= TEXT_LIMIT for part in parts)


def test_a_limit_that_holds_no_emoji_is_refused() -> None:
    with pytest.raises(ValueError, match="limit"):
        split_text("hola", 1)
