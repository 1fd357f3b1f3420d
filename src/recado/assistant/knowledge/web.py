"""HTML to sections, by way of the Markdown that it means."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from recado.assistant.knowledge.sections import Section, parse_sections
from recado.assistant.tags import Tags, attributes

_SKIPPED = {"script", "style", "nav", "noscript", "template", "svg", "form", "button", "title"}
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"dt": 6, "summary": 6}
_BLOCKS = {"p", "div", "section", "article", "ul", "ol", "table", "dl", "dd", "details"}
_BLOCKS |= {"blockquote", "header", "footer", "main", "aside", "figure", "pre", "address"}
_SPACES = re.compile(r"\s+")
_BLANKS = re.compile(r"\n{3,}")


class _ToMarkdown(HTMLParser):
    def __init__(self, tags: Tags) -> None:
        super().__init__(convert_charrefs=True)
        self._tags = tags
        self.parts: list[str] = []
        self._skipping = 0
        self._cells = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        written = self.get_starttag_text() or ""
        if not self._tags.is_tag(written) and self._are_words(tag, written):
            self.handle_data(written)
        elif tag in _SKIPPED:
            self._skipping += 1
        elif tag in _HEADINGS:
            self.parts.append(f"\n\n{'#' * _HEADINGS[tag]} ")
        elif tag in _BLOCKS:
            self.parts.append("\n\n")
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag == "br":
            self.parts.append("\n")
        elif tag == "tr":
            self._cells = 0
            self.parts.append("\n- ")
        elif tag in {"td", "th"}:
            if self._cells:
                self.parts.append(" · ")
            self._cells += 1

    def _are_words(self, tag: str, written: str) -> bool:
        """`<monto>` is somebody's; what a page names itself (`<my-shop>`) has an end tag."""
        values = attributes(written[1 + len(tag) : -1])
        return not self._tags.closes(tag) and not values

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipping = max(0, self._skipping - 1)
        elif tag in _HEADINGS or tag in _BLOCKS:
            self.parts.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._skipping:
            self.parts.append(_SPACES.sub(" ", data))


def html_sections(text: str) -> list[Section]:
    """The sections of a page: its headings, definition lists and disclosures open them."""
    parser = _ToMarkdown(Tags(text))
    parser.feed(text)
    parser.close()
    lines = (line.strip() for line in "".join(parser.parts).split("\n"))
    text = "\n".join(line for line in lines if line not in {"-", "#"})
    return parse_sections(_BLANKS.sub("\n\n", text))
