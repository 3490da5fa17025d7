"""Invariants of costs: right to the cent at each end, and never falling while energy flows.

What the backend says a transaction costs, in its rows, in CostUpdated and in totalCost, is compared
with what it must cost by the registers and moments that its charger has told, in order, each once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from voltyard.charger.description.events import Framed
from voltyard.csms.records import TransactionStored
from voltyard.csms.tariffs.tariff_rows import TariffStored, read_terms
from voltyard.kernel.time import MINUTE_S, Instant, from_rfc3339
from voltyard.simulation.checkers import InvariantBroken
from voltyard.simulation.costs.reckoned_costs import ReckonedCost, ToldUsage, never_falls

_REGISTER: Final = "Energy.Active.Import.Register"
_TOLD_IN: Final = ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent")


class CostAccount:
    """The cost of one transaction, by its charger's messages so far."""

    def __init__(self, begun_ms: int, start_wh: Decimal | None) -> None:
        self.begun_ms = begun_ms
        self.start_wh = start_wh
        self.tag: str | None = None
        self.messages: set[object] = set()
        """Messages that are reckoned in, by seqNo (2.0.1) or text (1.6): a repeat adds nothing."""
        self.told: list[ToldUsage] = []
        self.reckoned: ReckonedCost | None = None
        self.totals: list[Decimal] = []
        """The cost after each message."""
        self.shown = 0
        """The number of the total that the charger was told last."""
        self.of_tariff = 0
        """The number of the first total by the present tariff."""
        self.taken_at: Instant = 0.0
        """The moment of the last message."""


class CostChecks:
    """Compares costs with the reckoning of them; InvariantBroken where they differ."""

    def __init__(
        self, tariffs: Iterable[TariffStored], excused: frozenset[str], *, arrives: bool
    ) -> None:
        """`excused` are chargers that tell untruths on purpose; `arrives` is True where no frame is
        lost, so that each running cost is known to its charger."""
        self._arrives = arrives
        self._excused = excused
        self._default: TariffStored | None = None
        self._assigned: dict[str, TariffStored] = {}
        for row in tariffs:
            self._assigned.update(
                dict.fromkeys((*row.charge_box_ids, *map(_folded, row.id_tags)), row)
            )
            self._default = row if row.is_default else self._default
        self._accounts: dict[tuple[str, str], CostAccount] = {}
        self._asked: dict[tuple[str, str], dict[str, Any]] = {}
        """Requests on their way, by charger and message id."""
        self.compared = 0
        """Costs that were compared."""

    # --- what goes over the links --------------------------------------------------------------

    def framed(self, key: str, frame: Framed) -> None:
        """A frame went over a charger's link."""
        if key in self._excused:
            return
        is_told = frame.action in _TOLD_IN
        if is_told and frame.direction == "cp_to_csms" and frame.kind == "call":
            request = msgspec.json.decode(frame.text)[3]
            self._asked[key, frame.message_id] = request
            if frame.action != "StartTransaction":
                self._take(key, frame, request)
        elif is_told and frame.kind == "result" and frame.verdict == "valid":
            asked = self._asked.pop((key, frame.message_id), None)
            if asked is not None:
                self._answered(key, frame, asked)
        elif frame.action == "CostUpdated" and frame.direction == "csms_to_cp":
            self._shown(key, frame)

    def _answered(self, key: str, frame: Framed, asked: dict[str, Any]) -> None:
        answer = msgspec.json.decode(frame.text)[2]
        if frame.action == "StartTransaction":
            place = (key, str(answer["transactionId"]))
            if place not in self._accounts:
                start_wh = Decimal(asked["meterStart"])
                account = self._accounts[place] = CostAccount(_ms(asked["timestamp"]), start_wh)
                self._know_driver(key, account, asked["idTag"])
        elif frame.action == "TransactionEvent" and asked["eventType"] == "Ended":
            self._compare(
                key, asked["transactionInfo"]["transactionId"], answer.get("totalCost"), frame.at
            )

    def _take(self, key: str, frame: Framed, request: dict[str, Any]) -> None:
        if frame.action == "TransactionEvent":
            self._take_event(key, frame.at, request)
            return
        account = self._accounts.get((key, str(request.get("transactionId"))))
        if account is None or repr(request) in account.messages:
            return
        account.messages.add(repr(request))
        assert account.start_wh is not None, "StartTransaction has it"
        if frame.action == "StopTransaction":
            at_ms, register = _ms(request["timestamp"]), Decimal(request["meterStop"])
        else:
            found = _last_register(request["meterValue"])
            if found is None:
                return
            at_ms, register = found
        mwh = _mwh(register - account.start_wh)
        self._add(account, ToldUsage(at_ms=at_ms, metered_at_ms=at_ms, delivered_mwh=mwh))

    def _take_event(self, key: str, at: Instant, request: dict[str, Any]) -> None:
        info, at_ms = request["transactionInfo"], _ms(request["timestamp"])
        found = _last_register(request.get("meterValue") or ())
        place = (key, info["transactionId"])
        account = self._accounts.get(place)
        if account is None:
            account = self._accounts[place] = CostAccount(
                at_ms, None if found is None else found[1]
            )
            self._know_driver(key, account, None)
        if request["seqNo"] in account.messages:
            return
        self._check_shown(place, account, at)
        account.messages.add(request["seqNo"])
        token = request.get("idToken")
        if (
            token is not None
            and account.tag is None
            and request["triggerReason"] != "StopAuthorized"
        ):
            self._know_driver(key, account, token["idToken"])
        if account.start_wh is None and found is not None:
            account.start_wh = found[1]
        is_end = request["eventType"] == "Ended"
        told = ToldUsage(at_ms=at_ms, charging_state=info.get("chargingState"))
        if found is not None and account.start_wh is not None:
            told = msgspec.structs.replace(
                told,
                metered_at_ms=at_ms if is_end else found[0],
                delivered_mwh=_mwh(found[1] - account.start_wh),
            )
        self._add(account, told)

    # --- the reckoning -------------------------------------------------------------------------

    def _know_driver(self, key: str, account: CostAccount, tag: str | None) -> None:
        """The tariff is that of the driver, if no energy has flowed before; it counts from the
        begin."""
        account.tag = tag
        row = self._assigned.get(_folded(tag or "")) or self._assigned.get(key) or self._default
        if row is None or (account.reckoned is not None and account.reckoned.has_energy):
            return
        account.reckoned = ReckonedCost(read_terms(row.terms), account.begun_ms)
        account.of_tariff = len(account.totals)
        for told in account.told:
            account.reckoned.take(told)

    def _add(self, account: CostAccount, told: ToldUsage) -> None:
        account.told.append(told)
        if account.reckoned is not None:
            account.reckoned.take(told)
            account.totals.append(account.reckoned.total)

    def _check_shown(self, place: tuple[str, str], account: CostAccount, at: Instant) -> None:
        """The last cost but that of the start was told, unless there was hardly time for it."""
        is_due = self._arrives and at - account.taken_at > MINUTE_S and account.totals
        account.taken_at = at
        reckoned = account.reckoned
        if is_due and reckoned is not None and reckoned.terms.tells_running_cost:
            told, total = account.totals[account.shown], account.totals[-1]
            if told != total:
                key, id = place
                raise InvariantBroken(at, key, f"{id} costs {total}, and {told} is what was told")

    # --- the comparison ------------------------------------------------------------------------

    def _shown(self, key: str, frame: Framed) -> None:
        """CostUpdated: the cost after one of the messages, and not before the one told last."""
        said = msgspec.json.decode(frame.text)[3]
        total, id = _decimal(said["totalCost"]), said["transactionId"]
        account = self._accounts[key, id]
        before = None  # of the present tariff
        if account.of_tariff <= account.shown < len(account.totals):
            before = account.totals[account.shown]
        later = account.totals[account.shown :]
        if total not in later:
            known = ", ".join(map(str, later)) or "nothing"
            raise InvariantBroken(frame.at, key, f"{id} is told to cost {total}; reckoned: {known}")
        account.shown += later.index(total)
        self.compared += 1
        reckoned = account.reckoned
        assert reckoned is not None, "it has a total"
        if (
            before is not None
            and total < before
            and reckoned.has_energy
            and never_falls(reckoned.terms)
        ):
            raise InvariantBroken(frame.at, key, f"the cost of {id} fell from {before} to {total}")

    def closed(self, row: TransactionStored, at: Instant) -> None:
        """The backend has completed a transaction."""
        if row.charge_box_id not in self._excused and row.ocpp_id is not None:
            total = row.cost[0].total if row.cost else None
            self._compare(row.charge_box_id, row.ocpp_id, total, at)

    def _compare(self, key: str, id: str, total: Decimal | float | None, at: Instant) -> None:
        account = self._accounts.get((key, id))
        if account is None:
            return  # 1.6: the answer to its start was lost, and it comes again
        reckoned = account.reckoned
        expected = None if reckoned is None else reckoned.total
        self.compared += expected is not None
        if (None if total is None else _decimal(total)) != expected:
            raise InvariantBroken(at, key, f"{id} costs {total}, and {expected} is reckoned")


def _last_register(readings: Iterable[Mapping[str, Any]]) -> tuple[int, Decimal] | None:
    """The last register among readings, and its moment."""
    found = [
        (_ms(reading["timestamp"]), _wh(sample))
        for reading in readings
        for sample in reading["sampledValue"]
        if sample.get("measurand", _REGISTER) == _REGISTER and "phase" not in sample
    ]
    return max(found, key=lambda one: one[0]) if found else None


def _wh(sample: Mapping[str, Any]) -> Decimal:
    unit = sample.get("unit") or sample.get("unitOfMeasure", {}).get("unit")
    return Decimal(str(sample["value"])) * (1_000 if unit == "kWh" else 1)


def _mwh(wh: Decimal) -> int:
    return round(wh * 1_000)


def _ms(timestamp: str) -> int:
    return round(from_rfc3339(timestamp) * 1_000)


def _decimal(amount: Decimal | float) -> Decimal:
    return Decimal(str(amount))


def _folded(tag: str) -> str:
    return f"tag {tag.casefold()}"
