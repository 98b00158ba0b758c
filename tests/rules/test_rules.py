"""Every code that a finding can have: an example that gets it, one that does not, and a page.

`cases/FAMILY/NAME/bad*/` and `good*/` hold files that are laid over `base/`; `expected.txt`
beside them has what is then said under that code, word for word (`--approve` writes it).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from composer.checks.catalogue import entries, page
from composer.checks.link_codes import LINKS
from composer.checks.spam_codes import SPAM
from composer.checkup import Checkup
from composer.errors import SourceError
from composer.model.finding import Finding
from composer.site import Site

HERE = Path(__file__).parent
CASES = HERE / "cases"
FOLDERS = sorted(path for path in CASES.glob("*/*/*") if path.is_dir())
BAD = [path.relative_to(CASES).as_posix() for path in FOLDERS if path.name.startswith("bad")]
GOOD = [path.relative_to(CASES).as_posix() for path in FOLDERS if path.name.startswith("good")]
#: What no file can bring about; the test that does is named.
ELSEWHERE = {
    "internal/rule-failed": "tests/unit/checks/test_engine.py",
    "file/missing": "tests/unit/reading/test_issue_file.py",
    "image/too-big": "tests/unit/reading/test_pictures.py",
    "merge/too-many": "tests/unit/reading/test_issue_file.py",
    "config/unknown-variable": "tests/unit/site_file/test_site_file.py",
    "merge/missing-value": "tests/unit/checks/test_rules.py",
    "message/one-from": "tests/unit/checks/test_message_rules.py",
    "message/to": "tests/unit/checks/test_message_rules.py",
    "message/date": "tests/unit/checks/test_message_rules.py",
    "message/message-id": "tests/unit/checks/test_message_rules.py",
    "message/list-id": "tests/unit/checks/test_message_rules.py",
    "message/list-unsubscribe": "tests/unit/checks/test_message_rules.py",
    "message/reply-to": "tests/unit/checks/test_message_rules.py",
    "message/subject-encoded": "tests/unit/checks/test_message_rules.py",
    "message/line-length": "tests/unit/checks/test_message_rules.py",
    "message/structure": "tests/unit/checks/test_message_rules.py",
    "message/8bit": "tests/unit/checks/test_message_rules.py",
    "css/media-lost": "tests/unit/checks/test_page_rules.py",
    "size/message": "tests/unit/checks/test_page_rules.py",
    "size/text": "tests/unit/checks/test_page_rules.py",
    "text/trailing-spaces": "tests/unit/checks/test_page_rules.py",
    "text/unprintable": "tests/unit/checks/test_page_rules.py",
    "size/gmail-clip": "tests/unit/checks/test_rules.py",
    "text/missing": "tests/unit/checks/test_rules.py",
    "html/doctype": "tests/unit/checks/test_page_rules.py",
    "html/charset": "tests/unit/checks/test_page_rules.py",
    "html/comment-balance": "tests/unit/checks/test_page_rules.py",
    "a11y/img-alt": "tests/unit/checks/test_page_rules.py",
    "merge/personal-url": "tests/unit/checks/test_rules.py",
    "merge/unknown-slot": "tests/unit/checks/test_rules.py",
    **dict.fromkeys((code for code, _, _ in SPAM), "tests/unit/spam/test_spam.py"),
    **dict.fromkeys((code for code, _, _ in LINKS), "tests/unit/links/test_findings.py"),
}


def look(overlay: Path, folder: Path) -> Sequence[Finding]:
    """What `newsletter check` finds in the base site with `overlay` laid over it."""
    shutil.copytree(HERE / "base", folder, dirs_exist_ok=True)
    shutil.copytree(overlay, folder, dirs_exist_ok=True)
    before = Path.cwd()
    os.chdir(folder)
    try:
        site = Site.find(Path(), {})
        return Checkup.of(site).everything(site.issue_paths())
    except SourceError as error:
        return [finding for finding in error.findings if isinstance(finding, Finding)]
    finally:
        os.chdir(before)


@pytest.mark.parametrize("case", BAD)
def test_a_bad_example_is_told_with_its_place(
    case: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    code = "/".join(case.split("/")[:2])
    said = "".join(f"{f}\n" for f in look(CASES / case, tmp_path) if f.code == code)
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
    if code in ELSEWHERE:
        assert code in (HERE.parents[1] / ELSEWHERE[code]).read_text(encoding="utf-8")
    else:
        assert any(case.startswith(f"{code}/") for case in BAD), f"{code}: no bad example"
        assert any(case.startswith(f"{code}/") for case in GOOD), f"{code}: no good example"


def test_every_page_belongs_to_a_code() -> None:
    pages = HERE.parents[1] / "composer" / "checks" / "pages"
    named = {path.relative_to(pages).with_suffix("").as_posix() for path in pages.rglob("*.md")}

    assert named <= set(entries())
