"""What a text alone tells: language, terms, sentiment, intent, complexity.

Pure functions for Spanish, Portuguese and English, with their word lists in the package:
no model, no network, a fraction of a millisecond for a chat message.
"""

from .complexity import Domain, classify_domain, complexity, is_complex_query
from .intent import Intent, IntentName, classify_intent
from .language import LANGUAGES, Language, LanguageCode, detect_language
from .sentiment import Sentiment, SentimentLabel, analyze_sentiment
from .terms import Concept, concepts, fold, search_text, terms

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
]
