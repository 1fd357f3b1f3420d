"""WhatsApp's markup becomes HTML, and nothing else ever does."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recado.desk.markup import plain, render_markup

ALLOWED = {"strong": set(), "em": set(), "s": set(), "code": set(), "a": {"href", "target", "rel"}}


class Reader(HTMLParser):
    """Reads as a browser does, and notes every tag, attribute and text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment came through: {data}")


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(str(html))  # not Markup: adding to it would escape again
    reader.close()
    return reader


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*hola*", "<strong>hola</strong>"),
        ("_hola_ ~hola~", "<em>hola</em> <s>hola</s>"),
        ("*_hola_*", "<strong><em>hola</em></strong>"),
        ("```a < b```", "<code>a &lt; b</code>"),
        ("`*x*`", "<code>*x*</code>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("* no * ni _ esto _", "* no * ni _ esto _"),
        ("*una\nlínea*", "*una\nlínea*"),
        ("5 < 6 & 7 > 2", "5 &lt; 6 &amp; 7 &gt; 2"),
        ("", ""),
    ],
)
def test_marks_are_shown_as_whatsapp_shows_them(text: str, html: str) -> None:
    assert str(render_markup(text)) == html


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("mira https://a.mx/x?y=1&z=2.", "https://a.mx/x?y=1&z=2", "https://a.mx/x?y=1&z=2"),
        ("www.cafe.mx, gracias", "https://www.cafe.mx", "www.cafe.mx"),
        ("(http://a.mx)", "http://a.mx", "http://a.mx"),
        ("*https://a.mx*", "https://a.mx", "https://a.mx"),
    ],
)
def test_links_lead_where_they_say(text: str, href: str, shown: str) -> None:
    link = next(attributes for tag, attributes in read(render_markup(text)).tags if tag == "a")
    assert link["href"] == href
    assert "noopener" in (link["rel"] or "")
    assert f">{shown.replace('&', '&amp;')}</a>" in render_markup(text)


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "javascript:alert(1)",
        '*<b onmouseover="x">*',
        'https://a.mx/" onmouseover="alert(1)',
        "https://a.mx/'><script>alert(1)</script>",
        "```</code><script>alert(1)</script>```",
        "www.<script>x</script>",
        "data:text/html,<script>x</script>",
    ],
)
def test_nothing_dangerous_comes_through(text: str) -> None:
    reader = read(render_markup(text))
    for tag, attributes in reader.tags:
        assert tag in ALLOWED
        assert set(attributes) <= ALLOWED[tag]
        assert (attributes.get("href") or "https://").startswith(("http://", "https://"))
    assert "script" not in {tag for tag, _ in reader.tags}


PIECES = st.sampled_from(
    ["*", "_", "~", "`", "```", "<", ">", "&", '"', "'", "\n", " ", "https://", "www.", "http://a",
     "javascript:", "<script>", "onclick=", "a", "é", "🙂", "\\", "/", "=",
     "&lt;", "&#x3c;", "\x00"]
)  # fmt: skip


@given(st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join)))
def test_any_text_is_safe_and_loses_no_word(text: str) -> None:
    html = render_markup(text)
    reader = read(html)
    for tag, attributes in reader.tags:
        assert tag in ALLOWED
        assert set(attributes) <= ALLOWED[tag]
        href = attributes.get("href")
        assert href is None or href.lower().startswith(("http://", "https://"))

    def words(value: str) -> str:
        return "".join(c for c in value if c not in "*_~`\n\r\x00\ufffd")

    assert words(reader.text) == words(text)


def test_previews_have_no_marks() -> None:
    assert plain("*hola* _tú_ <b>") == "hola tú <b>"


def test_words_in_angle_brackets_are_shown() -> None:
    text = "Escribe *PAGO* <monto> a <SOPORTE>, List<String>, x < y > z, <3, &lt;b&gt;"
    assert plain(text) == text.replace("*PAGO*", "PAGO")
    assert "<monto>" not in render_markup(text)
