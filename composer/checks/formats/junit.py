"""JUnit XML, as Jenkins, GitLab and most others read it (the schema of Jenkins' xUnit plugin)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as ET

from composer.checks.formats.checked import Checked
from composer.checks.formats.text import finding_text
from composer.model.finding import Finding

#: What XML 1.0 has no place for, section 2.2: most controls, and halves of characters.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_text(checked: Checked) -> str:
    """A suite for each file that was looked at, a case for each finding.

    Only what fails the run is a failure; a lesser finding is a case that passes and says so in
    `system-out`. A file without findings is one case that passes.
    """
    suites = [_suite(checked, path, found) for path, found in checked.by_file().items()]
    if checked.trouble:
        suites.append(_broken(checked))
    root = ET.Element("testsuites", name="newsletter check")
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in suites)))
    root.extend(suites)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(checked: Checked, path: Path, found: Sequence[Finding]) -> ET.Element:
    name = _xml(checked.name(path))
    failures = sum(finding.severity in checked.failing for finding in found)
    suite = _totals(name, tests=max(len(found), 1), failures=failures)
    suite.set("time", f"{checked.files.get(path, 0.0):.3f}")
    if not found:
        ET.SubElement(suite, "testcase", classname=name, name="no findings")
    seen: Counter[str] = Counter()
    for finding in found:
        # The name must not hold the line: a finding that has only moved is the same case.
        title = f"{finding.code}: {finding.message}"
        seen[title] += 1
        number = f" ({seen[title]})" if seen[title] > 1 else ""
        case = ET.SubElement(suite, "testcase", classname=name, name=_xml(title + number))
        told = _xml(finding_text(finding))
        if finding.severity in checked.failing:
            message = _xml(f"{finding.line}:{finding.column}: {finding.message}")
            failure = ET.SubElement(case, "failure", type=finding.code, message=message)
            failure.text = told
        else:
            ET.SubElement(case, "system-out").text = told
    return suite


def _broken(checked: Checked) -> ET.Element:
    trouble = checked.trouble
    suite = _totals("newsletter", tests=1, errors=1)
    case = ET.SubElement(suite, "testcase", classname="newsletter", name="the site can be checked")
    if trouble:
        message = _xml(trouble.message)
        place = f"{trouble.place}: " if trouble.place else ""
        error = ET.SubElement(case, "error", type="newsletter", message=message)
        error.text = _xml(f"{place}{trouble.message}\n  hint: {trouble.hint}".rstrip())
    return suite


def _totals(name: str, *, tests: int, failures: int = 0, errors: int = 0) -> ET.Element:
    return ET.Element(
        "testsuite",
        name=name,
        tests=str(tests),
        failures=str(failures),
        errors=str(errors),
        skipped="0",
    )


def _xml(text: str) -> str:
    return _NO_XML.sub("\ufffd", text)
