"""The desk speaks three languages, and each of them wholly."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter, ascii_uppercase

import pytest
from starlette.requests import Request

import recado.desk
from recado import errors
from recado.app.wiring import CHANNELS
from recado.desk.words import CATALOGUE, choose_language, translator

FOLDER = Path(recado.desk.__file__).parent
IN_TEMPLATES = re.compile(r"""_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
IN_PAGES = re.compile(
    r"""visit\.(?:nothing|say)\(\s*"([^"]+)"|visit\.done\([^,\n]+,\s*"([^"]+)\""""
)


def spoken() -> set[str]:
    found = set()
    for channel in CHANNELS:
        found |= {channel.title, channel.address_label}
        found |= {text for it in channel.credentials for text in (it.label, it.help)}
    for path in FOLDER.glob("templates/**/*.html"):
        found |= {a or b for a, b in IN_TEMPLATES.findall(path.read_text())}
    for path in FOLDER.glob("*.py"):
        found |= {a or b for a, b in IN_PAGES.findall(path.read_text())}
    return found


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_text_of_the_desk_is_translated(language: str) -> None:
    assert len(spoken()) > 200
    assert spoken() - set(CATALOGUE[language]) == set()


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_translations_keep_their_places_for_values(language: str) -> None:
    for text, translated in CATALOGUE[language].items():
        assert places(text) == places(translated), text


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


#: What people in front of the desk never see: start-up, queues, the database's own words.
NOT_SHOWN = ("commands/", "queue/", "store/", "api/", "ingest/", "observability/", "maintenance/")
ERRORS = {
    name
    for name, it in vars(errors).items()
    if isinstance(it, type) and issubclass(it, errors.RecadoError)
} - {"SettingsError", "UnparsablePayload"}


def raised() -> set[str]:
    """What the errors say that may be shown, values filled in with `~`."""
    found = set()
    source = FOLDER.parent
    for path in source.rglob("*.py"):
        if str(path.relative_to(source)).startswith(NOT_SHOWN) or path.parent == source:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                said = _literal(node.exc.args[0])
                if getattr(node.exc.func, "id", "") in ERRORS and said.strip("~ "):
                    found.add(said)
    return found | {vars(errors)[name].title for name in ERRORS}


def _literal(node: ast.expr) -> str:
    if isinstance(node, ast.JoinedStr):
        return "".join(_literal(part) for part in node.values)
    return str(node.value) if isinstance(node, ast.Constant) else "~"


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_every_error_that_a_person_may_see_is_translated(language: str) -> None:
    say = translator(language)
    assert len(raised()) > 200
    same = {"Evolution API: ~", "~: ~", "~.", "~ ~"}
    assert {it for it in raised() if say(it) == it} - same == set()


def found_by_checks() -> set[str]:
    """The sentences that the checks of lines may give, values filled in with `~`."""
    functions = (
        it
        for path in (FOLDER.parent / "channels").rglob("*.py")
        for it in ast.walk(ast.parse(path.read_text()))
        if isinstance(it, ast.FunctionDef | ast.AsyncFunctionDef) and it.returns is not None
    )
    lists = {"list[str]", "Sequence[str]"}
    return {
        said
        for it in functions
        if ast.unparse(it.returns or it) in lists
        for said in _sentences(it)
    }


def _sentences(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    body = function.body[ast.get_docstring(function) is not None :]
    nodes = [node for statement in body for node in ast.walk(statement)]
    within = {id(part) for node in nodes if isinstance(node, ast.JoinedStr) for part in node.values}
    said = [
        _literal(node)
        for node in nodes
        if isinstance(node, ast.JoinedStr | ast.Constant) and id(node) not in within
    ]
    begins = "~" + ascii_uppercase
    return {it for it in said if " " in it and it.endswith(".") and it[0] in begins}


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_what_the_check_of_a_line_finds_is_translated(language: str) -> None:
    say = translator(language)
    assert len(found_by_checks()) > 10
    pieces = {
        "~~ the account.",
        "~ set its url to ~.",
        "Meta cannot subscribe the webhook. Choose any secret word.",
    }
    assert {it for it in found_by_checks() if say(it) == it} - pieces == set()
    for name, consequence in (
        ("app_secret", "its webhooks are refused. Copy it from App settings, Basic."),
        ("verify_token", "Meta cannot subscribe the webhook. Choose any secret word."),
    ):
        assert say(whole := f"The line has no {name}: {consequence}") != whole


@pytest.mark.parametrize("language", sorted(CATALOGUE))
def test_why_something_of_a_file_was_left_out_is_translated(language: str) -> None:
    say = translator(language)
    reasons = {
        reason
        for path in (FOLDER.parent / "assistant" / "knowledge").glob("*.py")
        for reason in re.findall(r'LeftOut\(\s*"([^"]+)"', path.read_text())
    }
    assert len(reasons) > 5
    assert {it for it in reasons if say(it) == it} == set()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There is no conversation 'a.b'.", "No existe la conversación 'a.b'."),
        (
            "The conversation is not resolved but waiting.",
            "La conversación no está resuelta sino en espera.",
        ),
        ("a.b. is empty. is empty.", "a.b. is empty. está vacío."),
        (
            "The PDF is damaged (a). b). Save or export it again.",
            "El PDF está dañado (a). b). Guárdalo o expórtalo de nuevo.",
        ),
        ("x {y} is empty.", "x {y} está vacío."),
        (" is empty.", " is empty."),
        (
            'A form\'s answers are a JSON object, such as {"name": "Ana"}.',
            'Las respuestas de un formulario son un objeto JSON, como {"name": "Ana"}.',
        ),
        ("hola {name}", "hola {name}"),
    ],
)
def test_what_an_error_names_stays_as_it_is(text: str, said: str) -> None:
    assert translator("es")(text) == said


def test_texts_with_many_places_are_known_in_time_that_grows_with_their_length() -> None:
    say = translator("es")
    for shape in (" is ", " has ", " characters; WhatsApp allows ", ": ", "There is no "):
        assert say(shape * 20_000)


def test_a_text_without_translation_is_shown_in_english() -> None:
    assert translator("es")("Something {new}", new="odd") == "Something odd"


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "", "es"),
        ("fr-FR, pt;q=0.7, en;q=0.8", "", "en"),
        ("PT-br", "", "pt"),
        ("de", "", "en"),
        ("", "", "en"),
        ("es;q=zero, pt", "", "pt"),
        ("es", "pt", "pt"),
        ("es", "klingon", "es"),
    ],
)
def test_the_user_chooses_else_the_browser(header: str, cookie: str, language: str) -> None:
    headers = [(b"accept-language", header.encode())]
    if cookie:
        headers.append((b"cookie", f"language={cookie}".encode()))
    assert choose_language(Request({"type": "http", "headers": headers})) == language
