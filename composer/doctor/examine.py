"""Every examination, at the same time, each with its own end."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from composer.doctor import machine, news, pages, sender
from composer.doctor.diagnosis import Diagnosis, error, unknown
from composer.doctor.names import Silent
from composer.doctor.patient import Examination, Patient
from composer.errors import ComposerError

#: In the order of their answers.
EXAMINATIONS: tuple[tuple[str, Examination], ...] = (
    ("site", machine.settings),
    ("provider", machine.providers),
    ("spf", sender.spf),
    ("dkim", sender.dkim),
    ("dmarc", sender.dmarc),
    ("mx", sender.mailboxes),
    ("ptr", sender.servers),
    ("web", pages.pages),
    ("database", machine.database),
    ("queue", machine.queue),
    ("news", news.news),
    ("disk", machine.disk),
)


def examine(patient: Patient) -> Sequence[Diagnosis]:
    """What each of them says, in their order."""
    with ThreadPoolExecutor(len(EXAMINATIONS), thread_name_prefix="doctor") as threads:
        asked = [threads.submit(_one, patient, name, each) for name, each in EXAMINATIONS]
        return [diagnosis for answer in asked for diagnosis in answer.result()]


def _one(patient: Patient, name: str, examination: Examination) -> Sequence[Diagnosis]:
    found: list[Diagnosis] = []
    try:
        found.extend(examination(patient))
    except Silent as silent:
        found.append(unknown(f"{name}/silent", f"the DNS could not be asked: {silent.reason}"))
    except ComposerError as problem:
        found.append(error(f"{name}/settings", problem.problem, problem.hint))
    return found
