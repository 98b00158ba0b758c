"""The built wheel works alone: installed in an empty environment, away from the sources."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_wheel_installs_alone_and_does_the_main_job(tmp_path: Path) -> None:
    def run(*words: str | Path, cwd: Path = tmp_path) -> str:
        clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}}
        done = subprocess.run(  # noqa: S603 - our own commands
            [str(word) for word in words],
            cwd=cwd,
            env=clean,
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
    venv.create(tmp_path / "env", with_pip=True)
    python = tmp_path / "env" / "bin" / "python"
    newsletter = tmp_path / "env" / "bin" / "newsletter"
    pins = tmp_path / "pins.txt"
    lock = (ROOT / "requirements.lock").read_text().splitlines()
    pins.write_text("\n".join(line.rstrip(" \\") for line in lock if "==" in line))
    run(python, "-m", "pip", "install", "--quiet", "-c", pins, wheel)

    run(newsletter, "init", "site")
    site = tmp_path / "site"
    run(newsletter, "subscribers", "import", "subscribers.example.csv", cwd=site)
    run(newsletter, "check", "--fail-on", "warning", cwd=site)
    run(newsletter, "send", "2026-014", "--segment", "everyone", "--dry-run", cwd=site)
    assert list((site / ".newsletter" / "outbox").rglob("*.eml"))
    where = run(python, "-c", "import composer; print(composer.__file__)").strip()
    assert str(tmp_path) in where
