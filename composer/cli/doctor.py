"""`newsletter doctor`: is this site fit to send?"""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from composer.cli.context import Context, pass_context
from composer.cli.exits import Exit

if TYPE_CHECKING:
    from composer.doctor.diagnosis import Diagnosis

_MARKS = {"good": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}
_WIDTH = 2


@click.command("doctor")
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="IP",
    help="An address that your mail comes from; may be said again.",
)
@click.option("--dns", metavar="IP[:PORT]", help="Ask this DNS server, not the machine's own.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "never"]),
    default="error",
    show_default=True,
    help="What makes the exit code 1.",
)
@pass_context
def doctor_command(context: Context, servers: tuple[str, ...], dns: str, fail_on: str) -> None:
    """Examine DNS, pages, provider and machine; say what to add. Sends and changes nothing.

    \b
    Examples:
      newsletter doctor
      newsletter doctor --server 192.0.2.10 --dns 192.0.2.53
    """
    from composer.doctor.examine import examine
    from composer.doctor.patient import Patient
    from composer.doctor.resolver import Resolver
    from composer.http_client import HttpWeb

    addresses = tuple(map(_address, servers))
    patient = Patient(context.site, Resolver(dns or ""), HttpWeb(), addresses)
    found = examine(patient)
    tally = Counter(str(one.health) for one in found)
    document = {"healthy": not tally["error"], "diagnoses": [one.document for one in found]}
    context.result(_text(found), document)
    raise click.exceptions.Exit(_exit(tally, fail_on))


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is no IP address") from None


def _text(found: Sequence[Diagnosis]) -> str:
    """A line for each, and below it what to do."""
    lines = []
    for one in found:
        mark, colour = _MARKS.get(str(one.health), ("?", "cyan"))
        lines.append(f"{click.style(mark, fg=colour)} {one.message}  [{one.code}]")
        if one.remedy:
            lines.append(f"{' ' * _WIDTH}→ {one.remedy}")
    return "\n".join(lines)


def _exit(tally: Counter[str], fail_on: str) -> Exit:
    failing = {"error": ("error",), "warning": ("error", "warning"), "never": ()}[fail_on]
    return Exit.FINDINGS if any(tally[health] for health in failing) else Exit.DONE
