"""What an examination found: how it stands, why, and the very record or setting that mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from composer.model.zone_line import zone_line


class Health(StrEnum):
    GOOD = "good"
    WARNING = "warning"  #: mail arrives today; some receivers will mind
    ERROR = "error"  #: mail is refused or filtered, or nothing can be sent
    UNKNOWN = "unknown"  #: nobody could be asked


@dataclass(frozen=True, slots=True)
class Record:
    """A line for the DNS: `name. IN TXT "text"`."""

    name: str
    kind: str
    text: str

    def __str__(self) -> str:
        if self.kind == "TXT":
            return zone_line(self.name, self.text)
        return f"{self.name}. IN {self.kind} {self.text}"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`code` is stable, `family/name`; `remedy` is a record, or what to do in words."""

    code: str
    health: Health
    message: str
    remedy: Record | str = ""

    @property
    def document(self) -> dict[str, object]:
        found: dict[str, object] = {
            "code": self.code,
            "health": str(self.health),
            "message": self.message,
        }
        if isinstance(self.remedy, Record):
            record = {"name": self.remedy.name, "type": self.remedy.kind, "value": self.remedy.text}
            return {**found, "record": record}
        return {**found, "hint": self.remedy} if self.remedy else found


def good(code: str, message: str) -> Diagnosis:
    return Diagnosis(code, Health.GOOD, message)


def warning(code: str, message: str, remedy: Record | str = "") -> Diagnosis:
    return Diagnosis(code, Health.WARNING, message, remedy)


def error(code: str, message: str, remedy: Record | str = "") -> Diagnosis:
    return Diagnosis(code, Health.ERROR, message, remedy)


def unknown(code: str, message: str, remedy: Record | str = "") -> Diagnosis:
    return Diagnosis(code, Health.UNKNOWN, message, remedy)
