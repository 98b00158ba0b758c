"""Let Schemathesis look for what the readers' pages do otherwise than their description says.

Run `python -m scripts.probe_pages [EXAMPLES]`: a site of its own in a temporary folder, on a port
of this machine. Every operation of `/openapi.json` is asked in EXAMPLES ways, right and wrong.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from composer.web.public.door import public_app
from composer.web.public.front import Front
from composer.web.public.guard import Flood
from composer.web.public.shelf import Shelf
from tests.servers.public import on_a_port
from tests.unit.public.sites import PUBLIC, TOML, make_site, with_issues

#: Forms take whatever robots and old programs send, and answer with a page that says what is
#: wrong: what is valid is not for a schema to say.
NOT_FOR_FORMS = "positive_data_acceptance,negative_data_rejection"
LIMITS = "[public]\nvisitor_limit = 100000\ndomain_limit = 1000000\n"


def probe(examples: int, *, seed: int = 0) -> tuple[int, str]:
    """The exit code of Schemathesis, 0 when it found nothing, and what it said."""
    with TemporaryDirectory() as folder:
        site = make_site(with_issues(Path(folder) / "site"), TOML + PUBLIC + LIMITS)
        Shelf(site).refresh()
        with on_a_port(public_app(Front(site), flood=Flood(most=10**9))) as url:
            run = subprocess.run(  # noqa: S603 - ours, on our own address
                [
                    *(Path(sys.executable).with_name("schemathesis"), "run", f"{url}/openapi.json"),
                    *("--url", url, "--no-color", "--warnings", "off"),
                    *("--phases", "coverage,fuzzing", "--max-examples", str(examples)),
                    *("--checks", "all", "--exclude-checks", NOT_FOR_FORMS),
                    *(("--seed", str(seed)) if seed else ()),
                ],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
    return run.returncode, run.stdout + run.stderr


if __name__ == "__main__":
    code, said = probe(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
    print(said)
    sys.exit(code)
