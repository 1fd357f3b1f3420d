import pytest

from recado.language.reading import PhraseMatcher


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
