"""What a newcomer meets in a folder: the start of a site, and the start of an issue."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from composer.errors import ComposerError, GuardError, NamedError, Place
from composer.reading.yaml_text import front_matter
from composer.whole_file import write_new, write_whole

#: The files of a new site, copied from this project's own example site.
STARTER = ("newsletter.toml", "subscribers.example.csv", "issues/2026-014", "issues/2026-015")

#: One more issue for a site that starts with this template: it shows what that can do.
SAMPLES = {"digest": "2026-016", "letter": "2026-017"}

#: The approved renditions of an issue: ours say nothing of another site.
SNAPSHOTS = "snapshots"

#: What git must not have: each pattern, and why.
IGNORED = {
    ".newsletter/": "what newsletter keeps: the list, the books, the outbox",
    "keys/": "private keys",
    "*.pem": "private keys, wherever they are",
}
TEMPLATES_README = """\
# Templates

There is nothing here, and nothing has to be: the built-in templates are used. To change one, put a
file of the same name here; it goes before the built-in one. To have one of your own, write
`newsletter templates copy monitor ours`. `template = "ours"` in `newsletter.toml` says which one is
used: `ours.mjml.j2`.
"""

_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_LAST_NUMBER = re.compile(r"\d+(?=\D*$)")
_FENCED = re.compile(
    r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_EXPRESSION = re.compile(r"\{\{.*?\}\}")

#: An issue's file, its front matter, and its greeting.
Known = tuple[Path, Mapping[str, object], str]

#: What a new issue says until somebody writes it.
DRAFT_HEADING = "The First Story"
DRAFT_TEXT = "What happened, and why it matters."


# --- a site ------------------------------------------------------------------------------


def starter_folder() -> Path:
    """Where the files of a new site are: inside the package, or at the root of a checkout."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "starter"
    return inside if inside.is_dir() else package.parent


def start_site(
    folder: Path, template: str = "monitor", *, samples: bool = True
) -> tuple[Path, ...]:
    """Write the files of a new site into `folder`; return their paths, relative to it.

    Its letters look like `template`, of which there is a sample among the `samples`: some issues
    and a list.

    A `.gitignore` that is there gets the lines that it lacks; no other file is ever changed.

    Raises:
        GuardError: some of the files are there already; nothing was written.
    """
    settings = Path("newsletter.toml")
    files = dict(_starter_files(template) if samples else _files_of(str(settings)))
    files[settings] = files[settings].replace(b'"monitor"', f'"{template}"'.encode(), 1)
    files[Path("email_templates/README.md")] = TEMPLATES_README.encode()
    taken = [path for path in files if (folder / path).exists()]
    if taken:
        names = ", ".join(str(path) for path in taken)
        raise GuardError(
            f"{folder} already has {names}; nothing was written",
            hint="newsletter init DIR starts a site in another folder",
        )
    write_new({folder / path: data for path, data in files.items()})
    if _ignore_state(folder / ".gitignore"):
        files[Path(".gitignore")] = b""
    return tuple(sorted(files))


def _starter_files(template: str) -> Iterator[tuple[Path, bytes]]:
    sample = (f"issues/{SAMPLES[template]}",) if template in SAMPLES else ()
    return _files_of(*STARTER, *sample)


def _files_of(*names: str) -> Iterator[tuple[Path, bytes]]:
    root = starter_folder()
    for name in names:
        source = root / name
        for path in sorted(source.rglob("*")) if source.is_dir() else [source]:
            if path.is_file() and SNAPSHOTS not in path.relative_to(root).parts:
                yield path.relative_to(root), path.read_bytes()


def _ignore_state(path: Path) -> bool:
    """Make git ignore what is never to be committed; whether anything had to be written."""
    held = path.read_bytes() if path.exists() else b""
    there = held.split()
    lacking = [f"# {why}\n{what}\n" for what, why in IGNORED.items() if what.encode() not in there]
    if not lacking:
        return False
    gap = b"" if not held or held.endswith(b"\n") else b"\n"
    write_whole(path, held + gap + "".join(lacking).encode())
    return True


# --- an issue ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """A new issue's file, and the one that its front matter was taken from, if any."""

    path: Path
    source: Path | None
    number: str


def start_issue(
    folder: Path, name: str, *, newsletter: str, source: Path | None, today: date
) -> Started:
    """Write `folder/issues/NAME/issue.md` on the model of `source`, or of the newest issue.

    Authors and categories are kept, the number is the next one that no issue has, the date is
    `today`.

    Raises:
        GuardError: there is such an issue already.
        NamedError: `name` cannot name a folder.
        ComposerError: the front matter of `source` cannot be read.
    """
    path = issue_file(folder, name)
    known = tuple(_issues(folder))
    old, greeting = (_model(source) if source else None) or ({}, "")
    if source is None and (newest := _newest(known)):
        source, old, greeting = newest
    taken = {str(front.get("number")) for _, front, _ in known}
    number = _next(str(old.get("number") or "0"))
    while number in taken and _LAST_NUMBER.search(number):
        number = _next(number)
    written = str(old.get("title") or "")
    title = _renumbered(written, old.get("number"), number) or f"{newsletter} No. {number}"
    head = front_matter(
        {
            "schema": 1,
            "number": int(number) if number.isdigit() and str(int(number)) == number else number,
            "title": title,
            "date": today,
            "authors": _names(old.get("authors")),
            "categories": _names(old.get("categories")),
        }
    )
    prompts = (
        f'# subject: "{newsletter} {number}: what is inside, in a few words"\n'
        "# preheader: The line that an inbox shows after the subject.\n"
    )
    head = head.removesuffix("---\n") + prompts + "---\n"
    body = f"## {DRAFT_HEADING}\n\n{DRAFT_TEXT}\n"
    text = "\n".join(filter(None, (head, greeting and greeting + "\n", body)))
    write_new({path: text.encode()})
    return Started(path, source, number)


def issue_file(folder: Path, name: str) -> Path:
    """The file of a new issue.

    Raises:
        GuardError: it is there already.
        NamedError: `name` cannot name a folder.
    """
    if not _NAME.fullmatch(name):
        raise NamedError(
            f"{name!r} cannot name an issue",
            hint="letters, digits, dots, dashes and underscores: 2026-016",
        )
    path = folder / "issues" / name / "issue.md"
    if path.parent.exists():
        raise GuardError(f"there is an issue {name!r} already", hint="choose another name")
    return path


def _issues(folder: Path) -> Iterator[Known]:
    """Every issue whose front matter can be read."""
    for path in sorted((folder / "issues").glob("*/issue.md")):
        with suppress(ComposerError, OSError):
            yield path, *_model(path)


def _newest(known: Iterable[Known]) -> Known | None:
    """The one with the latest date."""
    dated = [each for each in known if isinstance(each[1].get("date"), date)]
    return max(dated, key=lambda each: (str(each[1]["date"]), each[0]), default=None)


def _model(path: Path) -> tuple[Mapping[str, object], str]:
    """The front matter of an issue, and its greeting: a first paragraph with an expression."""
    from ruamel.yaml import YAML  # noqa: PLC0415 - 40 ms that init need not pay
    from ruamel.yaml.error import YAMLError  # noqa: PLC0415 - as above

    try:
        text = path.read_text("utf-8")
        match = _FENCED.match(text)
        front = YAML(typ="safe", pure=True).load(match[1]) if match else None
    except (YAMLError, UnicodeDecodeError, ValueError) as error:
        raise ComposerError(
            "its front matter cannot be read", place=Place(path), hint="newsletter check says why"
        ) from error
    if not isinstance(front, dict) or match is None:
        raise ComposerError(
            "it has no front matter", place=Place(path), hint="choose another issue"
        )
    first = text[match.end() :].strip().split("\n\n")[0].strip()
    greeting = (
        first if _EXPRESSION.search(first) and len(first) < 200 and first[0] not in "#:" else ""
    )
    return {str(key): value for key, value in front.items()}, greeting


def _next(number: str) -> str:
    """The number after this one: its last digits count on, their width is kept."""
    return _LAST_NUMBER.sub(lambda m: str(int(m[0]) + 1).zfill(len(m[0])), number)


def _renumbered(title: str, old: object, new: str) -> str:
    if old is None:
        return _next(title)
    return re.sub(rf"(?<!\d){re.escape(str(old))}(?!\d)", lambda _: new, title)


def _names(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
