"""What SQLite and PostgreSQL write in different ways; the rooms say what they mean, here is how."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    String,
    Table,
    Text,
    and_,
    func,
    inspect,
    type_coerce,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

POSTGRESQL = "postgresql"

#: The numbers of rows. SQLite counts up in INTEGER alone, which holds 64 bits there.
NUMBER = BigInteger().with_variant(Integer(), "sqlite")
#: Text that is compared by its code points, whatever language a server sorts by.
WORDS = String().with_variant(String(collation="C"), POSTGRESQL)
LONG_TEXT = Text().with_variant(Text(collation="C"), POSTGRESQL)

#: What PostgreSQL would cut off of a name without a word, and mistake it for another.
MAX_NAME_CHARS = 63


# --- expressions ----------------------------------------------------------------------------


class _RawField(FunctionElement[str]):
    """The text of a JSON object under a name, which comes with its path; NULL without one."""

    name = "raw_field"
    inherit_cache: bool | None = True


@compiles(_RawField)
def _raw_field(element: _RawField, compiler: SQLCompiler, **kw: Any) -> str:
    fields, _, path = element.clauses
    return f"json_extract({compiler.process(fields, **kw)}, {compiler.process(path, **kw)})"


@compiles(_RawField, POSTGRESQL)
def _raw_field_of_postgres(element: _RawField, compiler: SQLCompiler, **kw: Any) -> str:
    fields, name, _ = element.clauses
    return f"(CAST({compiler.process(fields, **kw)} AS JSON) ->> {compiler.process(name, **kw)})"


class _Position(FunctionElement[int]):
    """Where the second text begins in the first, from 1; 0 when it is not there."""

    name = "position_of"
    inherit_cache: bool | None = True


@compiles(_Position)
def _position(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"instr({compiler.process(element.clauses, **kw)})"


@compiles(_Position, POSTGRESQL)
def _position_of_postgres(element: _Position, compiler: SQLCompiler, **kw: Any) -> str:
    return f"strpos({compiler.process(element.clauses, **kw)})"


class _LastPiece(FunctionElement[str]):
    """So many characters of the end of a text, or all of it when it is shorter."""

    name = "last_piece"
    inherit_cache: bool | None = True


@compiles(_LastPiece)
def _last_piece(element: _LastPiece, compiler: SQLCompiler, **kw: Any) -> str:
    text, length = element.clauses
    return f"substr({compiler.process(text, **kw)}, -{compiler.process(length, **kw)})"


@compiles(_LastPiece, POSTGRESQL)
def _last_piece_of_postgres(element: _LastPiece, compiler: SQLCompiler, **kw: Any) -> str:
    return f"right({compiler.process(element.clauses, **kw)})"


def raw_field(fields: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    """The raw text of a field that has no column of its own; NULL where there is none."""
    return type_coerce(_RawField(fields, name, f'$."{name}"'), String())


def has_item(column: ColumnElement[Any], item: str) -> ColumnElement[bool]:
    """Whether a set, stored as `;a;b;`, holds `item`."""
    return type_coerce(_Position(column, f";{item};"), Integer()) > 0


def starts_with(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    """To the letter: LIKE would take `%` for anything and ignore case."""
    piece: ColumnElement[str] = func.substr(column, 1, len(text))
    return piece == text


def ends_with(column: ColumnElement[Any], text: str) -> ColumnElement[bool]:
    # A longer piece than the text itself would be the whole of it, and might be equal.
    length = len(text)
    return and_(
        func.length(column) >= length, type_coerce(_LastPiece(column, length), String()) == text
    )


# --- statements -----------------------------------------------------------------------------


def is_postgres(connection: Connection) -> bool:
    return connection.dialect.name == POSTGRESQL


def insert(connection: Connection, table: Table) -> postgresql.Insert | sqlite.Insert:
    """An INSERT that may say ON CONFLICT, which both databases understand alike."""
    return postgresql.insert(table) if is_postgres(connection) else sqlite.insert(table)


def marked(connection: Connection, statement: str) -> str:
    """Our own SQL with the driver's mark for a value in the place of each `?`."""
    return statement.replace("?", "%s") if is_postgres(connection) else statement


def columns_of(connection: Connection, table: str) -> set[str]:
    return {str(column["name"]) for column in inspect(connection).get_columns(table)}
