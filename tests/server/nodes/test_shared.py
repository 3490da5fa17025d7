"""What organizations have holds at the server and at every node: at once, and after they join."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.server.nodes.cluster import BOOT, SERVER, Cluster, NodeCharger, cluster_of, until
from tests.server.nodes.frames import metering, starting, stopping
from voltyard.kernel import limits
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.tls import Tls
from voltyard.testing.certificates import RootAuthority

pytestmark = [pytest.mark.service, pytest.mark.timeout(180)]


async def one_at_each(cluster: Cluster, **fields: Any) -> list[NodeCharger]:
    """A charger at each place."""
    boxes = [f"AT-{place.upper()}" for place in cluster.places]
    await cluster.register(*boxes, **fields)
    return [await cluster.boot(place, f"AT-{place.upper()}") for place in cluster.places]


async def authorized(charger: NodeCharger, id_tag: str) -> str:
    """The answer to an Authorize."""
    answer = await charger.call("Authorize", {"idTag": id_tag})
    return str(answer["idTagInfo"]["status"])


async def soon_all(chargers: list[NodeCharger], id_tag: str, status: str) -> None:
    """Each charger's place says so of the tag, in time."""
    for charger in chargers:
        await until(lambda: authorized(charger, id_tag), lambda seen: seen == status)  # noqa: B023


async def test_id_tags_hold_everywhere(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)
    await cluster.ask("a", "PATCH", "/settings", {"unknownIdTags": "reject"})
    await soon_all(chargers, "T", "Invalid")

    await cluster.ask("b", "POST", "/id-tags", {"idTag": "T"})
    await soon_all(chargers, "T", "Accepted")
    await cluster.ask("a", "PATCH", "/id-tags/T", {"status": "blocked"})
    await soon_all(chargers, "T", "Blocked")
    await cluster.ask(SERVER, "DELETE", "/id-tags/T")
    await soon_all(chargers, "T", "Invalid")

    # and at a node that joins later
    await cluster.ask("b", "POST", "/id-tags", {"idTag": "T"})
    await cluster.start_node("c")
    await cluster.register("AT-C")
    charger = await cluster.boot("c", "AT-C")
    assert await authorized(charger, "T") == "Accepted"
    assert await authorized(charger, "U") == "Invalid"


async def test_settings_hold_everywhere(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)

    await cluster.ask("a", "PATCH", "/settings", {"heartbeatInterval": 77})

    for charger in chargers:

        async def told(charger: NodeCharger = charger) -> Any:
            return (await charger.call("BootNotification", BOOT))["interval"]

        assert await until(told, lambda seen: seen == 77) == 77


async def test_tariffs_hold_everywhere(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster)
    tariff = {
        "name": "Day",
        "currency": "EUR",
        "isDefault": True,
        "elements": [{"energyPrice": "0.50"}],
    }

    await cluster.ask("b", "POST", "/tariffs", tariff)

    for number, charger in enumerate(chargers):
        begun = await charger.call("StartTransaction", starting(f"T{number}"))

        async def costs(charger: NodeCharger = charger, id: int = begun["transactionId"]) -> Any:
            await charger.call("MeterValues", metering(id, 2_000))
            [one] = (await cluster.ask("a", "GET", "/transactions", limit=1))["transactions"]
            return one["cost"] and one["cost"]["total"]

        assert await until(costs) == "1.00"


async def test_a_revoked_key_opens_nothing_anywhere(cluster: Cluster) -> None:
    await one_at_each(cluster)
    made = await cluster.ask("a", "POST", "/auth/api-keys", {"name": "k", "scopes": ["admin"]})
    headers = {"Authorization": f"Bearer {made['key']}"}

    async def statuses() -> set[int]:
        found = set()
        for place in cluster.places:
            for path in ("/api/v1/chargers", "/api/v1/chargers/AT-A", "/metrics"):
                answer = await cluster.client(place).get(path, headers=headers)
                found.add(answer.status_code)
        return found

    assert await until(statuses, lambda seen: seen == {200}) == {200}
    await cluster.ask("b", "DELETE", f"/auth/api-keys/{made['id']}")
    assert await until(statuses, lambda seen: seen == {401}) == {401}


async def test_ids_of_transactions_are_unique_and_small(cluster: Cluster) -> None:
    # given chargers at each place, which all start at once, several times
    boxes = {f"C-{number}": cluster.places[number % 3] for number in range(60)}
    await cluster.register(*boxes)
    chargers = await asyncio.gather(*(cluster.boot(place, box) for box, place in boxes.items()))

    async def charge(number: int, charger: NodeCharger) -> list[int]:
        ids = []
        for round in range(6):
            begun = await charger.call("StartTransaction", starting(f"T-{number}", round))
            ids.append(begun["transactionId"])
            await charger.call("StopTransaction", stopping(ids[-1], round))
        return ids

    found = await asyncio.gather(*(charge(*one) for one in enumerate(chargers)))

    flat = [id for each in found for id in each]
    assert len(flat) == len(set(flat)) == 360
    assert min(flat) >= 1
    one_block_each = 3 * limits.TRANSACTION_NUMBERS
    assert max(flat) <= one_block_each
    stored = await cluster.query("SELECT count(*), count(DISTINCT number) FROM transactions")
    assert stored == [(360, 360)]


async def test_a_tag_charges_once_over_all_places(cluster: Cluster) -> None:
    chargers = await one_at_each(cluster, allowConcurrentTransactions=False)
    for charger in chargers:
        begun = await charger.call("StartTransaction", starting("T"))
        assert begun["idTagInfo"]["status"] == "Accepted"
        for other in chargers:
            assert await authorized(other, "t") == "ConcurrentTx"
        await charger.call("StopTransaction", stopping(begun["transactionId"], 1))
        for other in chargers:
            assert await authorized(other, "T") == "Accepted"

    # and so it stays when the one that charges moves
    await chargers[0].call("StartTransaction", starting("T", 5))
    charger = await cluster.boot("b", "AT-SERVER")
    for other in (charger, *chargers[1:]):
        assert await authorized(other, "T") == "ConcurrentTx"


async def test_handshakes_refused_at_a_node_are_listed(cluster: Cluster) -> None:
    await cluster.register("SECRET", password="a-password-of-16", securityProfile=1)

    for place in cluster.places:
        with pytest.raises(VoltyardError, match="404"):
            await cluster.dial(place, f"NOBODY-{place}")
        with pytest.raises(VoltyardError, match="401"):
            await cluster.dial(place, "SECRET", password="another-password")

    expected = {("SECRET", "wrong_password", 3)} | {
        (f"NOBODY-{place}", "not_registered", 1) for place in cluster.places
    }

    async def listed() -> set[Any]:
        found = (await cluster.ask("b", "GET", "/refusals"))["refusals"]
        return {(one["identity"], one["reason"], one["count"]) for one in found}

    assert await until(listed, lambda seen: seen == expected) == expected
    names = await until(
        lambda: cluster.events(event="charger.refused"), lambda seen: len(seen) >= 4
    )
    assert {one["data"]["identity"] for one in names} >= {"NOBODY-a", "NOBODY-b", "SECRET"}


async def test_a_revoked_certificate_opens_nothing_anywhere(
    tmp_path: Path, postgres_url: str, logged: list[Any]
) -> None:
    # given a charger of security profile 3, whose certificate was signed at a node
    root = RootAuthority("Operator's root")
    signing, signing_key = root.files(tmp_path, "signing")
    certificate, certificate_key = root.sign("csms", "127.0.0.1").files(tmp_path)
    settings = {
        "ocpp_tls_certificate": certificate,
        "ocpp_tls_key": certificate_key,
        "ocpp_client_ca": signing,
        "ca_certificate": signing,
        "ca_key": signing_key,
    }
    async with cluster_of(tmp_path, postgres_url, "a", "b", **settings) as cluster:
        await cluster.register("CP-1", securityProfile=3)
        first = root.sign("CP-1")
        shown = Tls(ca=root.ca, client_certificate=first.certificate, client_key=first.key)
        charger = await cluster.boot("a", "CP-1", CERTIFIED, tls=shown)
        key = ec.generate_private_key(ec.SECP256R1())
        assert await charger.call("SignCertificate", {"csr": requested("CP-1", key)}) == {
            "status": "Accepted"
        }
        chain = (await charger.until_asked("CertificateSigned"))["certificateChain"]
        own = Tls(ca=root.ca, client_certificate=chain, client_key=pem_of(key))
        charger = await cluster.boot("b", "CP-1", tls=own)
        [listed] = (await cluster.ask("a", "GET", "/certificates"))["certificates"]
        assert listed["status"] == "valid"

        # when it is revoked
        await cluster.ask("a", "POST", f"/certificates/{listed['id']}/revoke", {})

        # then its link is closed, and it is let in nowhere
        await charger.closed_by_the_other_end()
        for place in cluster.places:
            with pytest.raises(VoltyardError, match="401"):
                await cluster.dial(place, "CP-1", tls=own)
        await cluster.dial("b", "CP-1", tls=shown)


CERTIFIED = {"CertificateSigned": {"status": "Accepted"}}


def requested(name: str, key: ec.EllipticCurvePrivateKey) -> str:
    """A signing request of that common name."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return made.public_bytes(Encoding.PEM).decode()


def pem_of(key: ec.EllipticCurvePrivateKey) -> str:
    """A key as text."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
