"""Every code that a finding can have: an example that gets it, one that does not, and a page.

`cases/FAMILY/NAME/bad*/` and `good*/` hold files that are laid over `base/`; `expected.txt`
beside them has what is then said under that code, word for word (`--approve` writes it). What
no file can bring about has two functions in `scenarios.py`.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import pytest

from composer.checks.catalogue import entries, page
from composer.checkup import Checkup
from composer.errors import SourceError
from composer.model.finding import Finding
from composer.site import Site
from tests.once import once
from tests.rules.scenarios import SCENARIOS
from tests.rules.sites import site_in

HERE = Path(__file__).parent
CASES = HERE / "cases"
FOLDERS = sorted(path for path in CASES.glob("*/*/*") if path.is_dir())
BAD = [path.relative_to(CASES).as_posix() for path in FOLDERS if path.name.startswith("bad")]
GOOD = [path.relative_to(CASES).as_posix() for path in FOLDERS if path.name.startswith("good")]


def look(overlay: Path, folder: Path) -> Sequence[Finding]:
    """What `newsletter check` finds in the base site with `overlay` laid over it."""
    site_in(folder, overlay)
    before = Path.cwd()
    os.chdir(folder)
    try:
        site = Site.find(Path(), {})
        return Checkup.of(site).everything(site.issue_paths())
    except SourceError as error:
        return [finding for finding in error.findings if isinstance(finding, Finding)]
    finally:
        os.chdir(before)


def found_in(case: str, factory: pytest.TempPathFactory) -> Sequence[Finding]:
    """The same of one of the cases, looked at once in a run: other tests want to know it too."""

    def make(folder: Path) -> None:
        (folder / "found").write_bytes(pickle.dumps(look(CASES / case, folder / "site")))

    made = once(factory, f"rules-{case.replace('/', '-')}", make)
    found: Sequence[Finding] = pickle.loads((made / "found").read_bytes())  # noqa: S301 - our own
    return found


@pytest.mark.parametrize("case", BAD)
def test_a_bad_example_is_told_with_its_place(
    case: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> None:
    code = "/".join(case.split("/")[:2])
    said = "".join(f"{f}\n" for f in found_in(case, tmp_path_factory) if f.code == code)
    expected = CASES / f"{case}.txt"
    if request.config.getoption("--approve", default=False):
        expected.write_text(said, encoding="utf-8")

    assert said, f"{code} says nothing of {case}"
    assert said == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("case", GOOD)
def test_a_good_example_is_left_alone(case: str, tmp_path: Path) -> None:
    code = "/".join(case.split("/")[:2])

    assert [f for f in look(CASES / case, tmp_path) if f.code == code] == []


def test_nothing_is_found_in_the_base_site(tmp_path: Path) -> None:
    empty = tmp_path / "nothing"
    empty.mkdir()

    assert [str(f) for f in look(empty, tmp_path / "site")] == []


@pytest.mark.parametrize("code", sorted(entries()))
def test_every_code_has_a_page_and_examples_for_both_sides(code: str) -> None:
    text = page(code)

    assert text.startswith(f"# {code}\n"), f"write composer/checks/pages/{code}.md"
    for heading in ("## Wrong", "## Right"):
        assert heading in text, f"{code}: its page has no {heading}"
    if code not in SCENARIOS:
        assert any(case.startswith(f"{code}/") for case in BAD), f"{code}: no bad example"
        assert any(case.startswith(f"{code}/") for case in GOOD), f"{code}: no good example"


@pytest.mark.parametrize("code", sorted(SCENARIOS))
def test_what_no_file_brings_about_is_told_where_it_is_broken_and_not_where_it_is_sound(
    code: str, tmp_path: Path
) -> None:
    for name in ("broken", "sound"):
        (tmp_path / name).mkdir()

    assert code in SCENARIOS[code].broken(tmp_path / "broken")
    assert code not in SCENARIOS[code].sound(tmp_path / "sound")


def test_every_example_belongs_to_a_code_and_a_code_has_examples_of_one_kind() -> None:
    cases = {"/".join(case.split("/")[:2]) for case in (*BAD, *GOOD)}

    assert cases | set(SCENARIOS) == set(entries())
    assert not cases & set(SCENARIOS)


def test_every_page_belongs_to_a_code() -> None:
    pages = HERE.parents[1] / "composer" / "checks" / "pages"
    named = {path.relative_to(pages).with_suffix("").as_posix() for path in pages.rglob("*.md")}

    assert named <= set(entries())
