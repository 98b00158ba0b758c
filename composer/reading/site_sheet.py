"""One key after another of `newsletter.toml` and the environment, with all that is wrong."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from composer.errors import SourceError
from composer.model.finding import Finding, Severity
from composer.model.settings import Secret
from composer.reading.keys import CHECKS, SEVERITY, Table
from composer.reading.site_values import Spoken, Wrong
from composer.reading.source import read_file
from composer.reading.suggest import near
from composer.reading.toml_places import Found, Spot, find_places

T = TypeVar("T")

PREFIX = "NEWSLETTER"
_SEVERITIES = ("error", "warning", "off")
MAX_BYTES = 1_000_000
#: Nobody reads on after so many.
MOST_FINDINGS = 200
_TOP = Spot(1, 1)
#: A key of so many parts takes `tomllib` the square of them, in time and memory.
_MOST_PARTS = 20
_ENDLESS_KEY = re.compile(
    rf"(?:(?:[\w-]++|\"[^\"\n]*+\"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{_MOST_PARTS}}}"
)
#: What tomllib says of a string that does not end.
_UNCLOSED = re.compile(r"Illegal character '\\n'|Unterminated string|Expected ['\"]{2,3}")
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
#: Upper case on purpose: a secret put here by mistake seldom looks like that.
_VARIABLE = re.compile(r"[A-Z_][A-Z0-9_]*")


def variable_for(table: Table, key: str) -> str:
    """`[provider.smtp] host` is `NEWSLETTER_PROVIDER_SMTP_HOST`; `[newsletter]` adds nothing."""
    names = table if table != ("newsletter",) else ()
    return "_".join((PREFIX, *names, key)).upper()


@dataclass
class Sheet:
    """`path` is the file as findings name it; `data` what `tomllib` made of it."""

    path: Path
    data: Mapping[str, object]
    places: Mapping[Table, Found]
    environ: Mapping[str, str]
    findings: list[Finding] = field(default_factory=list)

    # --- what is wrong ----------------------------------------------------------------

    def report(self, code: str, message: str, hint: str, spot: Spot = _TOP) -> None:
        self.findings.append(
            Finding(f"config/{code}", Severity.ERROR, message, hint, self.path, *_pair(spot))
        )

    def error(self) -> SourceError:
        """Every finding, in the order of the lines."""
        ordered = sorted(self.findings, key=lambda f: (f.line, f.column))
        return SourceError(ordered)

    def found(self, *path: str) -> Found:
        """Where a key stands; of a table that has no line of its own, its first key."""
        inside = (f for p, f in self.places.items() if p[: len(path)] == path)
        return self.places.get(path) or next(inside, Found(_TOP, _TOP))

    def refuse_unknown(self, known: Mapping[Table, tuple[str, ...]], free: set[Table]) -> None:
        """Report every key that is in no table of `known`; the keys of `free` are the site's."""
        tables = {*known, *free}
        self._refuse_below((), self.data, known, tables)
        for table in sorted(free):
            self.table(*table)

    def _refuse_below(
        self,
        here: Table,
        data: Mapping[str, object],
        known: Mapping[Table, tuple[str, ...]],
        tables: set[Table],
    ) -> None:
        below = {t[len(here)] for t in tables if len(t) > len(here) and t[: len(here)] == here}
        keys = known.get(here, ())
        for name in data:
            if name in keys:
                continue
            if name not in below:
                if len(self.findings) == MOST_FINDINGS:
                    raise self.error()
                self._unknown(here, name, {*keys, *below}, known)
            elif (inner := self.table(*here, name)) and (
                (*here, name) in known
                or any(t[: len(here) + 1] == (*here, name) != t for t in tables)
            ):
                self._refuse_below((*here, name), inner, known, tables)

    def _unknown(
        self,
        here: Table,
        name: str,
        here_known: set[str],
        known: Mapping[Table, tuple[str, ...]],
    ) -> None:
        homes = [".".join(t) for t, keys in known.items() if name in keys]
        if here == CHECKS and self.table(*here).get(name) in _SEVERITIES:
            homes = [".".join(SEVERITY)]
        close = difflib.get_close_matches(name.lower(), here_known, n=1)
        if close or not homes:
            hint = near(name, sorted(here_known))
        else:
            hint = f"{name} belongs below [{homes[0]}]"
        where = f"[{'.'.join(here)}]" if here else self.path.name
        self.report("unknown-key", f"{where} has no {name!r}", hint, self.found(*here, name).key)

    # --- what is there ----------------------------------------------------------------

    def table(self, *names: str) -> Mapping[str, object]:
        """A table; an empty one where there is none, or where something else stands."""
        here: object = self.data
        for depth, name in enumerate(names, start=1):
            here = here.get(name, {}) if isinstance(here, Mapping) else {}
            if not isinstance(here, Mapping):
                self._not_a_table(names[:depth])
                return {}
        return here if isinstance(here, Mapping) else {}

    def _not_a_table(self, names: Table) -> None:
        spot = self.found(*names).key
        said = f"{'.'.join(names)!r} must be a table"
        if not any(f.message == said for f in self.findings):
            self.report("type", said, f"write [{'.'.join(names)}] on a line of its own", spot)

    def take(self, table: Table, key: str, parse: Callable[[object], T], default: T) -> T:
        """The value of a key: the environment's, else the file's, else `default`."""
        given = self._given(table, key)
        if given is None:
            return default
        value, place, name = given
        try:
            return parse(value)
        except Wrong as wrong:
            self.report(wrong.code, f"{name}: {wrong.problem}", wrong.hint, place)
            return default

    def require(
        self, table: Table, key: str, parse: Callable[[object], T], example: str
    ) -> T | None:
        """Like `take`, for a key that a site cannot do without; None when it is not usable."""
        if self._given(table, key) is None:
            spot = self.found(*table).key
            self.report("missing", f"[{'.'.join(table)}] needs {key!r}", f"{key} = {example}", spot)
            return None

        return self.take(table, key, parse, None)

    def _given(self, table: Table, key: str) -> tuple[object, Spot, str] | None:
        variable = variable_for(table, key)
        if spoken := self.environ.get(variable):  # an empty variable is one that is not set
            return Spoken(spoken), _TOP, f"{variable} (environment)"
        held = self.table(*table)
        if key not in held:
            return None
        return held[key], self.found(*table, key).value, key

    def is_given(self, table: Table, key: str) -> bool:
        """Whether the environment or the file has the key."""
        return self._given(table, key) is not None

    # --- secrets ----------------------------------------------------------------------

    def secret(self, table: Table, key: str) -> tuple[Secret | None, str]:
        """A secret from the environment, and the variable's name when it is named but not set.

        No error repeats what stands in the file: it may be the secret.
        """
        variable = variable_for(table, key)
        if spoken := self.environ.get(variable):
            return Secret(spoken, variable), ""
        held = self.table(*table).get(key)
        if held is None:
            return None, ""
        spot = self.found(*table, key).value
        suggestion = f'{key} = {{ env = "{"_".join((*table[1:], key)).upper()}" }}'
        if not isinstance(held, Mapping):
            self.report(
                "secret-in-file", f"{key} is a secret and stands in the file", suggestion, spot
            )
            return None, ""
        name = held.get("env")
        if set(held) != {"env"} or not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            self.report(
                "value",
                f"{key} must name a variable in capitals, and nothing else",
                suggestion,
                spot,
            )
            return None, ""
        value = self.environ.get(name, "")
        return (Secret(value, name), "") if value else (None, name)


def _pair(spot: Spot) -> tuple[int, int]:
    return spot.line, spot.column


def open_sheet(path: Path, shown: Path, environ: Mapping[str, str]) -> Sheet:
    """Read the file at `path`, called `shown` in findings.

    Raises:
        SourceError: it is too long, not UTF-8, or not TOML.
        OSError: it cannot be opened, or is no file.
    """
    sheet = Sheet(shown, {}, {}, environ)
    data, text = read_file(path, MAX_BYTES), ""
    try:
        if len(data) > MAX_BYTES:
            sheet.report("syntax", "the file is longer than 1 MB", "segments are short rules")
            raise sheet.error()
        text = data.decode("utf-8-sig")
        if endless := _ENDLESS_KEY.search(text):
            line = text.count("\n", 0, endless.start()) + 1
            hint = "a key is a word or two: provider.kind"
            sheet.report("syntax", f"a key of more than {_MOST_PARTS} parts", hint, Spot(line, 1))
            raise sheet.error()
        sheet.data = tomllib.loads(text)
        sheet.places = find_places(text)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        sheet.report("encoding", "the file is not UTF-8", "save it as UTF-8", Spot(line, column))
        raise sheet.error() from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        sheet.report("syntax", *_syntax(str(error), text))
        raise sheet.error() from error
    except ValueError as error:  # Python reads no number of thousands of digits
        found = re.search(r"\d{1000}", text)
        line = text.count("\n", 0, found.start()) + 1 if found else 1
        hint = "no setting is a number of more than a few digits"
        sheet.report("syntax", "a number of thousands of digits", hint, Spot(line, 1))
        raise sheet.error() from error
    return sheet


def _syntax(message: str, text: str) -> tuple[str, str, Spot]:
    """What tomllib says, in words for people, a hint, and the place."""
    place = _TOML_PLACE.search(message)
    if place and place[1]:
        spot = Spot(int(place[1]), int(place[2]))
    else:
        spot = Spot(text.count("\n") + 1, 1)
    problem = message[: place.start()] if place else message
    lines = [*text.splitlines(), ""]
    line = lines[min(spot.line, len(lines) - 1 or 1) - 1]
    if "overwrite" in problem or "twice" in problem:
        return _again(lines, spot)
    if "recursion" in problem:
        return "arrays are nested too deeply", "newsletter.toml needs no array in an array", _TOP
    if _UNCLOSED.match(problem):
        lone = re.search(r"=[ \t]*'[^'\n]*$", text, re.MULTILINE)
        if lone and '"\'"' in problem:  # it is missed at the end of the file alone
            spot = Spot(text.count("\n", 0, lone.start()) + 1, 1)
        return "a quote is opened and not closed", 'text stands in quotes: name = "…"', spot
    if re.match(r"\s*[\w-]+\s*=\s*[A-Za-z]", line):
        hint = 'text stands in quotes: name = "…"'
    else:
        hint = "newsletter.toml is TOML: https://toml.io"
    return f"this is not TOML: {problem[:1].lower()}{problem[1:]}", hint, spot


def _again(lines: Sequence[str], spot: Spot) -> tuple[str, str, Spot]:
    """What is said of a key or table that stands for the second time."""
    name = lines[spot.line - 1].partition("=")[0].partition("]")[0].strip()
    again = f"{name}]" if name.startswith("[") else name
    first = 0
    for number, line in enumerate(lines[: spot.line - 1], 1):
        if again.startswith("[") and line.strip().startswith(again):
            return _twice(again, number, spot)
        if line.lstrip().startswith("["):
            first = 0
        elif line.partition("=")[0].strip() == name:
            first = number
    return _twice(again, first, spot)


def _twice(name: str, first: int, spot: Spot) -> tuple[str, str, Spot]:
    hint = "each key and each [table] stands once"
    hint = f"it is on line {first} already; {hint}" if first else hint
    return f"{name} stands here again", hint, Spot(spot.line, 1)
