"""Violations in stored messages: counted by rule, and by charger.

Everything is asked within one organization; another's is not there.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final, TypeAlias

import msgspec
from sqlalchemy import Connection, func, literal_column, select

from voltyard.csms import records
from voltyard.csms.reading import queries
from voltyard.kernel import limits
from voltyard.kernel.paging import Page
from voltyard.storage.csms import history
from voltyard.storage.database.rows import read_all
from voltyard.storage.schema import csms as tables

_ROWS_AT_ONCE: Final = 1_000
_POSITION: Final = re.compile(r"\[\d+\]")
_REST: Final = "..."
"""The path of a rule that takes up those beyond limits.VIOLATION_RULES."""


def list_violations(
    connection: Connection,
    organization_id: str,
    query: queries.ViolationQuery,
    *,
    by_path: bool,
    limit: int,
    offset: int,
) -> Page[queries.RuleViolations]:
    """The rules that are broken, the most often broken first. `by_path`: also told apart by the
    place in the message."""
    found: dict[queries.ViolationRule, queries.RuleViolations] = {}
    for row, faults in _straying(connection, organization_id, query):
        broken = {
            queries.ViolationRule(
                row.action, row.direction, kind, path if by_path else "", row.verdict
            )
            for kind, path in faults
        }
        for rule in broken:
            one = found.get(rule)
            if one is None and len(found) >= limits.VIOLATION_RULES:
                rule = queries.ViolationRule(None, row.direction, rule.kind, _REST, row.verdict)
                one = found.get(rule)
            if one is None:
                one = found[rule] = queries.RuleViolations(
                    rule, 0, set(), row.first_at, row.last_at, 0
                )
            one.count += row.count
            one.chargers.add(row.charge_box_id)
            one.first_at = min(one.first_at, row.first_at)
            one.last_at = max(one.last_at, row.last_at)
            one.last_number = max(one.last_number, row.last_number)
    wanted = sorted(
        found.values(), key=lambda one: (-one.count, one.rule.action or "", *one.rule[1:])
    )
    shown = wanted[offset : offset + limit]
    _add_examples(connection, shown)
    return Page(shown, len(wanted))


def list_straying_chargers(
    connection: Connection,
    organization_id: str,
    query: queries.ViolationQuery,
    *,
    limit: int,
    offset: int,
) -> Page[queries.ChargerViolations]:
    """The chargers whose messages stray, those with the most such messages first."""
    found: dict[str, queries.ChargerViolations] = {}
    for row, faults in _straying(connection, organization_id, query):
        one = found.get(row.charge_box_id)
        if one is None:
            one = queries.ChargerViolations(row.charge_box_id, 0, 0, {}, row.first_at, row.last_at)
            found[row.charge_box_id] = one
        one.count += row.count
        one.refused += row.count if row.verdict == "refused" else 0
        for kind in {kind for kind, _ in faults}:
            one.kinds[kind] = one.kinds.get(kind, 0) + row.count
        one.first_at = min(one.first_at, row.first_at)
        one.last_at = max(one.last_at, row.last_at)
    wanted = sorted(found.values(), key=lambda one: (-one.count, one.charge_box_id))
    return Page(wanted[offset : offset + limit], len(wanted))


_Faults: TypeAlias = set[tuple[str, str]]
"""Kind and path each."""


def _straying(
    connection: Connection, organization_id: str, query: queries.ViolationQuery
) -> Iterator[tuple[Any, _Faults]]:
    """Messages that stray in the same words, counted, with those of their faults that are asked
    for."""
    table = tables.messages
    what = (
        table.c.charge_box_id,
        table.c.action,
        table.c.direction,
        table.c.verdict,
        table.c.violations,
    )
    counted = (
        func.count().label("count"),
        func.min(table.c.at).label("first_at"),
        func.max(table.c.at).label("last_at"),
        func.max(table.c.number).label("last_number"),
    )
    # Word for word as the partial indexes have it: SQLite compares texts, not values.
    statement = (
        select(*what, *counted).where(table.c.verdict != literal_column("'valid'")).group_by(*what)
    )
    if query.charge_box_id is None:
        statement = statement.where(table.c.organization_id == organization_id)
    else:
        namesakes = history.namesakes(organization_id, query.charge_box_id)
        statement = statement.where(table.c.charger_id.in_(namesakes))
    statement = history.equal(
        statement, table, action=query.action, direction=query.direction, verdict=query.verdict
    )
    statement = history.between(statement, table.c.at, query.since, query.until)
    decode: Callable[[str], tuple[str, ...]]
    decode = msgspec.json.Decoder(tuple[str, ...]).decode
    for row in connection.execute(statement.execution_options(yield_per=_ROWS_AT_ONCE)):
        faults = {_fault(words) for words in decode(row.violations)}
        if query.kind is not None:
            faults = {fault for fault in faults if fault[0] == query.kind}
        if faults:
            yield row, faults


def _fault(words: str) -> tuple[str, str]:
    """Kind and path of `kind path: message`, as csms.session.message_log writes it."""
    kind, _, rest = words.partition(" ")
    return kind, _POSITION.sub("[...]", rest.partition(": ")[0])


def _add_examples(connection: Connection, shown: list[queries.RuleViolations]) -> None:
    table = tables.messages
    chosen = select(table).where(table.c.number.in_([one.last_number for one in shown]))
    examples = {row.number: row for row in read_all(connection, _NumberedMessage, chosen)}
    for one in shown:
        one.example = examples.get(one.last_number)


class _NumberedMessage(records.MessageLogged, frozen=True, kw_only=True, gc=False):
    number: int
