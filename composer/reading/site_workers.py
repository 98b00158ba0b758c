"""The table `[workers]` of newsletter.toml: who delivers what is sent."""

from __future__ import annotations

from composer.model.settings import WorkerSettings
from composer.reading import site_values as values
from composer.reading.keys import WORKERS
from composer.reading.site_sheet import Sheet

_POSTGRES = "postgresql"


def read_workers(sheet: Sheet, database_url: str) -> WorkerSettings:
    """Workers on other hosts cannot open a file on this one."""
    send = sheet.take(WORKERS, "send", values.truth, WorkerSettings().send)
    if send and not database_url.startswith(_POSTGRES):
        sheet.report(
            "value",
            "workers need a database on PostgreSQL",
            '[database] url = "postgresql+psycopg://…", or leave send away',
            sheet.found(*WORKERS, "send").value,
        )
    return WorkerSettings(send)
