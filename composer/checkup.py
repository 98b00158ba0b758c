"""`newsletter check`, `plan` and the preview ask here: what is wrong with a site and its issues?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from time import perf_counter

from composer.checks.catalogue import policy, unknown_overrides
from composer.checks.examined import SiteSeen, TemplateFile, look_with
from composer.checks.fixing import mended
from composer.checks.fronts import Front, fronts_of
from composer.checks.link_codes import LINKS
from composer.checks.rules import SITE_RULES, TEMPLATE_RULES
from composer.checks.spam_codes import SPAM
from composer.checks.verdict import Policy, excused, judged, judged_texts
from composer.errors import Place, SourceError, TemplateError
from composer.in_processes import in_processes
from composer.model.finding import Finding, Severity
from composer.reading.site_file import SITE_FILE
from composer.reading.source import text_of
from composer.reading.translations import translation_files
from composer.rendering.templates import FOLDER
from composer.site import Site
from composer.whole_file import whole_file

#: The code, severity and summary of a check.
Code = tuple[str, Severity, str]


@dataclass(frozen=True, slots=True)
class Order:
    """What another process is told: where the site is, and what this run has chosen."""

    folder: Path
    environ: Mapping[str, str] = field(repr=False)
    policy: Policy
    links: Mapping[Path, Sequence[Finding]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one issue gave; see `Checkup`."""

    path: Path
    findings: Sequence[Finding]
    read: Sequence[Path]
    took_s: float
    silenced: Sequence[tuple[Finding, str]]


@dataclass(frozen=True, slots=True)
class Named:
    """What one run looks at: whether newsletter.toml, which templates and which issues."""

    site: bool
    templates: Sequence[Path]
    issues: Sequence[Path]


@dataclass(frozen=True)
class Checkup:
    """Looks at a site with what one run has chosen; sends nothing and asks no network.

    `links` is what the network was found to say of each issue's file, if it was asked.
    """

    site: Site
    policy: Policy
    read: list[Path] = field(default_factory=list)  #: every file that was looked at
    took: dict[Path, float] = field(default_factory=dict)  #: seconds, for each issue
    #: what authors silenced, with their reasons
    silenced: list[tuple[Finding, str]] = field(default_factory=list)
    links: Mapping[Path, Sequence[Finding]] = field(default_factory=dict)

    @classmethod
    def of(cls, site: Site, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Checkup:
        """Raises NamedError when `select` or `ignore` names no check."""
        chosen = policy(site.settings, tuple(select), tuple(ignore))
        return cls(site, replace(chosen, unasked=frozenset(code for code, _, _ in (*LINKS, *SPAM))))

    def knowing(self, findings: Iterable[Finding], asked: Iterable[Code]) -> Checkup:
        """The same, with what was said elsewhere: of links, of spam. `asked` are its checks."""
        links = {path: list(known) for path, known in self.links.items()}
        for finding in findings:
            links.setdefault(finding.path, []).append(finding)
        unasked = self.policy.unasked - {code for code, _, _ in asked}
        return replace(self, policy=replace(self.policy, unasked=unasked), links=links)

    def everything(self, paths: Sequence[Path]) -> list[Finding]:
        """The site, its templates and the issues in `paths`; each finding once."""
        return list(dict.fromkeys([*self.of_site(), *self.of_templates(), *self.of_issues(paths)]))

    def named(self, names: Sequence[str]) -> Named:
        """What `names` mean: issues, templates, newsletter.toml, or folders of these.

        Raises:
            NamedError, AudienceError: one of them is none of this.
        """
        site, templates, issues = False, dict[Path, None](), dict[Path, None]()
        for name in names:
            path = self.site.place_of(name)
            if path is None:
                issues |= dict.fromkeys(self.site.issue_paths_of(name))
            elif path == self.site.folder.resolve():
                site = True
                templates |= dict.fromkeys(self.site.template_paths())
                issues |= dict.fromkeys(self.site.issue_paths())
            elif path.name == SITE_FILE:
                site = True
            else:
                templates |= dict.fromkeys(self.site.template_paths_of(name, path))
        return Named(site, tuple(templates), tuple(issues))

    def of_named(self, named: Named) -> list[Finding]:
        """What is said of them; each finding once."""
        own = self.of_site() if named.site else []
        templates = self.of_templates(named.templates)
        return list(dict.fromkeys([*own, *templates, *self.of_issues(named.issues)]))

    def of_issues(self, paths: Sequence[Path]) -> list[Finding]:
        """What is said of each issue; of many, by all processors of the machine."""
        order = Order(self.site.folder, dict(self.site.environ), self.policy, self.links)
        shares = in_processes(self._look, _looker, order, paths)
        return self._noted(looked for share in shares for looked in share)

    def of_issue(self, path: Path) -> list[Finding]:
        """Everything that reading, rendering and the rules say of one issue."""
        return self._noted([self._looked(path)])

    def _noted(self, share: Iterable[Looked]) -> list[Finding]:
        found: list[Finding] = []
        for looked in share:
            found += looked.findings
            self.read.extend(looked.read)
            self.took[looked.path] = looked.took_s
            self.silenced.extend(looked.silenced)
        return found

    def _look(self, paths: Sequence[Path]) -> list[Looked]:
        return [self._looked(path) for path in paths]

    def _looked(self, path: Path) -> Looked:
        begun = perf_counter()
        texts = [path, *translation_files(path)]
        silenced: Sequence[tuple[Finding, str]] = ()
        try:
            findings = self._unjudged(path)
        except SourceError as error:
            found = judged(error.findings, self.policy)  # type: ignore[arg-type]
        else:
            told = {(f.code, f.path, f.line, f.column) for f in findings}
            for text in texts:
                asked = self.links.get(text, ())
                findings += [f for f in asked if (f.code, f.path, f.line, f.column) not in told]
            silenced = tuple(excused(findings, texts, self.policy))
            found = judged_texts(findings, texts, self.policy, whole=True)
        return Looked(path, found, texts, perf_counter() - begun, silenced)

    @cached_property
    def _others(self) -> Sequence[Front]:
        """What the issues of the site say of themselves, read once for all of them."""
        return fronts_of(self.site.issue_paths())

    def _unjudged(self, path: Path) -> list[Finding]:
        reading = self.site.inspect(path)
        if reading.issue is None:
            return list(reading.findings)
        try:
            editions = self.site.editions(reading.issue)
        except TemplateError as error:
            return [*reading.findings, _of_template(error, path)]
        live = self.site.is_live
        said = self.site.looked_at(reading.issue, editions, live=live, others=self._others)
        return [*reading.findings, *said]

    def of_templates(self, paths: Sequence[Path] | None = None) -> list[Finding]:
        """The templates in `paths`; else all that stand in the site's own folder."""
        site = self.site
        found: list[Finding] = []
        for path in site.template_paths() if paths is None else paths:
            self.read.append(path)
            name = path.relative_to(site.folder / FOLDER).as_posix()
            try:
                text = site.templates.read(name)
                found += [_of_template(error, path) for error in site.templates.problems(name)]
            except TemplateError as error:
                found.append(_of_template(error, path))
                continue
            seen = TemplateFile(
                name, path, text or "", site.settings, own=True, read=site.templates.read
            )
            found += look_with(TEMPLATE_RULES, seen)
        return judged(found, self.policy)

    def of_site(self) -> list[Finding]:
        """newsletter.toml, as far as it can be read at all."""
        site = self.site
        path = site.folder / SITE_FILE
        self.read.append(path)
        seen = SiteSeen(
            settings=site.settings,
            path=path,
            source=text_of(path),
            issue_paths=site.issue_paths(),
            template_names=site.templates.names,
            today=datetime.now(UTC).date(),
        )
        found = [*look_with(SITE_RULES, seen), *self._segment_rules()]
        found += unknown_overrides(site.settings, seen.source, path)
        return judged(found, self.policy)

    def _segment_rules(self) -> Iterator[Finding]:
        """Rules are read when a command needs them; here one wants to know."""
        try:
            _ = self.site.rules
        except SourceError as error:
            yield from (f for f in error.findings if isinstance(f, Finding))


def _of_template(error: TemplateError, path: Path) -> Finding:
    """`error` as a finding, in `path` where it names no place."""
    place = error.place or Place(path)
    return Finding(
        code="template/error",
        severity=Severity.ERROR,
        message=error.problem,
        hint=error.hint,
        path=place.path,
        line=place.line or 1,
        column=place.column or 1,
    )


def mend(findings: Sequence[Finding]) -> list[Finding]:
    """Make the changes that findings carry, each file in one go; those that were made."""
    made: list[Finding] = []
    for path in dict.fromkeys(f.path for f in findings if f.fix):
        raw = path.read_bytes()
        text = raw.decode("utf-8-sig")
        mark = "\ufeff" if raw.startswith(b"\xef\xbb\xbf") else ""
        new, done = mended(text, [f for f in findings if f.path == path])
        if done:
            with whole_file(path) as file:
                file.write(mark + new)
            made += done
    return made


def _looker(order: Order) -> Callable[[Sequence[Path]], list[Looked]]:
    """In another process: what looks at its shares of the issues."""
    site = Site.find(order.folder, order.environ)
    return Checkup(site, order.policy, links=order.links)._look  # noqa: SLF001 - its own
