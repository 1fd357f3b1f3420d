import pytest

from recado.escalation.policy.compiled import DEFAULT_POLICY, EscalationPolicy
from recado.escalation.reasons import (
    priority,
    score_escalation,
    suggest_department,
)
from recado.language.analysis import Sentiment, SentimentLabel

TRIGGERS = (
    """
quiero cancelar|cancelo todo|la cancelación|me llegó cancelada|REEMBOLSO!!!|no me dejan cancelar
quiero la devolución de mi dinero|devuélvanme el dinero|una queja|un reclamo|gerente|el encargado
quiero ver al jefe|supervisor|quero fazer uma reclamação|quero meu dinheiro de volta|cancelamento
can i get a refund?|me devuelven el dinero?
queixa|vou no procon|estorno|refund|I want my money back|cancelled|complaint|your manager
""".strip()
    .replace("\n", "|")
    .split("|")
)
NO_TRIGGERS = (
    """
managerial experience|management|cancelería de aluminio|gracias jefe|mi jefe lo quiere|exclamar
no quiero cancelar|não quero cancelar|i don't want to cancel|a qué hora abren|quanto custa|proclamo
is the deposit refundable?|do you give refunds?|hacen reembolsos?|o sinal volta se eu cancelar?
se puede anular un pedido?|how far ahead can i cancel
""".strip()
    .replace("\n", "|")
    .split("|")
)
PERSON = (
    """
quiero hablar con una persona|hablar con un humano|me pasas con un asesor?|hay alguien ahí?
no quiero hablar con un bot|Me transfiere a un agente por favor|que me atienda una persona
falar com um atendente|quero falar com alguém de verdade|tem alguém aí?|atendente humano
pode me passar para um atendente?|talk to a human|can I speak to your manager|i need a real person
connect me with an agent|let me talk to someone|agent please
""".strip()
    .replace("\n", "|")
    .split("|")
)
NO_PERSON = (
    """
no necesito hablar con una persona|la persona que vino ayer|soy agente inmobiliario
cuántas personas entran?|mesa para 4 pessoas|a person called me|me pasas la ubicacion
am i talking to a bot?
""".strip()
    .replace("\n", "|")
    .split("|")
)


def codes(
    text: str, *, confidence: float | None = 0.9, message_count: int = 1
) -> tuple[int, list[str]]:
    result = score_escalation(text, confidence=confidence, message_count=message_count)
    return result.score, [reason.code for reason in result.reasons]


def test_each_sign_has_the_documented_weight() -> None:
    assert codes("pésimo servicio, una estafa") == (30, ["negative_sentiment"])
    assert codes("hola", confidence=0.59) == (25, ["low_confidence"])
    assert codes("hola", message_count=16) == (20, ["long_conversation"])
    assert codes("un reembolso") == (35, ["trigger_words"])
    complex_query = (
        "Si el modelo A no entra en la caja, y el B tampoco, cuál es la diferencia con el C? "
        "Y si pido dos, pero uno no sirve, lo puedo combinar con otro? O conviene más que vaya?"
    )
    assert codes(complex_query) == (15, ["complex_query"])


def test_the_limits_themselves_do_not_count() -> None:
    assert codes("hola", confidence=0.6, message_count=15) == (0, [])
    edge = Sentiment(
        SentimentLabel.NEGATIVE, {"positive": 0, "negative": 0.8, "neutral": 0.2, "mixed": 0}
    )
    assert not score_escalation("x", confidence=1, message_count=1, sentiment=edge).reasons


def test_an_unanswered_message_is_not_called_unsure() -> None:
    assert codes("hola", confidence=None) == (0, [])


def test_a_trigger_word_alone_does_not_escalate_with_low_confidence_it_does() -> None:
    assert not score_escalation("cancelar", confidence=0.9, message_count=1).escalates
    result = score_escalation("cancelar", confidence=0.4, message_count=1)
    assert (result.score, result.escalates) == (60, True)
    assert [reason.text for reason in result.reasons] == [
        "Low AI confidence",
        "Escalation keywords detected",
    ]


def test_exactly_the_threshold_escalates() -> None:
    result = score_escalation("una estafa, pésimo", confidence=0.9, message_count=16)
    assert (result.score, result.escalates) == (50, True)


@pytest.mark.parametrize("text", TRIGGERS)
def test_trigger_words_are_found_in_their_forms(text: str) -> None:
    assert DEFAULT_POLICY.has_trigger_word(text)


@pytest.mark.parametrize("text", NO_TRIGGERS)
def test_words_that_only_look_alike_do_not_trigger(text: str) -> None:
    assert not DEFAULT_POLICY.has_trigger_word(text)


@pytest.mark.parametrize("text", PERSON)
def test_who_asks_for_a_person_gets_one(text: str) -> None:
    result = score_escalation(text, confidence=1.0, message_count=1)
    assert result.escalates
    assert "asked_for_person" in [reason.code for reason in result.reasons]


@pytest.mark.parametrize("text", NO_PERSON)
def test_speaking_of_persons_is_not_asking_for_one(text: str) -> None:
    assert not score_escalation(text, confidence=1.0, message_count=1).escalates


def test_an_operator_can_set_thresholds_weights_and_words() -> None:
    policy = EscalationPolicy(
        threshold=10, messages_over=2, weights={"long_conversation": 10, "trigger_words": 5},
        trigger_words={"es": ("garantía", "{abrir|abro} disputa")},
    )  # fmt: skip

    def score(text: str, message_count: int) -> tuple[int, bool]:
        result = score_escalation(text, confidence=1, message_count=message_count, policy=policy)
        return result.score, result.escalates

    assert score("quiero cancelar", 2) == (0, False)
    assert score("la GARANTIA", 2) == (5, False)
    assert score("abro disputa", 3) == (15, True)


def test_a_policy_without_any_score_does_not_escalate_everything() -> None:
    calm = EscalationPolicy(threshold=0)
    assert not score_escalation("hola", confidence=1, message_count=1, policy=calm).escalates


@pytest.mark.parametrize(
    ("score", "expected"),
    [(0, "low"), (49, "low"), (50, "normal"), (64, "normal"), (65, "high"), (89, "high"),
     (90, "urgent"), (175, "urgent")],
)  # fmt: skip
def test_priority_follows_the_score(score: int, expected: str) -> None:
    assert priority(score) == expected


@pytest.mark.parametrize(
    ("department", "text"),
    [
        ("sales", "cuánto cuesta?"),
        ("sales", "vcs tem no tamanho 40?"),
        ("support", "no me llegó el pedido"),
        ("support", "la app da error 500 en el login"),
        ("billing", "preciso de nota fiscal"),
        ("billing", "refund please"),
        ("complaints", "pésimo servicio"),
        ("complaints", "quero fazer uma reclamação"),
        ("general", "hola"),
        ("general", "quiero hablar con una persona"),
    ],
)
def test_the_team_that_can_help_is_suggested(department: str, text: str) -> None:
    assert suggest_department(text) == department
