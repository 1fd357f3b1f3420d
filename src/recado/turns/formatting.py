"""From what a model writes to what WhatsApp shows: Markdown to its markup, and its limits.

WhatsApp's own markup: https://faq.whatsapp.com/539178204879377. A text body has at most
4,096 characters: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages.
"""

import html
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache

from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode

from recado.documents.tags import Tags

TEXT_LIMIT = 4096

# Anything that means something in Markdown and is not WhatsApp's own notation too
# ("- item", "1. item" and "> quote" are). Most answers have none and stay as they are.
_MARKDOWN = re.compile(
    r"[*~`<|\\&]|\]\(|^ {0,3}#|^[ \t]*\+[ \t]|(?<![^\W_])_|_(?![^\W_])", re.MULTILINE
)
_PROTECTED = re.compile(
    r"(?:https?://|www\.)[^\s<>()\[\]\"|]*[^\s<>()\[\]\"|*_~.,;:!?'`\\]"  # links
    r"|[^\W_][\w.+-]{0,63}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}\.[^\W_]+"  # e-mail addresses
    r"|(?<!\d)\d+(?:[*_]\d+)+"  # 2*3*4
)
_PLACEHOLDER = re.compile("\ue000(\\d+)\ue001")
_OWN_SIGNS = re.compile("[\ue000\ue001]")
_IN_ANGLES = re.compile("<(\ue000\\d+\ue001)>")
_BRACKET = re.compile(r"\\.|<", re.DOTALL)  # but for one that is escaped
_LINE_BREAK_TAG = re.compile(r"<(?:br|/p|/div|/li|/tr|/h\d)\b[^<>]*+>", re.IGNORECASE)
_MARKS = {"strong": "*", "em": "_", "s": "~"}


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    # People indent text and underline it with dashes without meaning code or a heading.
    parser.disable(["code", "lheading", "reference"])
    parser.normalizeLink = lambda url: url  # type: ignore[method-assign]
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    return parser


class _Inline:
    """Writes one run of inline nodes; marks are closed and opened again at line breaks,
    because WhatsApp does not carry them over."""

    def __init__(self, *, without: Iterable[str] = ()) -> None:
        self._without = frozenset(without)
        self._open: list[str] = []
        self._written: list[str] = []

    def write(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        for node in nodes:
            self._write_node(node)
        return "".join(self._written)

    def _write_node(self, node: SyntaxTreeNode) -> None:
        if node.type in _MARKS:
            self._write_marked(node)
        elif node.type in ("softbreak", "hardbreak"):
            self._break_line()
        elif node.type == "code_inline":
            self._written.append(f"`{node.content}`")
        elif node.type == "link":
            label = _Inline(without=self._without | {"link"}).write(node.children)
            self._written.append(_link(label, str(node.attrs.get("href", ""))))
        elif node.type == "image":
            self._written.append(_link(node.content, str(node.attrs.get("src", ""))))
        elif node.type == "html_inline":
            if _LINE_BREAK_TAG.match(node.content):
                self._break_line()
        elif node.children:
            for child in node.children:
                self._write_node(child)
        else:
            self._written.append(node.content)

    def _write_marked(self, node: SyntaxTreeNode) -> None:
        mark = _MARKS[node.type]
        silent = node.type in self._without or mark in self._open
        if not silent:
            self._open.append(mark)
            self._written.append(mark)
        for child in node.children:
            self._write_node(child)
        if not silent:
            self._open.pop()
            self._written.append(mark)

    def _break_line(self) -> None:
        self._written += [*reversed(self._open), "\n", *self._open]


def _link(label: str, url: str) -> str:
    bare = url.removeprefix("mailto:").removeprefix("tel:")
    label = label.strip()
    if not label or label in (url, bare):
        return bare
    return f"{label}: {bare}" if bare else label


def _inline(node: SyntaxTreeNode, *, without: Iterable[str] = ()) -> str:
    children = node.children[0].children if node.children else []
    return _Inline(without=without).write(children)


class _Blocks:
    """Writes the block structure, keeping the blank lines of the source between blocks."""

    def __init__(self, source: str, tags: Tags) -> None:
        self._lines = source.split("\n")
        self._tags = tags

    def write(self, nodes: Sequence[SyntaxTreeNode]) -> str:
        written = ""
        end: int | None = None
        for node in nodes:
            start, stop = node.map or (0, 0)
            if written and end is not None:
                written += "\n" * max(start - end + 1, 1)
            written += self._block(node)
            end = self._last_line(start, stop)
        return written

    def _last_line(self, start: int, stop: int) -> int:
        """The end of a block without the blank lines that a list's range takes in."""
        while start + 1 < stop <= len(self._lines) and not self._lines[stop - 1].strip():
            stop -= 1
        return stop

    def _block(self, node: SyntaxTreeNode) -> str:
        writers: dict[str, Callable[[SyntaxTreeNode], str]] = {
            "heading": _heading,
            "bullet_list": self._bullets,
            "ordered_list": self._numbered,
            "blockquote": self._quote,
            "fence": lambda fence: f"```\n{fence.content.rstrip()}\n```",
            "hr": lambda rule: "---",
            "table": _table,
            "html_block": self._html,
        }
        return writers.get(node.type, _inline)(node)

    def _quote(self, node: SyntaxTreeNode) -> str:
        return "\n".join(f"> {line}" for line in self.write(node.children).split("\n"))

    def _html(self, node: SyntaxTreeNode) -> str:
        lines = _LINE_BREAK_TAG.sub("\n", node.content)
        return html.unescape(self._tags.without(lines)).strip()

    def _bullets(self, node: SyntaxTreeNode) -> str:
        return "\n".join(self._item(item, "- ") for item in node.children)

    def _numbered(self, node: SyntaxTreeNode) -> str:
        first = int(node.attrs.get("start", 1))
        return "\n".join(
            self._item(item, f"{number}{item.markup or '.'} ")
            for number, item in enumerate(node.children, first)
        )

    def _item(self, item: SyntaxTreeNode, marker: str) -> str:
        first, *further = self.write(item.children).split("\n")
        return "\n".join([marker + first, *(f"  {line}" if line else "" for line in further)])


def _heading(node: SyntaxTreeNode) -> str:
    title = _inline(node, without=("strong",)).strip()
    return "\n".join(f"*{line}*" for line in title.split("\n")) if title else ""


def _table(node: SyntaxTreeNode) -> str:
    """A line a row, "*first cell* · Column: cell": a phone is too narrow for columns."""
    rows = [row for part in node.children for row in part.children]
    columns = [_inline(cell, without=("strong",)).strip() for cell in rows[0].children]
    if len(rows) == 1:
        return " · ".join(f"*{column}*" for column in columns if column)
    lines = []
    for row in rows[1:]:
        title = _inline(row.children[0], without=("strong",)).strip()
        cells = [f"*{title}*"] if title else []
        for column, cell in zip(columns[1:], row.children[1:], strict=False):
            value = _inline(cell).strip()
            if value:
                cells.append(f"{column}: {value}" if column else value)
        lines.append(" · ".join(cells))
    return "\n".join(lines)


@lru_cache(maxsize=64)  # an answer is looked at before it is sent
def format_for_whatsapp(markdown: str) -> str:
    """Markdown as WhatsApp markup; text without Markdown comes back unchanged.

    Bold, italics and strikethrough get WhatsApp's signs, headings become bold lines, links
    "label: address", tables a line a row; HTML tags go, code blocks stay. Addresses, words in
    angle brackets, underscores within words and sums such as 2*3*4 are left alone.
    """
    if not _MARKDOWN.search(markdown):
        return markdown
    places: dict[str, int] = {}

    def put_aside(found: re.Match[str]) -> str:
        return f"\ue000{places.setdefault(found[0], len(places))}\ue001"

    source = _OWN_SIGNS.sub("", markdown.replace("\r\n", "\n"))
    source = _IN_ANGLES.sub(r"\1", _PROTECTED.sub(put_aside, source))
    tags = Tags(source)
    if "<" in source:
        stand_in = f"\ue000{places.setdefault('<', len(places))}\ue001"
        source = _words_kept(source, tags, stand_in)
    tree = SyntaxTreeNode(_markdown().parse(source))
    written = _Blocks(source, tags).write(tree.children).strip()
    kept = list(places)
    return _PLACEHOLDER.sub(lambda found: kept[int(found[1])], written)


def _words_kept(source: str, tags: Tags, stand_in: str) -> str:
    """`source` with `stand_in` for each angle bracket that opens no tag, so that none does."""

    def words(piece: str) -> str:
        return _BRACKET.sub(lambda found: stand_in if found[0] == "<" else found[0], piece)

    kept, at = [], 0
    for start, end in tags.spans(source):
        kept += [words(source[at:start]), source[start:end]]
        at = end
    return "".join([*kept, words(source[at:])])


# Spaces at which a line may be broken: not the no-break ones of "10\u00a0€".
_SPACE = r"[^\S\u00a0\u2007\u202f]"
_SPACES = "".join(char for char in map(chr, range(0x3001)) if re.match(_SPACE, char))
_BREAKS = (
    re.compile(rf"\n{_SPACE}*\n"),  # between paragraphs
    re.compile(r"\n"),
    re.compile(rf"(?<=[.!?…])[\"'”’»)\]*_~]*(?={_SPACE})"),  # between sentences
)
_WORD_BREAK = re.compile(_SPACE)
_LEAST_FILLED = 0.4  # rather a full message that ends in mid-paragraph than a tiny one
_ZERO_WIDTH_JOINER = "\u200d"


def _units(text: str) -> int:
    """Length in UTF-16 units, the strictest way in which a limit may be counted."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _longest_fitting(text: str, limit: int) -> int:
    """How many code points from the beginning of ``text`` fit into ``limit`` units."""
    end = min(len(text), limit)
    excess = _units(text[:end]) - limit
    while excess > 0:
        end -= max(excess // 2, 1)
        excess = _units(text[:end]) - limit
    while end < len(text) and _units(text[: end + 1]) <= limit:
        end += 1
    return end


def _extends(char: str) -> bool:
    return (
        unicodedata.category(char) in ("Mn", "Mc", "Me")
        or char == _ZERO_WIDTH_JOINER
        or "\U0001f3fb" <= char <= "\U0001f3ff"  # skin tones
        or "\U000e0020" <= char <= "\U000e007f"  # flags of regions
        or "\u1160" <= char <= "\u11ff"  # the further letters of a Hangul syllable
        or char in "\uff9e\uff9f\u200c"
    )


def _is_regional(char: str) -> bool:
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _within_grapheme(text: str, at: int) -> bool:
    """Whether ``at`` lies inside what a reader sees as one character (UAX #29, cautiously)."""
    if at <= 0 or at >= len(text):
        return False
    before, after = text[at - 1], text[at]
    if _extends(after) or before == _ZERO_WIDTH_JOINER or (before == "\r" and after == "\n"):
        return True
    if _is_regional(before) and _is_regional(after):
        run = at
        while run > 0 and _is_regional(text[run - 1]):
            run -= 1
        return (at - run) % 2 == 1
    return False


def _break_point(text: str, limit: int) -> int:
    """Where to cut ``text``, which is longer than ``limit``: the best joint that fits."""
    fitting = _longest_fitting(text, limit)
    for joint in _BREAKS:
        ends = [found.end() for found in joint.finditer(text, 0, fitting + 1)]
        for end in reversed(ends):
            if fitting * _LEAST_FILLED <= end <= fitting and not _within_grapheme(text, end):
                return end
    for at in range(fitting, 0, -1):
        if _WORD_BREAK.match(text, at) and not _within_grapheme(text, at + 1):
            return at
    for at in range(fitting, 0, -1):
        if not _within_grapheme(text, at):
            return at
    return max(fitting, 1)


def split_text(text: str, limit: int = TEXT_LIMIT) -> list[str]:
    """``text`` as messages of at most ``limit`` characters, counted in UTF-16 units.

    Cuts between paragraphs, else lines, sentences or words; within a word (or a link) only
    when it alone is longer than the limit, and never within an emoji or an accented letter.
    Nothing is lost but white space at the cuts; a blank text is no message at all.
    """
    if limit < 2:
        raise ValueError(f"a limit of {limit} cannot hold every character")
    parts: list[str] = []
    rest = text if _units(text) <= limit else _strip(text)
    while _units(rest) > limit:
        at = _break_point(rest, limit)
        if head := _strip(rest[:at]):
            parts.append(head)
        rest = _strip(rest[at:])
    return [*parts, rest] if rest.strip() else parts


def _strip(text: str) -> str:
    return text.strip(_SPACES)
