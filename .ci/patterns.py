"""Find regular expressions that take more than linear time on some text, before a stranger does.

`python .ci/patterns.py` reads every call of `re` in `src`. Each expression becomes an automaton of
its characters (Glushkov's); two loops that can share a text for ever make it quadratic or worse:
`\\s*\\s*x`, `(a+)+`, and, where it is searched for, the start of the search itself: `\\S+@` tries
again at every character. (Weideman et al., Analyzing Matching Time Behavior of Backtracking
Regular Expression Matchers, https://doi.org/10.1007/978-3-319-40946-7_27.)

What is bounded otherwise says so beside it, with what bounds it: `# bounded: a word of 64`.
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from re import _constants as sre  # type: ignore[attr-defined]  # the parser has no public door
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

SRC = Path(__file__).resolve().parent.parent / "src"
#: More repetitions than this cost like endless ones.
MANY = 1000
#: What is tried to find a text that two loops share, and how often in one expression; the
#: shortest come first.
MOST_STATES, MOST_TRIES = 500, 20_000
EXEMPT = re.compile(r"#\s*bounded: \S")
FUNCTIONS = {
    "compile",
    "search",
    "match",
    "fullmatch",
    "sub",
    "subn",
    "split",
    "findall",
    "finditer",
}
#: Stand for all characters, together with those that an expression names.
_USUAL = [
    *map(chr, range(0x180)),
    *"\u0301\u0660\u1e9e\u2028\u2013\u2026\u212a\u4e00\ue000\U0001f600",
]

#: Whether an edge may be taken between two characters; None is the end of the text.
Guard = Callable[[str | None, str | None], bool]
Path_ = tuple[int, tuple[Guard, ...]]


def _never_sure(_before: str | None, _after: str | None) -> bool:
    """An assertion that may fail, of which no more is known."""
    return True


class Fragment(NamedTuple):
    empty: list[tuple[Guard, ...]]
    first: list[Path_]
    last: list[Path_]


class Automaton:
    """The characters of an expression, and which may follow which. `sets[0]` is the search's start,
    which any character leads back to."""

    def __init__(self, pattern: str | bytes, flags: int) -> None:
        parsed = parser.parse(pattern, flags)
        self._flags: int = parsed.state.flags
        self.sets: list[Callable[[str], bool]] = [lambda _char: True]
        self.edges: dict[int, list[Path_]] = defaultdict(list)
        self.atomic: set[int] = set()
        self._groups: dict[int, Any] = {}
        self._named: set[str] = set()
        self.whole = self._sequence(parsed)
        self.edges[0] = [(0, ()), *self.whole.first]
        self.tries = 0
        self._known: dict[tuple[int, str, str], tuple[int, ...]] = {}
        self.letters = self._letters()

    def _sequence(self, items: Iterable[Any]) -> Fragment:
        whole = Fragment([()], [], [])
        for item in items:
            whole = self._then(whole, self._item(*item))
        return whole

    def _then(self, one: Fragment, two: Fragment) -> Fragment:
        for at, before in one.last:
            self.edges[at] += [(to, (*before, *after)) for to, after in two.first]
        return Fragment(
            [(*a, *b) for a in one.empty for b in two.empty][:4],
            one.first + [(to, (*a, *g)) for a in one.empty for to, g in two.first],
            two.last + [(at, (*g, *a)) for at, g in one.last for a in two.empty],
        )

    def _item(self, op: Any, arg: Any) -> Fragment:
        known: dict[Any, Callable[[], Fragment]] = {
            sre.MAX_REPEAT: lambda: self._repeat(*arg),
            sre.MIN_REPEAT: lambda: self._repeat(*arg),
            sre.POSSESSIVE_REPEAT: lambda: self._kept(lambda: self._repeat(*arg)),
            sre.ATOMIC_GROUP: lambda: self._kept(lambda: self._sequence(arg)),
            sre.SUBPATTERN: lambda: self._group(arg[0], arg[3]),
            sre.GROUPREF: lambda: self._sequence(self._groups[arg]),
            sre.GROUPREF_EXISTS: lambda: _either([self._sequence(it or ()) for it in arg[1:]]),
            sre.BRANCH: lambda: _either([self._sequence(it) for it in arg[1]]),
            sre.AT: lambda: Fragment([(self._place(arg),)], [], []),
            sre.ASSERT: lambda: self._looking(True, *arg),
            sre.ASSERT_NOT: lambda: self._looking(False, *arg),
        }
        return known[op]() if op in known else self._position(self._set(op, arg))

    def _group(self, number: int, body: Any) -> Fragment:
        self._groups[number] = body
        return self._sequence(body)

    def _kept(self, make: Callable[[], Fragment]) -> Fragment:
        """What gives nothing back of what it took."""
        before = len(self.sets)
        found = make()
        self.atomic.update(range(before, len(self.sets)))
        return found

    def _position(self, chars: Callable[[str], bool]) -> Fragment:
        self.sets.append(chars)
        here: list[Path_] = [(len(self.sets) - 1, ())]
        return Fragment([], here, here)

    def _repeat(self, least: int, most: Any, body: Any) -> Fragment:
        endless = most is sre.MAXREPEAT or most - least > MANY
        whole = Fragment([()], [], [])
        for _ in range(min(least, 3) - (endless and least > 0)):
            whole = self._then(whole, self._sequence(body))
        if not endless:
            for _ in range(min(most - least, 2)):
                once = self._sequence(body)
                whole = self._then(whole, Fragment([(), *once.empty], once.first, once.last))
            return whole
        loop = self._sequence(body)
        for at, before in loop.last:
            self.edges[at] += [(to, (*before, *after)) for to, after in loop.first]
        return self._then(whole, loop if least else Fragment([()], loop.first, loop.last))

    def _looking(self, wanted: bool, direction: int, body: Any) -> Fragment:
        chars = self._one_of(body)
        if chars is None:
            ahead = self._sequence(body) if direction > 0 else Fragment([], [], [])
            return Fragment([(_never_sure,)], ahead.first, [])  # its own loops count, it leads on

        def holds(before: str | None, after: str | None) -> bool:
            char = after if direction > 0 else before
            return (char is not None and chars(char)) is wanted

        return Fragment([(holds,)], [], [])

    def _one_of(self, body: Any) -> Callable[[str], bool] | None:
        """What a lookaround of one character takes."""
        if len(body) == 1 and body[0][0] is sre.BRANCH:
            parts = [self._one_of(branch) for branch in body[0][1][1]]
            return None if None in parts else lambda char: any(p(char) for p in parts if p)
        if len(body) == 1 and body[0][0] in (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN):
            return self._set(*body[0])
        return None

    def _place(self, at: Any) -> Guard:
        if at in (sre.AT_BEGINNING, sre.AT_BEGINNING_STRING):
            lines = at is sre.AT_BEGINNING and self._flags & re.MULTILINE
            return lambda before, _after: before is None or bool(lines and before == "\n")
        if at in (sre.AT_END, sre.AT_END_STRING):
            return lambda _before, after: after is None or after == "\n"
        same = at is sre.AT_NON_BOUNDARY
        return lambda a, b: (self._is_word(a) == self._is_word(b)) is same

    def _is_word(self, char: str | None) -> bool:
        plain = char is not None and (char.isascii() or not self._flags & re.ASCII)
        return plain and char is not None and (char.isalnum() or char == "_")

    def _set(self, op: Any, arg: Any) -> Callable[[str], bool]:
        if op is sre.ANY:
            return lambda char: bool(self._flags & re.DOTALL) or char != "\n"
        if op in (sre.LITERAL, sre.NOT_LITERAL):
            literal = self._cased(lambda char, it=arg: ord(char) == it)  # type: ignore[misc]
            self._named.add(chr(arg))
            return literal if op is sre.LITERAL else lambda char: not literal(char)
        negated = arg[0][0] is sre.NEGATE
        parts = [self._part(*part) for part in arg if part[0] is not sre.NEGATE]
        return lambda char: any(part(char) for part in parts) is not negated

    def _part(self, op: Any, arg: Any) -> Callable[[str], bool]:
        if op is sre.LITERAL:
            self._named.add(chr(arg))
            return self._cased(lambda char: ord(char) == arg)
        if op is sre.RANGE:
            self._named.update(map(chr, arg))
            return self._cased(lambda char: arg[0] <= ord(char) <= arg[1])
        ascii_only = bool(self._flags & re.ASCII)
        kinds: dict[str, Callable[[str], bool]] = {
            "DIGIT": str.isdecimal,
            "SPACE": str.isspace,
            "WORD": self._is_word,
        }
        _, negation, kind = str(arg).rpartition("NOT_")
        holds = kinds[kind.removeprefix("CATEGORY_")]
        return lambda char: (
            (holds(char) and (char.isascii() or not ascii_only)) is not bool(negation)
        )

    def _cased(self, holds: Callable[[str], bool]) -> Callable[[str], bool]:
        if not self._flags & re.IGNORECASE:
            return holds
        return lambda char: any(holds(c) for c in {char, char.lower(), char.upper()} if len(c) == 1)

    def _letters(self) -> list[str]:
        """One character for each way in which the sets tell characters apart."""
        known: dict[tuple[bool, ...], str] = {}
        for char in {*_USUAL, *self._named}:
            kinds = (*(chars(char) for chars in self.sets), self._is_word(char), char == "\n")
            known.setdefault((*kinds, *self._guarded(char)), char)
        return list(known.values())

    def _guarded(self, char: str) -> Iterator[bool]:
        guards = {guard for edges in self.edges.values() for _, gs in edges for guard in gs}
        for guard in sorted(guards, key=id):
            yield guard(char, "a")
            yield guard("a", char)

    def steps(self, at: int, before: str, char: str) -> tuple[int, ...]:
        known = self._known.get((at, before, char))
        if known is None:
            known = self._known[at, before, char] = tuple(
                {
                    to: None
                    for to, guards in self.edges[at]
                    if self.sets[to](char) and all(guard(before, char) for guard in guards)
                }
            )
        return known

    def reach(self, at: int) -> set[int]:
        seen: set[int] = set()
        left = [at]
        while left:
            new = {to for to, _ in self.edges[left.pop()]} - seen
            seen |= new
            left += new
        return seen


def _either(branches: Sequence[Fragment]) -> Fragment:
    return Fragment(
        [g for branch in branches for g in branch.empty][:4],
        [f for branch in branches for f in branch.first],
        [last for branch in branches for last in branch.last],
    )


def finding(
    pattern: str | bytes, flags: int = 0, *, searched: bool = True, whole: bool = False
) -> str:
    """What makes the expression more than linear, "" when nothing does. `searched`: it is tried at
    every character; `whole`: it must match to the end."""
    found = Automaton(pattern, flags)
    reach = {at: found.reach(at) for at in range(len(found.sets))}
    loops = [at for at in reach if at and at in reach[at]]
    twice = [at for at in loops if at not in found.atomic and _has_twin(found.edges[at], reach, at)]
    if twice:
        return "a repetition within a repetition: it can be divided in many ways"
    free = set() if whole else {at for at, guards in found.whole.last if not guards}
    for q in loops:
        if q in free:
            continue  # who has come this far has a match
        for p in [*([0] if searched else []), *(it for it in loops if it not in found.atomic)]:
            if found.tries > MOST_TRIES:
                return "too intricate to be judged here: make it simpler"
            if p != q and q in reach[p] and _share_a_text(found, reach, free, p, q):
                if p == 0:
                    return "searched for, it starts again within what it has just gone through"
                return "two repetitions that may take the same characters follow each other"
    return ""


def _has_twin(edges: Sequence[Path_], reach: dict[int, set[int]], at: int) -> bool:
    back = [to for to, guards in edges if at in reach[to] and not guards]
    return len(back) != len(set(back))


def _share_a_text(
    found: Automaton, reach: dict[int, set[int]], free: set[int], p: int, q: int
) -> bool:
    """Whether one text leads from `p` back to `p`, from `p` to `q`, and from `q` back to `q`, and
    gives no match from `q` on: who has a match does not try again."""
    starts = [c for c in found.letters if found.sets[p](c) and found.sets[q](c)]
    # Cheap first: most pairs share no text at all, with a match or without.
    starts = [c for c in starts if next(_shared(found, reach, None, (p, q, c)), None) is not None]
    if not free:
        return bool(starts)
    return any(
        not _matches(found, free, q, start, text)
        for start in starts
        for text in _shared(found, reach, free, (p, q, start))
    )


def _shared(
    found: Automaton,
    reach: dict[int, set[int]],
    free: set[int] | None,
    around: tuple[int, int, str],
) -> Iterator[str]:
    """Texts that end with the character `start` and lead from `p` and `q` to where they shall;
    with `free`, those on which nothing that begins at `q` comes there."""
    p, q, start = around
    back_to_p = {it for it in reach if it == p or p in reach[it]}
    back_to_q = {it for it in reach if it == q or q in reach[it]}
    first = (p, p, q, frozenset({q}) if free else frozenset(), start)
    before: dict[Any, Any] = {first: None}
    left = deque([first])
    while left and len(before) < MOST_STATES:
        state = left.popleft()
        found.tries += 1
        x, y, z, reached, last = state
        for char in found.letters:
            thirds = back_to_q.intersection(found.steps(z, last, char))
            firsts = back_to_p.intersection(found.steps(x, last, char)) if thirds else ()
            seconds = back_to_q.intersection(found.steps(y, last, char)) if firsts else ()
            if not seconds:
                continue
            now = frozenset(to for it in reached for to in found.steps(it, last, char))
            if free and now & free:
                continue
            for here in ((a, b, c, now, char) for a in firsts for b in seconds for c in thirds):
                if here not in before:
                    before[here] = state
                    left.append(here)
                    if here[:3] == (p, q, q) and char == start:
                        yield _text(before, here)


def _text(before: dict[Any, Any], state: Any) -> str:
    text = ""
    while before[state] is not None:
        text, state = state[-1] + text, before[state]
    return text


def _matches(found: Automaton, free: set[int], q: int, last: str, text: str) -> bool:
    """Whether `text`, several times over, gives a match from `q` on."""
    reached = {q}
    for char in text * 4:
        reached = {to for it in reached for to in found.steps(it, last, char)}
        last = char
        if reached & free:
            return True
    return False


class Use(NamedTuple):
    line: int
    pattern: str | bytes | None
    flags: int
    methods: set[str]
    exempt: bool


def uses_in(path: Path, names: dict[str, Any], methods: dict[str, set[str]]) -> Iterator[Use]:
    """Every expression in a module, with what is done with it. `methods` is what is called on each
    name; one that is never seen may be searched for."""
    source = path.read_text()
    lines = source.split("\n")
    tree = ast.parse(source)
    assigned = {
        id(node.value): node.targets[0].id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt)]
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        function = node.func
        if ast.unparse(function.value) != "re" or function.attr not in FUNCTIONS:
            continue
        try:
            pattern, flags = _evaluated(node, names)
        except NameError:
            pattern, flags = None, 0
        if isinstance(pattern, re.Pattern):
            continue
        called = {function.attr}
        if function.attr == "compile":
            called = methods.get(assigned.get(id(node), ""), set()) or {"search"}
        yield Use(node.lineno, pattern, flags, called, _is_exempt(node, statements, lines))


def _evaluated(call: ast.Call, names: dict[str, Any]) -> tuple[Any, int]:
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    place = {"compile": 1, "search": 2, "match": 2, "fullmatch": 2, "findall": 2, "finditer": 2}
    at = place.get(call.func.attr, 9) if isinstance(call.func, ast.Attribute) else 9
    flags = call.args[at] if len(call.args) > at else keywords.get("flags")
    values = [
        eval(compile(ast.Expression(node), "<pattern>", "eval"), dict(names))  # noqa: S307 - ours
        for node in (call.args[0], flags)
        if node is not None
    ]
    return values[0], int(values[1]) if len(values) > 1 else 0


def _is_exempt(call: ast.Call, statements: Sequence[ast.stmt], lines: Sequence[str]) -> bool:
    """Whether the call's own lines, or the comment right above the statement, tell its bound."""
    around = [s for s in statements if s.lineno <= call.lineno <= (s.end_lineno or s.lineno)]
    begin = max(statement.lineno for statement in around) - 1
    above = begin
    while above and lines[above - 1].lstrip().startswith("#"):
        above -= 1
    own = list(lines[call.lineno - 1 : call.end_lineno])
    if begin == call.lineno - 1 or any(EXEMPT.search(line) for line in lines[above:begin]):
        own += lines[above:begin]
    return any(EXEMPT.search(line) for line in own)


def methods_by_name(tree: ast.AST) -> dict[str, set[str]]:
    called: dict[str, set[str]] = defaultdict(set)
    owners = {
        id(node.value): node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            called[node.id].add(owners.get(id(node), "search"))
    return called


def findings(root: Path = SRC, package: str = "recado") -> Iterator[str]:
    """A line for each expression under `root` that may take more than linear time."""
    paths = [path for path in sorted((root / package).rglob("*.py")) if path.stem != "__main__"]
    public: dict[str, set[str]] = defaultdict(set)
    for path in paths:
        for name, called in methods_by_name(ast.parse(path.read_text())).items():
            public[name] |= set() if name.startswith("_") else called
    for path in paths:
        if "re." not in path.read_text():
            continue
        name = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        own = methods_by_name(ast.parse(path.read_text()))
        methods = {key: called | public.get(key, set()) for key, called in own.items()}
        for use in uses_in(path, vars(importlib.import_module(name)), {**public, **methods}):
            if use.exempt:
                continue
            problem = "it is put together while running: write it so that it can be read here"
            if use.pattern is not None:
                problem = finding(
                    use.pattern,
                    use.flags,
                    searched=not use.methods <= {"match", "fullmatch"},
                    whole="fullmatch" in use.methods,
                )
            if problem:
                yield f"{path.relative_to(root)}:{use.line}: {problem} ({use.pattern!r:.60})"


if __name__ == "__main__":
    problems = list(findings())
    print("\n".join(problems) or "Every regular expression is linear.")
    sys.exit(1 if problems else 0)
