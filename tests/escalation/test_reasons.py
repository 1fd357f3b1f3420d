"""Every reason has an example here: what is known of a turn in which a person is called for it.

A new row of `REASONS` (src/recado/escalation/reasons.py) needs one, and its text a translation.
"""

import pytest

from recado.assistant.policy import HandoverRules, Limits
from recado.assistant.port import ContextMessage
from recado.desk.words import translator
from recado.errors import SettingsError
from recado.escalation.facts import TurnFacts
from recado.escalation.policy.compiled import DEFAULT_POLICY, EscalationPolicy
from recado.escalation.reasons import (
    BUDGET_SPENT,
    NO_ANSWER,
    REASONS,
    TALK_DONE,
    TALK_STUCK,
    TOOL_FAILED,
    TOOL_UNKNOWN,
    UNFIT_ANSWER,
    needs_person,
    needs_person_instead,
    policy_of,
    score_turn,
)
from recado.settings import load_settings


def turn(text: str, *types: str, before: tuple[ContextMessage, ...] = ()) -> TurnFacts:
    return TurnFacts(text=text, language="es", types=frozenset(types or ("text",)), before=before)


def they_said(text: str) -> ContextMessage:
    return ContextMessage(role="user", content=text, at=0.0)


def we_said(text: str, confidence: float = 0.9) -> ContextMessage:
    return ContextMessage(role="assistant", content=text, at=0.0, confidence=confidence)


COMPLEX = (
    "Si el modelo A no entra en la caja, y el B tampoco, cuál es la diferencia con el C? "
    "Y si pido dos, pero uno no sirve, lo puedo combinar con otro? O conviene más que vaya?"
)

#: A reason that adds to the score.
ADDS = {
    "negative_sentiment": turn("pésimo servicio, una estafa"),
    "low_confidence": TurnFacts(text="hola", language="es", confidence=0.59),
    "long_conversation": TurnFacts(text="hola", language="es", message_count=16),
    "trigger_words": turn("un reembolso"),
    "complex_query": turn(COMPLEX),
    "asked_for_person": turn("quiero hablar con una persona"),
    "model_asked": TurnFacts(text="¿quién me ayuda?", language="es", model_asks=True),
}
#: A reason that holds before a model is asked.
AT_ONCE = {
    "refund": turn("quiero que me devuelvan el dinero"),
    "cancellation": turn("quiero cancelar mi pedido"),
    "reservation": turn("para 4, mañana a las 8", before=(they_said("quiero reservar"),)),
    "big_order": turn("preciso de 100 salgados para sábado"),
    "complaint_with_picture": turn("llegó roto", "text", "image"),
    "complaint_again": turn("es una vergüenza", before=(they_said("llegó frío y tarde"),)),
    "details_sent": turn("", "image", before=(we_said("Envíanos una foto, por favor."),)),
    "own_affair": TurnFacts(text="vale, socio 3345", language="es", embedded=True),
    "cart_sent": TurnFacts(text="", language="es", types=frozenset({"order"}), embedded=True),
}
#: A reason that holds where the assistant does not know.
UNKNOWN = {
    "refund": turn("¿me devuelven el dinero?"),
    "cancellation": turn("quiero cancelar mi pedido"),
    "reservation": turn("quiero reservar para 4 mañana a las 8"),
    "big_order": turn("preciso de 100 salgados para sábado"),
    "complaint": turn("llegó frío y tarde"),
    "complaint_again": turn("¿y entonces?", before=(they_said("llegó frío y tarde"),)),
    "own_affair": turn("me pasaron dos veces el recibo de este mes"),
    "details_sent": turn("es el azul", before=(we_said("¿Me envías tus datos, por favor?"),)),
    "unknown_again": turn("¿y eso?", before=(they_said("¿qué?"), we_said("No lo sé.", 0.0))),
}
#: A reason that a character's own rules give, and the policy under them.
UNDER_RULES = DEFAULT_POLICY.under_rules(
    HandoverRules(trigger_words=("Factura, rectificativa",), matters=("price",)),
    Limits(messages=20),
)
BY_RULE = {
    "character_words": turn("necesito una FACTURA rectificativa"),
    "character_matters": turn("¿cuánto cuesta la torta?"),
    "character_messages": TurnFacts(text="hola", language="es", message_count=21),
}
ELSEWHERE = {
    NO_ANSWER.code: "tests/flow/test_answering.py",
    TALK_DONE.code: "tests/flow/test_structured_talk.py",
    TALK_STUCK.code: "tests/flow/test_structured_talk.py",
    BUDGET_SPENT.code: "tests/flow/test_what_models_cost.py",
    TOOL_FAILED.code: "tests/flow/test_tools.py",
    TOOL_UNKNOWN.code: "tests/flow/test_tools.py",
    UNFIT_ANSWER.code: "tests/flow/test_answers_that_are_not_sent.py",
}


def test_every_reason_has_an_example_for_each_of_its_tests() -> None:
    for test, examples in (
        *(("adds", ADDS), ("at_once", AT_ONCE)),
        *(("unknown", UNKNOWN), ("by_rule", BY_RULE)),
    ):
        coded = {it.code for it in REASONS if getattr(it, test)}
        missing = sorted(coded - set(examples))
        assert not missing, f"add an example of {missing} to {test.upper()} in {__file__}"
        assert not set(examples) - coded, f"an example of what no longer is {test}"
    told = {it.code for it in REASONS if not (it.adds or it.at_once or it.unknown or it.by_rule)}
    assert told == set(ELSEWHERE)


@pytest.mark.parametrize("code", ADDS)
def test_what_adds_to_the_score(code: str) -> None:
    assert code in [reason.code for reason in score_turn(ADDS[code]).reasons]
    calm = turn("hola, ¿a qué hora abren?")
    assert code not in [reason.code for reason in score_turn(calm).reasons]


@pytest.mark.parametrize("code", AT_ONCE)
def test_what_a_person_takes_before_a_model_is_asked(code: str) -> None:
    needed = needs_person(AT_ONCE[code])
    assert needed is not None
    assert needed.code == code
    assert score_turn(AT_ONCE[code], needed).escalates


@pytest.mark.parametrize("code", BY_RULE)
def test_what_a_person_takes_because_the_character_says_so(code: str) -> None:
    needed = needs_person(BY_RULE[code], UNDER_RULES)
    assert needed is not None
    assert needed.code == code
    assert score_turn(BY_RULE[code], needed, UNDER_RULES).escalates
    assert needs_person(BY_RULE[code]) is None
    assert needs_person(turn("hola, ¿a qué hora abren?"), UNDER_RULES) is None


def test_a_character_s_words_are_no_patterns() -> None:
    policy = DEFAULT_POLICY.under_rules(HandoverRules(trigger_words=("_ {a|b}*",)), Limits())
    assert not policy.has_own_word("cualquier cosa")


@pytest.mark.parametrize("code", UNKNOWN)
def test_what_a_person_takes_where_the_assistant_does_not_know(code: str) -> None:
    needed = needs_person_instead(UNKNOWN[code])
    assert needed is not None
    assert needed.code == code


def test_a_plain_question_goes_to_the_model() -> None:
    facts = turn("hola, ¿a qué hora abren?")
    assert needs_person(facts) is None
    assert needs_person_instead(facts) is None


def test_a_code_names_one_reason_and_a_text_is_said_once() -> None:
    for names in ([it.code for it in REASONS], [it.text for it in REASONS]):
        assert len(names) == len(set(names))


@pytest.mark.parametrize("language", ["es", "pt"])
def test_every_reason_is_said_in_the_languages_of_the_desk(language: str) -> None:
    say = translator(language)
    missing = [it.text for it in REASONS if say(it.text) == it.text]
    assert not missing, f"run `make words`, then translate {missing} in src/recado/desk/locale"


def test_an_operator_weighs_a_reason_by_its_code() -> None:
    policy = EscalationPolicy(threshold=80, weights={"refund": 200})
    weights = {it.code: it.weighed(policy).weight for it in REASONS}
    assert weights["refund"] == 200
    assert weights["cancellation"] == 80
    assert weights["low_confidence"] == 25
    assert {it.code: it.weighed(DEFAULT_POLICY).weight for it in REASONS}["refund"] == 50


def test_the_settings_say_how_much_a_reason_weighs_and_from_where_on() -> None:
    def of(**values: str) -> EscalationPolicy:
        return policy_of(load_settings(None, **values))

    assert of() == EscalationPolicy()
    policy = of(
        RECADO_ESCALATION_THRESHOLD="30", RECADO_ESCALATION_WEIGHTS="low_confidence=31, refund=90"
    )
    unsure = score_turn(ADDS["low_confidence"], policy=policy)
    assert (unsure.score, unsure.escalates) == (31, True)
    assert not score_turn(ADDS["long_conversation"], policy=policy).escalates
    assert score_turn(AT_ONCE["refund"], needs_person(AT_ONCE["refund"]), policy).score >= 90


@pytest.mark.parametrize("wrong", ["lowconfidence=3", "low_confidence", "refund=-1", "refund=²"])
def test_a_reason_that_there_is_not_stops_the_start(wrong: str) -> None:
    with pytest.raises(SettingsError, match="RECADO_ESCALATION_WEIGHTS"):
        policy_of(load_settings(None, RECADO_ESCALATION_WEIGHTS=wrong))
