"""Exit codes: what a script can read from how a command ended."""

from __future__ import annotations

from enum import IntEnum

from composer.errors import (
    AudienceError,
    ComposerError,
    ConfigError,
    GuardError,
    Misconfigured,
    NamedError,
    StorageError,
    TemplateError,
    Unreachable,
)


def as_named(error: TemplateError) -> ComposerError:
    """`error` about a template that somebody typed; one about a file stays what it is."""
    return error if error.place else NamedError(error.problem, hint=error.hint)


class Exit(IntEnum):
    """The contract of every command."""

    DONE = 0
    FINDINGS = 1  #: findings; or some deliveries refused, deferred or unknown
    USAGE = 2  #: what was typed names nothing, or cannot be understood
    GUARD = 3  #: not confirmed, stale plan, already sent, check errors
    CONFIG = 4  #: configuration or credentials
    UNREACHABLE = 5  #: provider or network out of reach, nothing sent
    INTERRUPTED = 6  #: part-way; the same command resumes


def exit_for(error: ComposerError) -> Exit:
    """The exit code that `error` stands for."""
    match error:
        case GuardError():
            return Exit.GUARD
        case ConfigError() | Misconfigured() | StorageError():
            return Exit.CONFIG
        case Unreachable():
            return Exit.UNREACHABLE
        case AudienceError() | NamedError():
            return Exit.USAGE
        case _:
            return Exit.FINDINGS
