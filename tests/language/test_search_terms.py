import subprocess
import sys

import pytest

from recado.language.analysis import LanguageCode, concepts, fold, search_text, terms


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("¡HOLAAAA!", "¡hola!"),
        ("Envíos a São Paulo", "envios a sao paulo"),
        ("goooood", "good"),
        ("god", "god"),
        ("carro 1000 www", "carro 1000 www"),
        ("holaa siii", "hola si"),
        ("ＦＵＬＬ", "full"),
    ],
)
def test_a_word_is_the_same_however_it_is_typed(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("concept", "questions"),
    [
        ("#hours", [("¿a qué hora abren?", "es"), ("horário de funcionamento", "pt"),
                    ("what time do you open", "en"), ("orario", "es"), ("Cerramos lunes", "es")]),
        ("#price", [("cuanto sale", "es"), ("qto custa", "pt"), ("how much is it", "en")]),
        ("#location", [("dónde están?", "es"), ("qual o endereço", "pt"), ("where are u", "en")]),
        ("#delivery", [("hacen envios", "es"), ("qual o frete", "pt"), ("do you ship", "en")]),
        ("#payment", [("aceptan tarjeta", "es"), ("aceita pix", "pt"), ("can i pay cash", "en")]),
        ("#returns", [("devoluciones", "es"), ("posso trocar", "pt"), ("refund policy", "en")]),
        ("#availability", [("hay stock", "es"), ("tem em estoque", "pt"), ("available?", "en")]),
        ("#booking", [("sacar turno", "es"), ("agendar", "pt"), ("make an appointment", "en")]),
        ("#contact", [("teléfono", "es"), ("telefone", "pt"), ("phone number", "en")]),
        ("#warranty", [("garantía", "es"), ("garantia", "pt"), ("warranty", "en")]),
        ("#invoice", [("factura", "es"), ("nota fiscal", "pt"), ("invoice", "en")]),
        ("#human", [("hablar con una persona", "es"), ("falar com atendente", "pt"),
                    ("talk to a human", "en")]),
    ],
)  # fmt: skip
def test_the_same_matter_is_found_across_languages(
    concept: str, questions: list[tuple[str, LanguageCode]]
) -> None:
    assert [question for question in questions if concept not in terms(*question)] == []


@pytest.mark.parametrize(
    ("one", "other", "language"),
    [
        ("zapatillas rojas", "zapatilla roja", "es"),
        ("cancelación", "cancelar", "es"),
        ("cancelacao", "cancelações", "pt"),
        ("sapatos", "sapato", "pt"),
        ("running shoes", "run shoe", "en"),
    ],
)
def test_forms_of_a_word_share_a_stem(one: str, other: str, language: LanguageCode) -> None:
    assert terms(one, language, with_concepts=False) == terms(other, language, with_concepts=False)


def test_accents_do_not_matter_to_search() -> None:
    assert terms("configuración básica", "es") == terms("CONFIGURACION BASICA", "es")


def test_words_without_content_are_left_out() -> None:
    assert terms("hola, q tal? me gustaría saber de la lámpara", "es") == ["lamp"]


def test_chat_shorthand_is_understood() -> None:
    assert terms("qto custa", "pt") == terms("quanto custa", "pt")


def test_stems_alone_can_be_had() -> None:
    assert not any(
        term.startswith("#") for term in terms("hacen envios?", "es", with_concepts=False)
    )


def test_the_index_holds_what_a_query_asks_for() -> None:
    indexed = search_text("Horario de atención: lunes a viernes de 9 a 18. Domingos cerrado.", "es")
    assert "#hours" in indexed.split()
    assert set(terms("horarios domingos", "es")) <= set(indexed.split())


def test_a_generic_verb_is_no_search_term() -> None:
    assert terms("tienen flores?", "es") == ["flor"]
    assert [concept.name for concept in concepts("tienen flores?", "es")] == ["availability"]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="fr"):
        terms("bonjour", "fr")  # type: ignore[arg-type]


def test_a_warm_service_does_not_load_anything_at_the_first_message() -> None:
    script = (
        "import sys\n"
        "from recado.language import analysis as intelligence\n"
        "intelligence.warm_up()\n"
        "def audit(event, args):\n"
        "    if event in ('open', 'import'): raise SystemExit(f'{event}: {args}')\n"
        "sys.addaudithook(audit)\n"
        "for text in ('hola, tienen zapatos?', 'oi, qual o preço?', 'hi, how much?'):\n"
        "    code = intelligence.detect_language(text).code\n"
        "    intelligence.search_text(text, code)\n"
        "    intelligence.classify_intent(text)\n"
        "    intelligence.classify_domain(text)\n"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
