"""How long an edition takes to compile, and to fill: times of this run and their ratios.

python benchmarks/bench_compile.py
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks.npm import node_folder, run
from composer.errors import Place
from composer.model.edition import Context, EditionKey, Parts, Slot
from composer.model.issue import Citation, Note, Source
from composer.rendering.attributes import safe_attributes
from composer.rendering.compile import Compiler, compile_edition
from composer.rendering.encoders import fill
from composer.rendering.inlining import inline
from composer.rendering.mjml import compile_mjml
from composer.rendering.templates import Templates
from tests.unit.rendering.samples import (
    AT,
    EVERYTHING,
    KEY,
    NEWSLETTER,
    issue,
    paragraph,
    personal,
    section,
)

_PROSE = (
    "Crane crews at the two northern terminals stopped loading for nine hours on Tuesday, and "
    "the port authority, which counts six, says that the timetable of the coming week will hold "
    "all the same; the harbour master, asked twice, did not want to say for how long. "
)


#: The median of the fastest tenth of 200 warm calls, as `best` has it.
NPM = """
const plain = (name) => require(name).default || require(name);
const compile = plain("mjml"), juice = plain("juice");
const make = async () => juice((await compile(input, { validationLevel: "soft" })).html);
(async () => {
  const taken = [];
  for (let i = 0; i < 220; i++) {
    const start = process.hrtime.bigint();
    await make();
    if (i >= 20) taken.push(Number(process.hrtime.bigint() - start) / 1e6);
  }
  taken.sort((a, b) => a - b);
  const version = (name) => require(name + "/package.json").version;
  console.log(JSON.stringify({ ms: taken[10], node: process.version,
    mjml: version("mjml"), juice: version("juice") }));
})();
"""


def beside_npm(whole_ms: float, mjml: str) -> None:
    """The same MJML through npm's mjml and juice, and through the same two steps of ours."""
    place = Place(Path("letter.mjml"))

    def steps() -> str:
        return inline(compile_mjml(safe_attributes(mjml), lambda _: None, place), place)

    ours_ms = best(steps)
    print(f"of that MJML and inlining:     {ours_ms:6.2f} ms")
    with node_folder() as folder:
        if folder is None:
            print("npm's mjml and juice:          not measured, npm or its registry is not there")
            return
        said = run(folder, NPM, mjml)
    print(
        f"npm mjml {said['mjml']}, juice {said['juice']}:    {said['ms']:6.2f} ms warm (node "
        f"{said['node']}), {said['ms'] / ours_ms:.1f} times our two steps, "
        f"{said['ms'] / whole_ms:.1f} times our whole way from the issue"
    )


def of_four_sections() -> None:
    """The kind that is sent every week: four sections of prose, citations, a note."""
    sections = tuple(
        section(
            f"What Happened at Terminal {number}",
            *(paragraph(_PROSE * 2) for _ in range(4)),
            Citation((Source("The Quay Gazette", italic=True, published=EVERYTHING.date),), AT),
            *((Note((paragraph(_PROSE * 2),), AT),) if number == 4 else ()),
        )
        for number in range(1, 5)
    )
    made = issue(paragraph("Dear ", personal("first_name", "reader"), ","), sections=sections)
    templates = Templates.of_site(None)
    cold = once(lambda: compile_edition(made, NEWSLETTER, templates, KEY))
    size = len(fill(compile_edition(made, NEWSLETTER, templates, KEY).html, URLS)) / 1000
    warm = best(lambda: compile_edition(made, NEWSLETTER, templates, KEY))
    print(f"four sections, {size:.0f} kB of HTML: {warm:6.2f} ms warm, {cold:6.0f} ms cold")
    beside_npm(warm, compile_edition(made, NEWSLETTER, templates, KEY).mjml)


def of_three_languages() -> None:
    """Three locales and two subjects: variants of one text share what was made of it."""
    texts = {tag: replace(EVERYTHING, locale=tag) for tag in ("de", "fr")}
    made = replace(EVERYTHING, translations=texts)
    templates = Templates.of_site(None)
    keys = [EditionKey(locale, variant) for locale in made.locales for variant in made.variants]

    def shared() -> None:
        compiler = Compiler(made, NEWSLETTER, templates)
        for key in keys:
            compiler.edition(key)

    def alone() -> None:
        for key in keys:
            compile_edition(made, NEWSLETTER, templates, key)

    shared_ms, alone_ms = best(shared), best(alone)
    print(
        f"3 locales x 2 subjects:        {shared_ms:6.2f} ms, {alone_ms / shared_ms:.1f} times as "
        "fast as each alone"
    )


def of_everything() -> None:
    """Every kind of block, every kind of slot."""
    key = EditionKey("en", "a", ("board",))
    templates = Templates.of_site(None)
    warm = best(lambda: compile_edition(EVERYTHING, NEWSLETTER, templates, key))
    print(f"one of everything:             {warm:6.2f} ms warm")


def of_filling() -> None:
    """70 kB with 24 slots, as one recipient costs it."""
    parts: Parts = tuple(
        part
        for number in range(24)
        for part in ("x" * 2900, Slot(f"subscriber.f{number % 4}", Context.HTML, "reader"))
    )
    values = {"subscriber.f0": "Ana", "subscriber.f1": "Zoë & Søn", "subscriber.f2": "李小龍"}
    filled = best(lambda: fill(parts, values), times=5000)
    joined = best(lambda: "".join(p if isinstance(p, str) else "reader" for p in parts), times=5000)
    print(f"filling 70 kB with 24 slots:   {filled * 1000:6.1f} µs, {filled / joined:.1f}× a join")


URLS = {
    "unsubscribe_url": "https://news.example.org/u/TOKEN",
    "preferences_url": "https://news.example.org/preferences/TOKEN",
}


def once(call: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def best(call: Callable[[], object], times: int = 200) -> float:
    """Milliseconds: the fastest tenth's median, since other programs only ever slow us down."""
    call()
    taken = sorted(once(call) for _ in range(times))
    return statistics.median(taken[: max(1, times // 10)])


if __name__ == "__main__":
    of_four_sections()
    of_everything()
    of_three_languages()
    of_filling()
