"""Questions with their answers, written one by one: each is a source of its own.

An answer is found by every wording of its question: the first is the heading of its passage, and
the words of all are indexed as the heading's. So the wordings are one answer to a search, and none
is a rival to another.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import msgspec

from recado.assistant.knowledge.analysis import index_text
from recado.assistant.knowledge.origin import Origin, WrittenAnswer
from recado.assistant.knowledge.passages import PassageDraft, split_text
from recado.assistant.knowledge.sources import NewSource
from recado.documents.reading import Reading, Section
from recado.errors import BadRequest
from recado.language.detection import detect_language
from recado.language.reading import composed_accents

KIND = "answer"
MOST_QUESTIONS = 20
LONGEST_QUESTION, LONGEST_ANSWER = 200, 4000


def answer_source(
    questions: Sequence[str], text: str, *, language: str = "", source_id: str = ""
) -> NewSource:
    """A question in its wordings, the first of which names it, with its answer in Markdown.

    `language` is detected when it is ""; `source_id`: it takes the place of that answer.
    Raises BadRequest: there is no question, no answer, or too much of either.
    """
    wordings = _wordings(questions)
    text = composed_accents(text.strip())
    if not wordings or not text:
        raise BadRequest("Write the question and its answer.")
    if len(text) > LONGEST_ANSWER:
        raise BadRequest(f"An answer has up to {LONGEST_ANSWER} characters; make it several.")
    language = language or detect_language(f"{wordings[0]}\n{text}").code
    passages = [PassageDraft(wordings[0], piece, language) for piece in split_text(text)]
    written = WrittenAnswer(tuple(wordings), text)
    content = msgspec.json.encode((written, language))
    new = NewSource.of(
        wordings[0],
        KIND,
        hashlib.sha256(content).hexdigest(),
        len(content),
        passages,
        Reading((Section((wordings[0],), text),)),
        origin=Origin(answer=written),
        source_id=source_id,
    )
    return msgspec.structs.replace(
        new, search_texts=tuple(_index_text(wordings, it.text, language) for it in passages)
    )


def _index_text(wordings: Sequence[str], text: str, language: str) -> str:
    """As index_text, with the words of all wordings in the line of the heading."""
    _, above, *rest = index_text(wordings[0], text, language).split("\n")
    lines = (index_text(wording, "", language).split("\n")[0] for wording in wordings)
    own = dict.fromkeys(token for line in lines for token in line.split())
    return "\n".join((" ".join(own), above, *rest))


def _wordings(questions: Sequence[str]) -> list[str]:
    different: dict[str, str] = {}
    for question in questions:
        if line := composed_accents(" ".join(question.split())):
            different.setdefault(line.casefold(), line)
    wordings = list(different.values())
    if len(wordings) > MOST_QUESTIONS:
        raise BadRequest(f"A question has up to {MOST_QUESTIONS} wordings.")
    if any(len(wording) > LONGEST_QUESTION for wording in wordings):
        raise BadRequest(f"A question has up to {LONGEST_QUESTION} characters.")
    return wordings
