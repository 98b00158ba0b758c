"""The view Compare: what a reader would notice, the source, and the two letters side by side."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from composer.errors import ComposerError
from composer.snapshots.layout import laid_out
from composer.snapshots.shot import Shot
from composer.snapshots.telling import HYPERTEXT, told
from composer.web.preview.chosen import Chosen, Reader
from composer.web.preview.frames import NO_LETTER, framed
from composer.web.preview.letters import dressed
from composer.web.preview.past import Past

if TYPE_CHECKING:
    from composer.web.preview.desk import Desk, Seen

#: Longer sources are not compared line by line.
MOST_LINES = 20_000
AROUND = 3


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a source: `kind` is same, gone, new or gap; a number is 0 where there is none."""

    kind: str
    before: int
    after: int
    text: str


def screen(desk: Desk, name: str, chosen: Chosen, seen: Seen) -> dict[str, object]:
    """What the view shows; with `trouble` instead, when there is nothing to compare with."""
    plain: dict[str, object] = {
        "trouble": "",
        "hint": "",
        "since": "",
        "telling": Markup(),
        "rendition": "",
        "rows": (),
        "forms": (),
        "same": False,
    }
    try:
        past = desk.past(name, chosen.compared.against, chosen.compared.rev)
    except ComposerError as error:
        # A letter that cannot be made is told over the view already.
        problem = "The letter cannot be made." if seen.findings else error.problem
        return plain | {"trouble": problem, "hint": "" if seen.findings else error.hint}
    rendition = rendition_for(past, chosen.reader)
    # The words come escaped from `HYPERTEXT`.
    found = plain | {
        "since": past.told,
        "telling": Markup(told([past.verdict], HYPERTEXT)),  # noqa: S704
        "rendition": rendition,
    }
    if not rendition:
        return found
    sides = [form_of(side[rendition], chosen.compared.show) for side in (past.shots, past.now)]
    rows = list(rows_of(*sides)) if chosen.compared.show not in ("words", "picture") else []
    return found | {"rows": rows, "same": sides[0] == sides[1], "forms": forms(past, rendition)}


def rendition_for(past: Past, reader: Reader) -> str:
    """The rendition that is nearest to the reader; `""` when none is in both sides."""
    both = [name for name in past.now if name in past.shots]

    def fits(name: str) -> int:
        rest = name.split(".")[1:]
        alike = (name.startswith(f"{reader.who}."), reader.locale in rest, reader.variant in rest)
        return sum(weight for weight, fit in zip((4, 2, 1), alike, strict=True) if fit)

    return max(both, key=fits, default="")


def forms(past: Past, rendition: str) -> Sequence[str]:
    """The sources that both sides have; nobody keeps the MJML of what was approved or sent."""
    shots = (past.shots[rendition], past.now[rendition])
    mjml = all(shot.edition is not None and shot.edition.mjml for shot in shots)
    return ("html", "text", "headers", *(("mjml",) if mjml else ()))


def form_of(shot: Shot, form: str) -> str:
    """A source of a shot, with a line for each box of the HTML."""
    if form == "mjml":
        return shot.edition.mjml if shot.edition else ""
    sources = {"text": shot.txt, "headers": shot.headers}
    return sources[form] if form in sources else laid_out(shot.html)


def rows_of(before: str, after: str) -> Iterator[Row]:
    """What differs, with `AROUND` lines of what does not; a gap stands for the others."""
    old, new = before.splitlines(), after.splitlines()
    if max(len(old), len(new)) > MOST_LINES:
        yield Row("gap", 0, 0, f"longer than {MOST_LINES:,} lines")
        return
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for number, group in enumerate(matcher.get_grouped_opcodes(AROUND)):
        if number or group[0][1]:
            yield Row("gap", 0, 0, "")
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                yield from (
                    Row("same", i1 + n + 1, j1 + n + 1, old[i1 + n]) for n in range(i2 - i1)
                )
                continue
            yield from (Row("gone", n + 1, 0, old[n]) for n in range(i1, i2))
            yield from (Row("new", 0, n + 1, new[n]) for n in range(j1, j2))


@dataclass(frozen=True, slots=True)
class Comparing:
    """The letter of then, for a frame beside that of now."""

    desk: Desk

    @property
    def routes(self) -> list[Route]:
        return [
            Route("/issues/{id}/then.html", self.then),
            Route("/issues/{id}/now.html", self.now),
            Route("/issues/{id}/then/{cid}", self.picture),
        ]

    async def then(self, request: Request) -> Response:
        return await run_in_threadpool(self._letter, request, "then")

    async def now(self, request: Request) -> Response:
        """The same rendition, as a snapshot takes it."""
        return await run_in_threadpool(self._letter, request, "now")

    def _letter(self, request: Request, side: str) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        shot = self._shot(name, chosen, side)
        if shot is None:
            return framed(NO_LETTER, chosen.look, status=404)
        pictures, query = f"/issues/{quote(name)}/then/", escape(f"?{chosen.query()}")
        return framed(dressed(shot.html, chosen.look, pictures, query), chosen.look)

    def _shot(self, name: str, chosen: Chosen, side: str) -> Shot | None:
        try:
            past = self.desk.past(name, chosen.compared.against, chosen.compared.rev)
        except ComposerError:
            return None
        sides = {"then": past.shots, "now": past.now}
        return sides.get(side, {}).get(rendition_for(past, chosen.reader))

    async def picture(self, request: Request) -> Response:
        name, chosen = request.path_params["id"], Chosen.of(request.query_params)
        found = await run_in_threadpool(self._picture, name, chosen, request.path_params["cid"])
        return found or PlainTextResponse("", 404)

    def _picture(self, name: str, chosen: Chosen, cid: str) -> Response | None:
        try:
            past = self.desk.past(name, chosen.compared.against, chosen.compared.rev)
        except ComposerError:
            return None
        picture = past.pictures(rendition_for(past, chosen.reader)).get(cid)
        return Response(picture.data, media_type=picture.media_type) if picture else None
