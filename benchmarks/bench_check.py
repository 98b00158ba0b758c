"""What `check` and `snapshot` cost: a usual issue by stage, and a site of 200 issues.

python benchmarks/bench_check.py
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

from composer.approval import Approval
from composer.checkup import Checkup
from composer.model.issue import Issue
from composer.site import Site
from composer.snapshots.judge import Verdict

ROOT = Path(__file__).parents[1]
ISSUES = 200
#: Seconds that a site of 200 issues may take.
TARGET_S = 10.0
T = TypeVar("T")


def timed(call: Callable[[], T]) -> tuple[float, T]:
    """Seconds, and what the call gave."""
    start = time.perf_counter()
    given = call()
    return time.perf_counter() - start, given


def read(site: Site, path: Path) -> Issue:
    issue = site.inspect(path).issue
    assert issue is not None
    return issue


def by_stage() -> None:
    """Each of the sample issues, warm: a process has looked at it once."""
    site = Site.find(ROOT, {})
    for path in site.issue_paths():
        stages(site, path)
        print(f"{path.parent.name}: {stages(site, path)}")


def stages(site: Site, path: Path) -> str:
    """What one look at an issue costs."""
    reading, issue = timed(partial(read, site, path))
    compiling, editions = timed(partial(site.editions, issue))
    rules, _ = timed(partial(site.looked_at, issue, editions))
    taking, shots = timed(partial(Approval(site).shots, issue))
    return (
        f"reading {reading * 1000:5.1f} ms, {len(editions)} editions {compiling * 1000:5.1f} ms, "
        f"rules {rules * 1000:5.1f} ms; {len(shots)} renditions {taking * 1000:5.1f} ms"
    )


def looked(approval: Approval, paths: Sequence[Path], *, update: bool) -> list[Verdict]:
    return list(approval.look(paths, update=update))


def of_many(folder: Path) -> None:
    """The sample issues, again and again, as a site with a long past has them."""
    for name in ("newsletter.toml", "email_templates"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
        else:
            shutil.copy(source, folder / name)
    samples = sorted((ROOT / "issues").iterdir())
    for number in range(ISSUES):
        sample = samples[number % len(samples)]
        target = folder / "issues" / f"{number:04}"
        shutil.copytree(sample, target, ignore=shutil.ignore_patterns("snapshots"))
    site = Site.find(folder, {})
    checking, found = timed(lambda: Checkup.of(site).everything(site.issue_paths()))
    verdict = "as wished" if checking < TARGET_S else f"more than {TARGET_S:.0f} s"
    print(f"check of {ISSUES} issues:            {checking:5.1f} s ({verdict}), {len(found)} found")
    for name, update in (("first approval", True), ("snapshot, all as approved", False)):
        site = Site.find(folder, {})
        approval = Approval(site)
        paths = site.issue_paths()
        taking, verdicts = timed(partial(looked, approval, paths, update=update))
        count = sum(v.renditions for v in verdicts)
        clean = update or all(v.clean for v in verdicts)
        assert clean, "a second look must find nothing"
        print(f"{name + ':':<34} {taking:5.1f} s, {count:,} renditions")


if __name__ == "__main__":
    by_stage()
    with tempfile.TemporaryDirectory() as place:
        of_many(Path(place))
