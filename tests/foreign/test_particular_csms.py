"""A CSMS that looks at a token's type as CitrineOS does: ISO14443 is 4 or 7 bytes in hex."""

import re
import time
from typing import Any

from ocpp.routing import on
from ocpp.v201 import call_result as result201

from tests.foreign.peers import csms as peers
from tests.foreign.peers.csms import ForeignCsms
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.drivers.fleet import FleetTally, drive_fleet
from voltyard.drivers.tags import TagMix, drivers_named, tag_dealer
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.runtimes.host.host import Host

UID = re.compile(r"[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}")


class Particular(peers.Charger201):
    """Accepts a card's UID, and no other text of that type."""

    def _info(self, id_token: dict[str, Any]) -> dict[str, str]:
        fits = id_token["type"] != "ISO14443" or UID.fullmatch(id_token["id_token"])
        return {"status": "Accepted" if fits else "Invalid"}

    @on("Authorize")
    def on_authorize(self, id_token: dict[str, Any], **_: Any) -> result201.Authorize:
        return result201.Authorize(self._info(id_token))


async def test_a_fleet_charges_there_with_the_tags_it_has_by_itself() -> None:
    async with ForeignCsms(kind_201=Particular) as csms:
        specs = [
            ChargerSpec(
                identity=f"YARD-{number:05d}",
                version="2.0.1",
                csms_url=csms.url,
                evses=(EvseSpec(),),
                seed=7,
            )
            for number in (1, 2, 3)
        ]
        known = drivers_named(len(specs))

        async def watch(host: Host, tally: FleetTally) -> None:
            await csms.record.until_call(
                "TransactionEvent",
                lambda call: call["transactionInfo"].get("chargingState") == "Charging",
            )

        tally = await drive_fleet(
            specs, PicowsDialler(), time.time, tag_dealer(TagMix(tags=known)), watch, rate=60.0
        )

    assert tally.running + tally.completed > 0
    assert not csms.record.errors
