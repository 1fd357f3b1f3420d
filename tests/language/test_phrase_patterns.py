from concurrent.futures import ThreadPoolExecutor

import pytest

from recado.language.lexicon import PhraseMatcher
from recado.language.reading import fold_word, fold_words


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("cancel*", "cancelamos", True),
        ("cancel*", "escancel", False),
        ("tarjeta{|s}", "tarjetas", True),
        ("tarjeta{|s}", "tarjetass", False),
        ("hablar con {un|una|} {ser humano|persona}", "hablar con persona", True),
        ("hablar con {un|una|} {ser humano|persona}", "hablar con un ser humano", True),
        ("hablar con {un|una|} {ser humano|persona}", "hablar con un ser", False),
        ("más _ que", "mas caro que", True),
        ("más _ que", "mas que", False),
    ],
)
def test_a_pattern_means_what_it_says(pattern: str, text: str, matches: bool) -> None:
    assert bool(PhraseMatcher([(pattern, True)]).find(text.split())) is matches


def test_the_longest_phrase_wins_and_none_overlap() -> None:
    matcher = PhraseMatcher([("a", 1), ("a b c", 3), ("b", 2), ("c d", 4)])
    assert [(m.start, m.end, m.value) for m in matcher.find(["a", "b", "c", "d", "a", "b"])] == [
        (0, 3, 3),
        (4, 5, 1),
        (5, 6, 2),
    ]


def test_the_first_of_two_equal_patterns_counts() -> None:
    assert PhraseMatcher([("ab*", 1), ("abc", 2)]).find(["abc"])[0].value == 1


def test_a_pattern_for_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no word"):
        PhraseMatcher([("{a|}", 1)])


def test_a_phrase_is_found_whichever_of_its_first_words_was_met_before() -> None:
    matcher = PhraseMatcher([("{a|b|} c", 1), ("b d", 2), ("{|x} ye*", 3)])
    texts = ["c", "b d", "a c", "b c", "x yes", "yes", "d"]
    said = [[match.value for match in matcher.find(text.split())] for text in texts * 2]
    assert said == [[1], [2], [1], [1], [3], [3], []] * 2


def test_threads_that_meet_a_word_at_once_all_find_its_phrases() -> None:
    patterns = [(f"{{a|b}} w{number}", number) for number in range(300)]
    for _ in range(5):
        matcher = PhraseMatcher(patterns)
        with ThreadPoolExecutor(8) as pool:
            texts = [["a" if number % 2 else "b", f"w{number}"] for number in range(300)]
            found = list(pool.map(matcher.find, texts))
        assert [match.value for matches in found for match in matches] == list(range(300))


def test_a_list_is_folded_as_its_words_are() -> None:
    words = ["HOLAAAA", "Envíos", "don’t", "goooood", "ñandú", "wtfff", "💩", "São", "siii"]
    assert fold_words(words) == [fold_word(word) for word in words]
