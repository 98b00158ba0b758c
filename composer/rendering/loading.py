"""Templates of a sandbox, each text compiled once in a process.

A preview looks at all templates anew whenever a file was saved, and of thirty at most one is
another then. To compile them takes longer than everything else that is done with a letter.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from functools import lru_cache
from types import CodeType
from typing import Any

from jinja2 import BaseLoader, Environment, Template, TemplateNotFound

from composer.rendering.sandbox import Sandbox

#: The text of the template of that name, and the file that errors and tracebacks name.
Read = Callable[[str], tuple[str, str] | None]


class Loader(BaseLoader):
    """Reads with `read`; what was loaded stays loaded in its sandbox."""

    def __init__(self, read: Read) -> None:
        self._read = read

    def load(
        self,
        environment: Environment,
        name: str,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002 - Jinja's naming
    ) -> Template:
        """Raises TemplateNotFound, and what is wrong with the text."""
        assert isinstance(environment, Sandbox)  # noqa: S101 - all of them are alike
        found = self._read(name)
        if found is None:
            raise TemplateNotFound(name)
        code, asked = _compiled(found[0], name, found[1])
        environment.now_asks_for(asked)
        return environment.template_class.from_code(environment, code, globals or {}, lambda: True)


@lru_cache(maxsize=256)  # four times what is built in
def _compiled(source: str, name: str, file: str) -> tuple[CodeType, frozenset[str]]:
    """The program, and the parts that it asks for."""
    alike = Sandbox(BaseLoader())
    return alike.compile(source, name, file), alike.asked
