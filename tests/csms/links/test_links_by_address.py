"""Open links by address, and handshakes beyond their bound."""

from tests.csms.bench import Peer, Yard
from voltyard.csms.links.links_by_address import LinksByAddress
from voltyard.ports.links import Admitted, Barred

NAT = "192.0.2.1"
ELSEWHERE = "198.51.100.6:50000"


async def crowded(*exempt: str) -> tuple[Yard, list[Peer]]:
    """A backend with room for two links of an address, both taken by CP1 and CP2."""
    yard = Yard(links_by_address=LinksByAddress(2, exempt.__contains__))
    peers = [await yard.booted(name) for name in ("CP1", "CP2")]
    await yard.register("CP3")
    return yard, peers


async def test_a_link_beyond_the_bound_is_refused_and_only_the_operator_is_told_why() -> None:
    yard, _ = await crowded()

    refused = yard.knock("/ocpp/CP3", remote=f"{NAT}:40003")

    assert isinstance(refused, Barred)
    assert (refused.status, dict(refused.headers)) == (503, {"Retry-After": "60"})
    assert refused.reason == "not let in: the server's operator is told why"
    (event,) = yard.heard("charger.refused")
    assert (event.charge_box_id, event.row.reason) == ("CP3", "too_many_connections")
    assert yard.backend.refusals.count == 1


async def test_a_link_from_elsewhere_is_let_in_and_so_is_the_next_once_one_is_gone() -> None:
    yard, peers = await crowded()

    assert isinstance(yard.knock("/ocpp/CP3", remote=ELSEWHERE), Admitted)
    await peers[0].gone()

    assert isinstance(yard.knock("/ocpp/CP3"), Admitted)


async def test_a_charger_that_comes_again_takes_the_place_of_its_own_link() -> None:
    yard, (first, _) = await crowded()

    admitted = yard.knock("/ocpp/CP1", remote=f"{NAT}:40009")

    assert isinstance(admitted, Admitted)
    Peer(yard, admitted.user, "ocpp1.6")
    assert first.wire.closed is not None


async def test_a_charger_whose_own_link_is_from_elsewhere_takes_no_place() -> None:
    yard, _ = await crowded()
    admitted = yard.knock("/ocpp/CP3", remote=ELSEWHERE)
    assert isinstance(admitted, Admitted)
    Peer(yard, admitted.user, "ocpp1.6")

    assert isinstance(yard.knock("/ocpp/CP3"), Barred)


async def test_a_trusted_proxy_has_no_bound_of_its_own() -> None:
    yard, _ = await crowded(NAT)

    assert isinstance(yard.knock("/ocpp/CP3"), Admitted)


async def test_a_password_is_not_hashed_for_a_link_beyond_the_bound() -> None:
    yard, _ = await crowded()
    await yard.register("CP4", password="correct-horse-battery")

    assert isinstance(yard.knock("/ocpp/CP4", user="CP4", password="wrong"), Barred)


def test_addresses_without_links_take_no_memory() -> None:
    links = LinksByAddress(1)
    for number in range(100):
        links.has_room(f"10.0.0.{number}:1", None)
        links.opened(f"10.0.1.{number}:1")
        links.closed(f"10.0.1.{number}:1")

    assert len(links) == 0


def test_a_network_of_ipv6_counts_as_one_address() -> None:
    links = LinksByAddress(1)

    links.opened("[2001:db8::1]:1")

    assert not links.has_room("[2001:db8::ffff]:1", None)
    assert links.has_room("[2001:db8:0:1::1]:1", None)
    assert links.has_room("[2001:db8::2]:1", "[2001:db8::1]:9")


def test_no_bound_lets_in_any_number() -> None:
    links = LinksByAddress(0)
    for _ in range(50):
        links.opened("192.0.2.1:1")

    assert links.has_room("192.0.2.1:1", None)
