"""Jinja2, fenced: templates in, MJML out, and each of its errors a sentence with a place."""

from __future__ import annotations

import dataclasses
import difflib
import re
import traceback
from collections.abc import Callable
from pathlib import Path

from jinja2 import Environment
from jinja2.exceptions import TemplateError as JinjaError
from jinja2.exceptions import TemplateNotFound, TemplateSyntaxError

from composer.errors import ComposerError, Place, TemplateError
from composer.reading.vocabulary import OWN_WORDS
from composer.rendering import view as views
from composer.rendering.loading import Loader
from composer.rendering.sandbox import BUDGET, Budget, OverBudget, Sandbox, join_capped
from composer.rendering.view import View

#: What goes to the MJML compiler; a long issue makes 100 kB.
MOST_CHARS = 4_000_000

#: Every name that a template can know, for "did you mean".
_KNOWN = sorted(
    {
        field.name
        for thing in vars(views).values()
        if isinstance(thing, type) and dataclasses.is_dataclass(thing)
        for field in dataclasses.fields(thing)
    }
    | {"kind", "loop", *OWN_WORDS}
)
_UNKNOWN_NAME = re.compile(r"'(\w+)' is undefined")
_UNKNOWN_PART = re.compile(r"'(?:[\w.]*\.)?(\w+?)(?:View)? object' has no attribute '(\w+)'")
_UNKNOWN_TOOL = re.compile(r"No (filter|test) named '(\w+)'")


class Engine:
    """One environment, its templates loaded once."""

    def __init__(
        self, read: Callable[[str], str | None], path: Callable[[str], Path | None]
    ) -> None:
        self._read = read
        self._path = path
        #: Each block asks for a file that draws it for its letter alone, and few letters have one.
        self._absent: set[str] = set()
        self._environment = Sandbox(Loader(self._load))

    def render(self, name: str, view: View) -> str:
        """What the file `name` makes of `view`; raises TemplateError."""
        names = {field.name: getattr(view, field.name) for field in dataclasses.fields(view)}
        token = BUDGET.set(Budget())
        try:
            template = self._environment.get_template(name)
            return join_capped(template.generate(names), MOST_CHARS)
        except ComposerError:
            raise
        except TemplateSyntaxError as error:
            file = Path(error.filename) if error.filename else self._where(name)
            problem = error.message or "is not a template"
            raise TemplateError(
                problem,
                place=Place(file, error.lineno),
                hint=tools_like(problem, self._environment),
            ) from error
        except TemplateNotFound as error:
            place = self._place(error, name)
            raise TemplateError(
                f"there is no file {error.name!r} in email_templates/", place=place
            ) from error
        except (RecursionError, SyntaxError) as error:  # Python nests twenty loops at most
            raise TemplateError(
                "the template includes or calls itself without end, or is nested too deeply",
                place=Place(self._where(name)),
                hint="let no file include itself, and no macro call itself",
            ) from error
        except (JinjaError, OverBudget, ArithmeticError, TypeError, ValueError) as error:
            problem, hint = _in_words(error)
            raise TemplateError(problem, place=self._place(error, name), hint=hint) from error
        finally:
            BUDGET.reset(token)

    def tells_apart(self, view: View, other: View) -> bool:
        """Whether a template that was rendered asks for a part in which the two issues differ."""
        if dataclasses.replace(view, issue=other.issue) != other:
            return True
        here, there = view.issue, other.issue
        parts = [f.name for f in dataclasses.fields(here)]
        differing = {n for n in parts if getattr(here, n) != getattr(there, n)}
        return self._environment.asks_for(differing)

    def _load(self, name: str) -> tuple[str, str] | None:
        if name in self._absent:
            return None
        source = self._read(name)
        if source is None:
            self._absent.add(name)
            return None
        return source, str(self._path(name))

    def _where(self, name: str) -> Path:
        return self._path(name) or Path(name)

    def _place(self, error: BaseException, name: str) -> Place:
        """The innermost line of a template that `error` passed through."""
        place = Place(self._where(name))
        for frame, line in traceback.walk_tb(error.__traceback__):
            if frame.f_code.co_filename.endswith(".j2"):
                place = Place(Path(frame.f_code.co_filename), line)
        return place


def tools_like(problem: str, environment: Environment) -> str:
    """A hint for `problem`, where it is an unknown filter or test."""
    match = _UNKNOWN_TOOL.match(problem)
    if not match:
        return ""
    known = environment.filters if match[1] == "filter" else environment.tests
    return _nearest(match[2], [name for name in known if not name.startswith("_")])


def no_name(name: str) -> tuple[str, str]:
    """What is said of a name that a template does not have, and a hint."""
    if name == "subscriber":
        return "a template has no subscriber", "write {{ subscriber.FIELD }} into the issue"
    return f"there is no {name!r}", _nearest(name, _KNOWN)


def no_part(thing: str, name: str) -> tuple[str, str]:
    """What is said of a part that a `thing` of the view does not have, and a hint."""
    return f"{thing.removesuffix('View').lower()} has no {name!r}", _nearest(name, _KNOWN)


def _in_words(error: Exception) -> tuple[str, str]:
    problem = str(error)
    if match := _UNKNOWN_PART.search(problem):
        return no_part("t" if match[1] == "dict" else match[1], match[2])
    if match := _UNKNOWN_NAME.search(problem):
        return no_name(match[1])
    if isinstance(error, OverBudget):
        return f"the template does not end: {problem}", "look at its loops and macros"
    return problem, ""


def _nearest(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]!r}?" if near else ""
