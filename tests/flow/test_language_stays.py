"""In which language somebody is answered, from the webhook to the reply."""

from __future__ import annotations

from pathlib import Path

from recado.language.analysis import detect_language
from tests.support.flow import Flow, running_flow
from tests.support.payloads import text_message


async def answer_to(flow: Flow, words: str, **about: str) -> str:
    """The language in which `words` are answered."""
    before = len(flow.graph.received)
    await flow.receive(text_message(words, **about))
    sent = await flow.until_sent(before + 1)
    await flow.quiet()
    return detect_language(sent[before]).code


async def test_a_conversation_stays_in_its_language_until_a_sentence_says_otherwise(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        assert await answer_to(flow, "hola, tienen wifi?") == "es"
        assert await answer_to(flow, "venden cerveza o vino") == "es"
        assert await answer_to(flow, "thanks") == "es"
        assert await answer_to(flow, "what time do you open on sundays?") == "en"
        assert await answer_to(flow, "gracias") == "en"
        assert (await flow.conversation()).language == "en"
        assert await answer_to(flow, "vcs entregam no centro?") == "pt"


async def test_first_words_that_say_nothing_are_answered_as_where_the_number_is_from(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        assert await answer_to(flow, "👋", sender="5511987654321") == "pt"


async def test_a_language_that_is_asked_for_is_spoken(tmp_path: Path) -> None:
    async with running_flow(tmp_path) as flow:
        assert await answer_to(flow, "hola, tienen wifi?") == "es"
        assert await answer_to(flow, "please answer me in english") == "en"
        assert await answer_to(flow, "wifi") == "en"
        assert await answer_to(flow, "¿me puedes responder en portugués?") == "pt"
        assert await answer_to(flow, "en español por favor") == "es"
        assert await answer_to(flow, "¿hablan inglés?") == "es"


async def test_first_words_are_answered_in_their_language_whatever_hides_it(
    tmp_path: Path,
) -> None:
    async with running_flow(tmp_path) as flow:
        for number, (words, language) in enumerate(
            (
                ("no me ha llegado la torta", "es"),
                ("h i j o s d e p u t a", "es"),
                ("eat sh*t", "en"),
                ("c a r a l h o", "pt"),
                ("olha o que fizeram", "pt"),
                ("somos 12 padrinhos, queremos fechar a barbearia sabado de manha", "pt"),
            )
        ):
            assert await answer_to(flow, words, sender=f"1650555{number:04}") == language
