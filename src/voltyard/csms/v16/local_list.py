"""The local list in OCPP 1.6."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands import local_list, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.dialect import NextNumber, at
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v16 import messages as m


def _send(command: local_list.SendLocalList, number: NextNumber) -> Payload:
    return m.SendLocalListRequest(
        list_version=command.list_version,
        # Section 5.15: a full update without a list empties it.
        local_authorization_list=[_entry(entry) for entry in command.entries] or None,
        update_type=command.update_type,
    )


def _entry(entry: local_list.LocalListTag) -> m.AuthorizationData:
    info = entry.info
    if info is None:
        return m.AuthorizationData(id_tag=entry.id_tag)
    return m.AuthorizationData(
        id_tag=entry.id_tag,
        id_tag_info=m.IdTagInfo(
            status=info.status,  # type: ignore[arg-type]
            expiry_date=at(info.expires_at),
            parent_id_tag=info.parent_id_tag,
        ),
    )


REQUESTS: Mapping[type[Any], Callable[[Any, NextNumber], Payload]] = {
    local_list.SendLocalList: _send,
    local_list.GetLocalListVersion: lambda c, number: m.GetLocalListVersionRequest(),
}

RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    local_list.GetLocalListVersion: (
        lambda c, request, r: results.LocalListVersionResult(list_version=r.list_version)
    ),
}
