"""PostgreSQL's errors as ours: what is wrong, and what to try; never a value, never a password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

#: By SQLSTATE, or by its class of two characters: what is wrong, and what to try.
#: https://www.postgresql.org/docs/current/errcodes-appendix.html
_STATES: Mapping[str, tuple[str, str]] = {
    "08": ("the connection was lost", "see that the server runs, and run it again"),
    "22021": ("it holds a character that PostgreSQL does not take", "look for a NUL in it"),
    "25006": ("it may not be written: this server is a copy", "name the server it copies"),
    "28": ("the user is not let in", "look at the user, the password and pg_hba.conf"),
    "3D000": ("there is no such database", "createdb --encoding=UTF8 --template=template0 NAME"),
    "3F000": ("it has no schema to make tables in", "look at the search_path of the user"),
    "40": ("another process was in the way", "run it again"),
    "42501": ("the user may not do that", "GRANT ALL ON SCHEMA public TO the user, as its owner"),
    "42P01": ("a table of it is missing", "restore it from a backup"),
    "53100": ("the server's disk is full: nothing was written", "make room, and run it again"),
    "53200": ("the server has no memory left", "give it some, and run it again"),
    "53300": ("the server has no connection left", "raise max_connections, or close some"),
    "55P03": ("it is locked by another process", "wait for it, or end it"),
    "57014": ("a statement was ended by the server", "look at statement_timeout"),
    "57P03": ("the server is starting or stopping", "wait a moment, and run it again"),
    "57": ("the server ended the connection", "see that it runs, and run it again"),
    "58": ("the server's disk failed", "look at the server's log"),
    "XX": ("it is damaged, or the server is", "look at the server's log"),
}
#: What libpq says when there is no SQLSTATE, since nobody has answered yet.
_SAYINGS = (
    ("connection refused", "57P03", "nobody answers there"),
    ("no such file or directory", "57P03", "nobody answers there"),
    ("could not translate host name", "08", "there is no host of that name"),
    ("failed to resolve host", "08", "there is no host of that name"),
    ("name or service not known", "08", "there is no host of that name"),
    ("timeout expired", "08", "nobody answers there"),
    ("no password supplied", "28", "the server asks for a password"),
    ("password authentication failed", "28", "the user or the password is wrong"),
    ("no pg_hba.conf entry", "28", ""),
    ("does not support ssl", "28", "the server does not encrypt, and sslmode asks for it"),
    ("certificate", "28", "the server's certificate is not to be trusted"),
    ("is starting up", "57P03", ""),
    ("is shutting down", "57P03", ""),
    ("too many clients", "53300", ""),
    ("remaining connection slots", "53300", ""),
    ("no space left on device", "53100", ""),
    ("the database system is in recovery", "57P03", ""),
    ("during recovery", "25006", "it may not be written: this server is a copy"),
)
_HINTS = {
    "nobody answers there": "see that the server runs, and that host and port are right",
    "there is no host of that name": "look at the host in the URL, and at the network",
    "the server asks for a password": "set PGPASSWORD, or NEWSLETTER_DATABASE_URL with a password",
    "the server's certificate is not to be trusted": "look at sslmode and sslrootcert in the URL",
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """What is wrong, and what to try."""

    problem: str
    hint: str


def trouble_of(error: BaseException) -> Trouble:
    """What `error`, an exception of psycopg, means.

    Its own text may hold rows, and with them addresses: of an error that is not known here, the
    code alone is told.
    """
    state = str(getattr(error, "sqlstate", None) or "")
    found = _STATES.get(state) or _STATES.get(state[:2])
    text = str(error).lower()
    if "does not exist" in text and 'database "' in text and not found:
        found = _STATES["3D000"]
    if "does not exist" in text and 'role "' in text and not found:
        found = ("there is no such user", _STATES["28"][1])
    for mark, code, problem in _SAYINGS:
        if mark in text and (not found or problem):
            known, hint = _STATES[code]
            found = (problem or known, _HINTS.get(problem, hint))
            break
    if found:
        return Trouble(*found)
    if not state:
        return Trouble("the connection was lost", _STATES["08"][1])
    return Trouble(f"the server failed ({state})", "look at the server's log")
