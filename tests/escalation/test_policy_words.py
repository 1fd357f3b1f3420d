"""Words that a business writes for its score: what they match, and what is told of wrong ones."""

import time

import pytest

from recado.errors import Unprocessable
from recado.escalation.facts import TurnFacts
from recado.escalation.policy.compiled import DEFAULT_POLICY
from recado.escalation.policy.patterns import check_words, read_words
from recado.escalation.policy.rules import PolicyContent, PolicyRules, check_content
from recado.escalation.reasons import CODES, score_turn


def with_rules(**rules: object):  # type: ignore[no-untyped-def]
    content = PolicyRules(**rules)  # type: ignore[arg-type]
    return DEFAULT_POLICY.with_rules(content)


def test_own_words_count_beside_the_bundled_ones_in_the_same_notation() -> None:
    policy = with_rules(words={"es": ("dar{me|} de baja", "hoja* de _ reclamos")})
    assert policy.trigger_words_in("Quiero DARME de  baja, ya") == ("DARME de baja",)
    assert policy.trigger_words_in("las hojas de los reclamos") == ("hojas de los reclamos",)
    assert policy.trigger_words_in("quiero un reembolso") == ("reembolso",)
    assert not policy.has_trigger_word("una hoja de papel")


def test_words_that_never_count_are_no_trigger_words_and_no_insults() -> None:
    policy = with_rules(ignored_words=("cancel my alarm", "plan supervisor"))
    assert not policy.has_trigger_word("please cancel my alarm")
    assert not policy.has_trigger_word("¿cuánto cuesta el Plan Supervisor?")
    assert policy.trigger_words_in("cancel my alarm and cancel my order") == ("cancel",)
    insult = TurnFacts(text="son una mierda, un asco, los odio", language="es")
    spared = with_rules(ignored_words=("una mierda",))
    assert "trigger_words" in [it.code for it in score_turn(insult).reasons]
    assert "trigger_words" not in [it.code for it in score_turn(insult, policy=spared).reasons]


def test_the_bundled_words_can_be_switched_off() -> None:
    policy = with_rules(bundled_words=False, words={"en": ("walrus",)})
    assert not policy.has_trigger_word("I want a refund")
    assert policy.has_trigger_word("a WALRUS")


def test_the_reasons_say_what_they_were_found_by() -> None:
    facts = TurnFacts(
        text="Pésimo servicio, una estafa. Quiero un REEMBOLSO!", language="es", confidence=0.4
    )
    found = {it.code: it for it in score_turn(facts).reasons}
    assert found["trigger_words"].words == ("REEMBOLSO",)
    assert found["low_confidence"].figure == 0.4
    assert found["low_confidence"].limit == 0.6
    assert (found["negative_sentiment"].figure or 0) > 0.8
    assert found["trigger_words"].kept() == {
        "code": "trigger_words",
        "weight": 35,
        "text": "Escalation keywords detected",
        "words": ("REEMBOLSO",),
    }


def test_a_weight_of_zero_switches_a_reason_off_but_never_a_person_asked_for() -> None:
    policy = with_rules(weights={"trigger_words": 0, "asked_for_person": 0})
    silent = TurnFacts(text="quiero un reembolso", language="es")
    assert score_turn(silent, policy=policy).reasons == []
    asks = score_turn(TurnFacts(text="quiero hablar con una persona", language="es"), policy=policy)
    assert asks.escalates
    assert [it.code for it in asks.reasons] == ["asked_for_person"]


def test_a_text_of_words_is_read_line_by_line() -> None:
    typed = "dar de baja, \n# a comment\nhoja  de reclamaciones # ours\ndar de baja\n"
    assert read_words(typed) == ("dar de baja", "hoja de reclamaciones")


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{cancel", "brace"),
        ("a|b", "outside of braces"),
        ("{a|}", "matches no word"),
        ("a*", "at least 2 letters"),
        ("_ plan", "begins or ends with _"),
        ("plan _", "begins or ends with _"),
        ("a _ _ _ _ b", "more than 3 times _"),
        ("uno, dos", "no pattern"),
        ("?!", "no word"),
        ("x" * 101, "longer than 100"),
        ("{a|b}" * 7, "more than 64 ways"),
    ],
)
def test_a_wrong_pattern_is_told_with_its_line_and_what_to_do(pattern: str, told: str) -> None:
    with pytest.raises(Unprocessable) as error:
        check_words({"words.es": ["gerente", pattern]})
    assert error.value.detail.startswith("words.es, line 2 (")
    assert told in error.value.detail


def test_a_braces_bomb_is_refused_at_once() -> None:
    began = time.perf_counter()
    with pytest.raises(Unprocessable):
        check_words({"words.es": ["x" + "{a|b}" * 19]})
    assert time.perf_counter() - began < 0.5


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (PolicyContent(threshold=0), "threshold"),
        (PolicyContent(confidence_under=1.5), "confidence_under"),
        (PolicyContent(weights={"walrus": 3}), "weights.walrus"),
        (PolicyContent(weights={"refund": -1}), "weights.refund"),
        (PolicyContent(words={"fr": ("non",)}), "words.fr"),
        (PolicyContent(lines={"l1": PolicyRules(messages_over=0)}), "lines.l1.messages_over"),
        (PolicyContent(characters={"c": PolicyRules(ignored_words=("{",))}), "characters.c."),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(content: PolicyContent, place: str) -> None:
    with pytest.raises(Unprocessable) as error:
        check_content(content, set(CODES))
    assert error.value.detail.startswith(place)
