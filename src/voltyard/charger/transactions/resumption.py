"""Resumption of transactions after a power loss, where the station is made for it.

OCPP 1.6 and 2.0.1 leave to the station whether a transaction ends with PowerLoss or goes on, and
have no message for the latter: the meter values around the loss say so (ReadingContext
Interruption.Begin and Interruption.End). TxResumed, TxCtrlr.ResumptionTimeout and a reset that
resumes (B13, E17) are OCPP 2.1's.
"""

from __future__ import annotations

from typing import Final

from voltyard.charger.context import ChargerContext
from voltyard.charger.evse import metering
from voltyard.charger.evse.evse import Evse
from voltyard.charger.transactions.lifecycle import TransactionLifecycle
from voltyard.charger.variables.standard.meter_values import SAMPLED_MEASURANDS
from voltyard.kernel.time import Instant

_REGISTER: Final = ("Energy.Active.Import.Register",)


def may_resume(context: ChargerContext, evse: Evse, cut_at: Instant) -> bool:
    """True where the transaction of an EVSE goes on after power was gone since that moment of the
    charger's clock: not for too long, with the cable in, and whoever began it still authorized."""
    transaction = evse.transaction
    timeout_s = context.spec.resumption_timeout_s
    if transaction is None or timeout_s <= 0.0:
        return False
    if context.time - cut_at > timeout_s or not evse.plug.connected:
        return False
    if transaction.reason is not None or evse.authorization.finished:
        return False  # it was ending
    return transaction.id_token is None or evse.authorization.id_token is not None


def resume(
    context: ChargerContext, transactions: TransactionLifecycle, evse: Evse, cut_at: Instant
) -> None:
    """Let the transaction of an EVSE go on, and tell of it once the boot is accepted."""
    transaction = evse.transaction
    assert transaction is not None
    context.remember()
    if evse.negotiation is not None:
        evse.negotiation.start_over()
    transaction.resume()
    measurands = context.settings.members(SAMPLED_MEASURANDS)
    before = metering.read(evse, _REGISTER, "Interruption.Begin", cut_at)
    after = metering.read(evse, measurands, "Interruption.End", context.time)
    transactions.tell_values(evse, "TxResumed", before + after)
    transactions.schedule(evse)
    evse.foresee()
