"""The built wheel works alone: installed in an empty environment, away from the sources."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.acceptance.installed import place_of

ROOT = Path(__file__).parents[2]


def oldest(name: str) -> str:
    """Of the `python3.x` on this machine: Debian's may be years old."""
    found = filter(None, (shutil.which(name, path=path) for path in os.get_exec_path()))
    say = "import sys; print(*sys.version_info[:3])"

    def release(python: str) -> tuple[int, ...]:
        said = subprocess.run(  # noqa: S603 - a Python, or a name that stands for none
            [python, "-c", say], capture_output=True, text=True, check=False
        )
        return tuple(map(int, said.stdout.split())) or (sys.maxsize,)

    return min(sorted(found), key=release, default=sys.executable)


def test_the_wheel_installs_alone_and_does_the_main_job(
    tmp_path: Path, fresh_install: Path
) -> None:
    def run(*words: str | Path, cwd: Path = tmp_path) -> str:
        clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(word) for word in words],
            cwd=cwd,
            env={**clean, "PIP_COMPILE": "false"},  # what is imported is compiled then
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    dist = tmp_path / "dist"
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", dist, ROOT)
    (wheel,) = dist.glob("*.whl")
    env = tmp_path / "env"
    python, newsletter = env / "bin" / "python", env / "bin" / "newsletter"
    # What the lock names is there; what else the wheel should ask for, pip would have to fetch.
    others = place_of(fresh_install)
    (packages,) = others.glob("lib/*/site-packages")
    run(oldest(packages.parent.name), "-m", "venv", "--without-pip", env)
    without_us = shutil.ignore_patterns("composer", "email_templates", "newsletter_composer-*")
    target = env / packages.relative_to(others)
    shutil.copytree(packages, target, ignore=without_us, copy_function=os.link, dirs_exist_ok=True)
    pip = (others / "bin" / "python", "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", wheel)
    run(*pip, "check")

    run(newsletter, "init", "site")
    site = tmp_path / "site"
    run(newsletter, "subscribers", "import", "subscribers.example.csv", cwd=site)
    run(newsletter, "check", "--fail-on", "warning", cwd=site)
    run(newsletter, "send", "2026-014", "--segment", "everyone", "--dry-run", cwd=site)
    assert list((site / ".newsletter" / "outbox").rglob("*.eml"))
    where = run(python, "-c", "import composer; print(composer.__file__)").strip()
    assert str(tmp_path) in where
