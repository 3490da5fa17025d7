"""Network profiles over OCPP 2.0.1 (B09)."""

from voltyard.csms.commands import network
from voltyard.csms.dialect import NextNumber, typed
from voltyard.csms.translation import CommandTable
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _set(command: network.SetNetworkProfile, number: NextNumber) -> Payload:
    return m.SetNetworkProfileRequest(
        configuration_slot=command.slot,
        connection_data=m.NetworkConnectionProfile(
            apn=None if command.apn is None else typed(m.APN, command.apn, "apn"),
            ocpp_version="OCPP20",
            ocpp_transport="JSON",
            ocpp_csms_url=command.csms_url,
            message_timeout=command.message_timeout_s,
            security_profile=command.security_profile,
            ocpp_interface=command.interface,
            vpn=None if command.vpn is None else typed(m.VPN, command.vpn, "vpn"),
        ),
    )


REQUESTS: CommandTable = {network.SetNetworkProfile: _set}
