"""Many lines of the ledger, read or changed by one statement.

A statement for each line would cost a step of the database for each, and the interpreter's lock
is given away and waited for at every step: beside busy threads that takes longer than the work.
So a group is read as one value, and its numbers are given as one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, Subquery, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from composer.storage.dialect import POSTGRESQL, is_postgres, marked

_GIVEN = "id IN (SELECT value FROM json_each(?))"
_GIVEN_TO_POSTGRES = "id = ANY(CAST(? AS BIGINT[]))"

#: When a delivery is due that is tried again under its key: at once, and told from all others.
#: It stays so until it has an answer: what an earlier attempt came to, nobody knows.
KEYED = 1  # in the statements below by its number

#: What was to be tried again under its key may have been taken before: nobody knows still.
_EXCLUDE = (
    "UPDATE deliveries SET status = CASE due WHEN 1 THEN 'unknown' ELSE 'excluded' END, "
    "reason = CASE due WHEN 1 THEN reason ELSE ? END, due = 0, at = ?"
)
_ATTEMPT = (
    "UPDATE deliveries SET status = 'attempting', attempts = attempts + 1, "
    "due = CASE due WHEN 1 THEN due ELSE 0 END, provider = ?, at = ?"
)
_GIVE_BACK = (
    "UPDATE deliveries SET status = 'planned', attempts = attempts - 1, "
    "provider = CASE due WHEN 1 THEN provider ELSE '' END, at = ?"
)
#: To be put off says nothing of the attempt before.
_STILL_UNKNOWN = (
    "UPDATE deliveries SET status = 'unknown', due = 0, at = ? "
    "WHERE status = 'attempting' AND due = 1 AND "
)
#: A server's answer may quote the address of somebody forgotten meanwhile.
_SETTLE = (
    "UPDATE deliveries SET status = ?, due = ?, at = ?, "
    "reason = CASE WHEN address = '' THEN '' ELSE ? END, "
)
#: The statuses are joined with nothing, so that no index of statuses is taken for the way.
_UNDER_WAY = "deliveries.status || '' = 'attempting'"
_NAMED = (
    f"provider_id = named.value FROM json_each(?) AS named "
    f"WHERE deliveries.id = CAST(named.key AS INTEGER) AND {_UNDER_WAY}"
)
#: A call has one name, or its messages have none: no list of pairs to be put together.
_NAMED_ALIKE = f"provider_id = ? WHERE {_UNDER_WAY} AND "
_NAMED_TO_POSTGRES = (
    "provider_id = named.value FROM unnest(CAST(? AS BIGINT[]), CAST(? AS TEXT[])) "
    f"AS named (key, value) WHERE deliveries.id = named.key AND {_UNDER_WAY}"
)


# --- reading --------------------------------------------------------------------------------


class _Together(FunctionElement[str]):
    """All rows of a query as the text of one JSON array of arrays; NULL or `[]` for none."""

    name = "together"
    inherit_cache: bool | None = True


@compiles(_Together)
def _together(element: _Together, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json_group_array(json_array({compiler.process(element.clauses, **kw)}))"


@compiles(_Together, POSTGRESQL)
def _together_on_postgres(element: _Together, compiler: SQLCompiler, **kw: Any) -> str:
    values = compiler.process(element.clauses, **kw)
    return f"CAST(json_agg(json_build_array({values})) AS TEXT)"


class _Inner(FunctionElement[str]):
    """The text of a JSON document, to become a part of a larger one."""

    name = "inner_json"
    inherit_cache: bool | None = True


@compiles(_Inner)
def _inner(element: _Inner, compiler: SQLCompiler, **kw: Any) -> str:
    return f"json({compiler.process(element.clauses, **kw)})"


@compiles(_Inner, POSTGRESQL)
def _inner_on_postgres(element: _Inner, compiler: SQLCompiler, **kw: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **kw)} AS JSON)"


def together(query: Select[Any], *, documents: frozenset[str]) -> Select[Any]:
    """`query` with all its rows in one value; its columns named in `documents` hold JSON."""
    rows: Subquery = query.subquery()
    values: list[ColumnElement[Any]] = [
        type_coerce(_Inner(column), String()) if column.name in documents else column
        for column in rows.c
    ]
    return select(type_coerce(_Together(*values), String())).select_from(rows)


def rows_together(
    connection: Connection, query: Select[Any], wanted: Mapping[str, object]
) -> list[list[Any]]:
    """What a query of `together` finds, in any order."""
    found: list[list[Any]] = json.loads(connection.execute(query, wanted).scalar() or "[]")
    return found


# --- changing -------------------------------------------------------------------------------


def exclude(connection: Connection, lines: Sequence[int], why: str, *, now: int) -> None:
    """Who is not to be mailed any more, or not now."""
    _change(connection, f"{_EXCLUDE} WHERE ", (why, now), lines)


def attempt(connection: Connection, lines: Sequence[int], provider: str, *, now: int) -> None:
    """Write the intent."""
    _change(connection, f"{_ATTEMPT} WHERE ", (provider, now), lines)


def give_back(connection: Connection, lines: Sequence[int], *, now: int) -> None:
    """Undo `attempt` for those that are still under way."""
    _change(connection, f"{_GIVE_BACK} WHERE {_UNDER_WAY} AND ", (now,), lines)


def settle(
    connection: Connection,
    said: tuple[str, int, str],
    named: Mapping[int, str],
    *,
    now: int,
) -> None:
    """The outcome of those that are under way: status, due and reason that they have in common.

    `named` has their provider's names by their numbers.
    """
    status, due, reason = said
    if status == "deferred":
        _change(connection, _STILL_UNKNOWN, (now,), list(named))
    given = (status, due, now, reason)
    if len(names := set(named.values())) == 1:
        _change(connection, _SETTLE + _NAMED_ALIKE, (*given, *names), list(named))
    elif is_postgres(connection):
        lists = (list(named), list(named.values()))
        connection.exec_driver_sql(
            marked(connection, _SETTLE + _NAMED_TO_POSTGRES), (*given, *lists)
        )
    else:
        connection.exec_driver_sql(_SETTLE + _NAMED, (*given, json.dumps(named)))


def _change(
    connection: Connection, statement: str, given: tuple[object, ...], lines: Sequence[int]
) -> None:
    if is_postgres(connection):
        change = marked(connection, statement + _GIVEN_TO_POSTGRES)
        connection.exec_driver_sql(change, (*given, list(lines)))
    else:
        connection.exec_driver_sql(statement + _GIVEN, (*given, json.dumps(lines)))
