"""Bring the catalogues of the desk's texts to what the code says, or tell what they lack.

`python .ci/words.py write` adds a text of the code to `desk/locale/*/LC_MESSAGES/recado.po`, with
no translation yet, and drops what nothing says any more. `python .ci/words.py check` lists what
lacks a translation, what nothing says, and translations that have lost a place for a value.

Babel finds what templates and pages say (`_`, `say`, `ngettext`, `counted`). What the desk shows
and others say, above all errors, is found in the syntax trees of their modules.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from string import Formatter, ascii_lowercase, ascii_uppercase
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from jinja2 import nodes

from recado import errors
from recado.app.wiring import CHANNELS
from recado.assistant.models.choosing import WHY
from recado.assistant.quality.checks import CHECKS
from recado.desk.render import build_environment
from recado.desk.shapes import Shapes
from recado.desk.words import LANGUAGES, TRANSLATED, catalogue_path, read_catalogue
from recado.escalation.reasons import MENDED, REASONS
from recado.lines import reception
from recado.notifications.occasions import OCCASIONS

SRC = Path(__file__).resolve().parent.parent / "src" / "recado"
DESK = SRC / "desk"
CALLS = {"_": None, "say": None, "ngettext": (1, 2), "counted": (1, 2)}
#: Where a text comes from, at most so many files of it.
MOST_FILES = 3

#: Speak to whoever runs the server or calls the API, not to people at the desk.
NOT_SHOWN = (
    *("app/", "admin_api/", "maintenance/", "webhooks/", "http/", "queue/", "cache/", "store/"),
    *("observability/", "lines/webhooks.py", "turns/rehearsal.py"),
    *(
        f"assistant/evaluations/{it}.py"
        for it in ("case_files", "yaml_nodes", "model_judge", "judging", "results")
    ),
)
UNSEEN_ERRORS = {"SettingsError", "UnparsablePayload"}
#: Only values.
PIECES = {"Evolution API: ~", "~: ~", "~.", "~ ~", "~ ~.", "~ (~)"}

_IN_BRACES = re.compile(r"\{[^{}]*\}")

#: A text, or both forms of one that counts. `~` stands for a value that is filled in already.
Text = str | tuple[str, str]


#: Names that only vendors' answers have: a template's quality, what Meta charges for.
FROM_VENDORS = {"red", "yellow", "green", "authentication international", "referral conversion"}


class Found(NamedTuple):
    text: Text
    file: Path


@cache
def said() -> list[Found]:
    """All that the desk shows and that therefore needs a translation."""
    return list(_said())


def _said() -> Iterator[Found]:
    yield from _said_by_the_desk()
    yield from _said_of_channels()
    for path, tree in _modules():
        if path.parent != SRC and not str(path.relative_to(SRC)).startswith(NOT_SHOWN):
            yield from (Found(it, path) for it in _errors_made(tree))
        if path.is_relative_to(SRC / "channels"):
            yield from (Found(it, path) for it in _found_by_checks(tree))
        yield from (Found(it, path) for it in _left_out(tree))
    for name, path in ((name, SRC / "errors.py") for name in _errors()):
        yield Found(vars(errors)[name].title, path)
    chosen = SRC / "assistant" / "models" / "choosing.py"
    yield from (Found(it, chosen) for it in WHY.values())
    reasons = SRC / "escalation" / "reasons.py"
    yield from (Found(it.text, reasons) for it in (*REASONS, MENDED))
    occasions = SRC / "notifications" / "occasions.py"
    yield from (Found(it.text, occasions) for it in OCCASIONS.values())
    checks = SRC / "assistant" / "quality" / "checks.py"
    yield from (Found(it.text, checks) for it in CHECKS)
    texts = (text for name, text in vars(reception).items() if name.isupper())
    path = SRC / "lines" / "reception.py"
    yield from (Found(text, path) for text in texts if isinstance(text, str))


def _said_by_the_desk() -> Iterator[Found]:
    methods = [("templates/**.html", "jinja2"), ("*.py", "python")]
    options = {"templates/**.html": {"silent": "false", "trim_blocks": "true"}}
    for file, _, text, _, _ in extract_from_dir(DESK, methods, options, CALLS):
        if text:
            yield Found(text if isinstance(text, str) else (text[0], text[1]), DESK / file)


def _said_of_channels() -> Iterator[Found]:
    for channel in CHANNELS:
        path = SRC.joinpath(*channel.__module__.split(".")[1:]).with_suffix(".py")
        texts = [text for it in channel.credentials for text in (it.label, it.help)]
        for text in (channel.title, channel.address_label, *texts):
            yield Found(text, path)


def _modules() -> list[tuple[Path, ast.Module]]:
    return [(it, ast.parse(it.read_text("utf-8"))) for it in sorted(SRC.rglob("*.py"))]


def _errors() -> list[str]:
    classes = {name: it for name, it in vars(errors).items() if isinstance(it, type)}
    shown = (name for name, it in classes.items() if issubclass(it, errors.RecadoError))
    return sorted(set(shown) - UNSEEN_ERRORS)


def _errors_made(tree: ast.Module) -> Iterator[str]:
    names = set(_errors())
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in names and node.args:
            text = _literal(node.args[0])
            if text.strip("~ "):
                yield text


def _left_out(tree: ast.Module) -> Iterator[str]:
    """Why something of a file was left out (assistant/knowledge)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "LeftOut":
            yield _literal(node.args[0])


def _found_by_checks(tree: ast.Module) -> Iterator[str]:
    """The sentences that the checks of lines may give."""
    for it in ast.walk(tree):
        if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef) and it.returns:
            returned = ast.unparse(it.returns)
            if returned in {"list[str]", "Sequence[str]"}:
                yield from filter(_is_sentence, _literals(ast.Module(it.body, [])))


def _is_sentence(text: str) -> bool:
    return " " in text and text[-1] == "." and text[0] in "~" + ascii_uppercase


def _literals(tree: ast.AST) -> Iterator[str]:
    """Every text in the code that is no docstring, values as `~`."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        if isinstance(node, ast.Constant | ast.JoinedStr):
            if (text := _literal(node)).strip("~ "):
                yield text
        else:
            yield from _literals(node)


def _literal(node: ast.AST) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "~"


@cache
def named() -> list[Found]:
    """Texts in the code which the desk may show, such as names of states and types."""
    return list(_named())


def _named() -> Iterator[Found]:
    yield from (Found(it, DESK / "words.py") for it in FROM_VENDORS)
    for path, tree in _modules():
        yield from (Found(it, path) for it in _literals(tree))
    environment = build_environment()
    for path in sorted(DESK.rglob("*.html")):
        for constant in environment.parse(path.read_text("utf-8")).find_all(nodes.Const):
            if isinstance(constant.value, str):
                yield Found(constant.value, path)


class Words:
    """What a catalogue ought to have: each text that is said, and the names it has of others."""

    def __init__(self, catalogue: frozenset[Text]) -> None:
        self._texts = {_forms(text)[0]: text for text in catalogue}
        self._shapes = Shapes(self._texts)
        self.files: dict[Text, set[str]] = {}
        self.new: set[Text] = set()
        for text, file in said():
            if text not in PIECES:
                self._add(self._known(text) or self._to_add(text), file)
        asked = set(self.files)
        for text, file in named():
            known = self._known(text) or self._texts.get(str(text).lower().replace("_", " "))
            if known and known not in asked:
                self._add(known, file if " " in text else None)
        self.unused = set(catalogue) - self.files.keys()

    def _known(self, text: Text) -> Text | None:
        if isinstance(text, tuple):
            return text if self._texts.get(text[0]) == text else None
        if text in self._texts:
            return self._texts[text]
        filled = self._shapes.find(text) if " " in text else None
        # What has words of its own where the entry has a value is another text: "Next page" is not
        # "{count} page", though the desk would read it so.
        return filled.shape if filled and not any(map(_has_words, filled.values.values())) else None

    def _to_add(self, text: Text) -> Text:
        if isinstance(text, str):
            first, *rest = text.split("~")
            parts = (f"{{{name}}}{part}" for name, part in zip(ascii_lowercase, rest, strict=False))
            text = "".join((first, *parts))
        self.new.add(text)
        return text

    def _add(self, text: Text, file: Path | None) -> None:
        """`file` is None for a word that is in many for other reasons."""
        files = self.files.setdefault(text, set())
        if file:
            files.add(str(file.relative_to(SRC)))


@cache
def words_of(catalogue: frozenset[Text]) -> Words:
    return Words(catalogue)


def lacking(catalogue: Catalog) -> list[Text]:
    """Entries without a translation."""
    return [_text(it) for it in _entries(catalogue) if not all(_forms(it.string))]


def lost_places(catalogue: Catalog) -> list[Text]:
    """Entries whose translation has other places for values than the text."""
    return [
        _text(it)
        for it in _entries(catalogue)
        if len({_places(form) for form in (*_forms(it.id), *_forms(it.string)) if form}) > 1
    ]


def _entries(catalogue: Catalog) -> Iterator[Message]:
    return (it for it in catalogue if it.id)  # the first is the catalogue's header


def _text(entry: Message) -> Text:
    return entry.id if isinstance(entry.id, str) else (entry.id[0], entry.id[1])


def texts_of(catalogue: Catalog) -> frozenset[Text]:
    return frozenset(map(_text, _entries(catalogue)))


def _forms(text: str | Iterable[str] | None) -> tuple[str, ...]:
    return (text or "",) if isinstance(text, str | None) else tuple(text)


def _has_words(value: str) -> bool:
    """Besides places of its own, such as `{file}`, and data, such as `{"name": "Ana"}`."""
    return any(it.isalpha() for it in _IN_BRACES.sub("", value))


def _places(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name is not None)


HEADER = """\
# The desk of Recado in {name}. `make words` keeps the entries to what the code says.
msgid ""
msgstr ""
"Project-Id-Version: Recado\\n"
"Language: {language}\\n"
"Plural-Forms: {plural}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def write(language: str) -> list[str]:
    """Returns what still lacks a translation."""
    catalogue = read_catalogue(language)
    words = words_of(texts_of(catalogue))
    for text in words.unused:  # before the new ones: a text may begin to count
        catalogue.delete(_forms(text)[0])
    for text, files in words.files.items():
        entry = catalogue.get(_forms(text)[0]) or catalogue.add(text)
        entry.locations = [(file, 0) for file in sorted(files)[:MOST_FILES]]
    head = HEADER.format(name=LANGUAGES[language], language=language, plural=catalogue.plural_forms)
    with catalogue_path(language).open("wb") as file:
        file.write(head.encode())
        write_po(
            file, catalogue, width=100, omit_header=True, include_lineno=False, sort_by_file=True
        )
    return [f"{language} has no translation: {it}" for it in lacking(catalogue)]


def check(language: str) -> list[str]:
    catalogue = read_catalogue(language)
    words = words_of(texts_of(catalogue))
    return [
        *(f"{language} has no translation: {it}" for it in (*lacking(catalogue), *words.new)),
        *(f"{language} has a text that nothing says: {it}" for it in words.unused),
        *(f"{language} has other places for values: {it}" for it in lost_places(catalogue)),
    ]


def main(arguments: list[str]) -> int:
    work = {"write": write, "check": check}.get(" ".join(arguments))
    if work is None:
        print(__doc__, file=sys.stderr)
        return 2
    findings = [line for language in TRANSLATED for line in work(language)]
    print("\n".join(sorted(findings)) or "The catalogues are whole.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
