"""What was learnt about links lately, so that a check soon after asks only what is new."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from composer.links.answer import Answer, Question, Verdict

ALIVE_S = 24 * 3600
OTHERWISE_S = 3600
MAX_FILE_BYTES = 20_000_000
_VERSION = 1
#: What depends on this machine, on the moment or on our own rules is asked every time.
_FORGOTTEN = frozenset(
    {
        Verdict.TIMEOUT,
        Verdict.OFFLINE,
        Verdict.NAMELESS,
        Verdict.PRIVATE,
        Verdict.CREDENTIALS,
        Verdict.UNASKED,
    }
)


@dataclass
class Memory:
    """`path` is the file, which may be missing; `now_s` is Unix time.

    `note` tells why a file that is there was not used, or could not be written.
    """

    path: Path
    now_s: float
    note: str = ""
    _lines: dict[str, tuple[float, Answer]] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, path: Path, now_s: float, *, fresh: bool = False) -> Memory:
        """What the file says and is not too old; nothing of it when `fresh` answers are wanted."""
        memory = cls(path, now_s)
        if not fresh:
            memory._load()
        return memory

    def recall(self, question: Question) -> Answer | None:
        line = self._lines.get(question.key)
        return line[1] if line else None

    def learn(self, found: Iterable[tuple[Question, Answer]]) -> None:
        for question, answer in found:
            if answer.verdict not in _FORGOTTEN:
                self._lines[question.key] = (self.now_s, answer)

    def save(self) -> None:
        """Replace the file in one step; a disk that is full costs only the memory."""
        document = {
            "version": _VERSION,
            "answers": {key: _written(*line) for key, line in sorted(self._lines.items())},
        }
        name = ""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=self.path.parent, prefix=".links-")
            with open(handle, "w", encoding="utf-8") as file:  # noqa: PTH123 - it is a descriptor
                json.dump(document, file, ensure_ascii=False, indent=1)
            Path(name).replace(self.path)
        except OSError as error:
            if name:
                Path(name).unlink(missing_ok=True)
            self.note = f"answers about links could not be kept: {error.strerror}"

    def _load(self) -> None:
        try:
            lines = _lines_of(self.path)
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self.note = f"{self.path.name} cannot be read; every link is asked again"
            return
        self._lines = {key: line for key, line in lines.items() if self._is_young(*line)}

    def _is_young(self, asked_s: float, answer: Answer) -> bool:
        limit_s = ALIVE_S if answer.verdict is Verdict.ALIVE else OTHERWISE_S
        return 0 <= self.now_s - asked_s < limit_s


def _lines_of(path: Path) -> dict[str, tuple[float, Answer]]:
    """Raises OSError, or what a file of another form leads to."""
    if path.stat().st_size > MAX_FILE_BYTES:
        raise ValueError(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    if document["version"] != _VERSION:
        raise ValueError(path)
    return {str(key): _read(line) for key, line in document["answers"].items()}


def _written(asked_s: float, answer: Answer) -> Mapping[str, object]:
    line: dict[str, object] = {"asked": int(asked_s), "verdict": answer.verdict.value}
    rest = {
        "reason": answer.reason,
        "moved_to": answer.moved_to,
        "https": answer.https,
        "media_type": answer.media_type,
        "size_bytes": answer.size_bytes,
        "absent": sorted(answer.absent),
    }
    return line | {key: value for key, value in rest.items() if value}


def _read(line: Mapping[str, Any]) -> tuple[float, Answer]:
    """Raises ValueError, TypeError or KeyError for a line that we did not write."""
    size = line.get("size_bytes")
    return float(line["asked"]), Answer(
        Verdict(line["verdict"]),
        reason=str(line.get("reason", "")),
        moved_to=str(line.get("moved_to", "")),
        https=bool(line.get("https")),
        media_type=str(line.get("media_type", "")),
        size_bytes=None if size is None else int(size),
        absent=frozenset(map(str, line.get("absent", ()))),
    )
