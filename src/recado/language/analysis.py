"""What a text alone tells: language, terms, sentiment, intent, complexity.

Pure functions for Spanish, Portuguese and English, with their word lists in the package:
no model, no network, a fraction of a millisecond for a chat message.
"""

from recado.language.detection import LANGUAGES, Language, LanguageCode, detect_language
from recado.language.intent import (
    Domain,
    Intent,
    IntentName,
    classify_domain,
    classify_intent,
    complexity,
    is_complex_query,
)
from recado.language.reading import fold
from recado.language.sentiment import Sentiment, SentimentLabel, analyze_sentiment
from recado.language.terms import Concept, concepts, search_text, terms

__all__ = [
    "LANGUAGES",
    "Concept",
    "Domain",
    "Intent",
    "IntentName",
    "Language",
    "LanguageCode",
    "Sentiment",
    "SentimentLabel",
    "analyze_sentiment",
    "classify_domain",
    "classify_intent",
    "complexity",
    "concepts",
    "detect_language",
    "fold",
    "is_complex_query",
    "search_text",
    "terms",
    "warm_up",
]


def warm_up() -> None:
    """Load the word lists and the stemmers, which takes some 0.15 s, before the first message.

    Everything loads by itself when it is first needed; a service calls this while it starts.
    """
    detect_language("recado")
    for language in LANGUAGES:
        terms("recado", language)
        classify_intent("recado", language)
        complexity("recado", language)
