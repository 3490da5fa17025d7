"""Bounds on the connections of a port."""

from dataclasses import dataclass, field

from voltyard.network.connections import Connections


@dataclass(eq=False)
class Visitor:
    address: str = "192.0.2.1"
    late_at: float = 10.0
    is_cut: bool = field(default=False)

    def cut(self) -> None:
        self.is_cut = True

    def is_late(self, now: float) -> bool:
        return now > self.late_at


def test_the_longest_silent_of_its_own_address_gives_way_to_a_newcomer() -> None:
    connections = Connections(most=10, most_each=2, reserve=1)
    other, first, second, third = Visitor("192.0.2.2"), Visitor(), Visitor(), Visitor()
    for one in (other, first, second):
        assert connections.arrived(one)

    assert connections.arrived(third)

    assert [one.is_cut for one in (other, first, second, third)] == [False, True, False, False]
    assert len(connections) == 3
    assert connections.cut_off == 1


def test_beyond_all_the_longest_silent_of_any_address_gives_way() -> None:
    connections = Connections(most=2, most_each=2, reserve=1)
    visitors = [Visitor(f"192.0.2.{n}") for n in range(3)]

    assert all(connections.arrived(one) for one in visitors)

    assert [one.is_cut for one in visitors] == [True, False, False]


def test_those_that_ask_stay_and_newcomers_are_in_reserve_or_turned_away() -> None:
    connections = Connections(most=2, most_each=2, reserve=1)
    busy = [Visitor(), Visitor()]
    for one in busy:
        connections.arrived(one)
        connections.asks(one)
    waits, refused = Visitor(), Visitor("192.0.2.2")

    assert connections.arrived(waits)
    connections.asks(waits)
    assert not connections.arrived(refused)

    assert connections.is_in_reserve(waits)
    assert not any(connections.is_in_reserve(one) for one in (*busy, refused))
    assert not any(one.is_cut for one in busy)
    assert connections.turned_away == 1


def test_who_leaves_makes_room_also_in_reserve() -> None:
    connections = Connections(most=1, most_each=9, reserve=1)
    busy, waits = Visitor(), Visitor()
    connections.arrived(busy)
    connections.asks(busy)
    connections.arrived(waits)
    connections.asks(waits)

    for one in (busy, waits, waits):
        connections.left(one)

    assert len(connections) == 0
    newcomer = Visitor()
    assert connections.arrived(newcomer)
    assert not connections.is_in_reserve(newcomer)


def test_one_that_rests_is_silent_again() -> None:
    connections = Connections(most=1, most_each=1, reserve=1)
    rests = Visitor()
    connections.arrived(rests)
    connections.asks(rests)
    connections.silent(rests)

    assert connections.arrived(Visitor())

    assert rests.is_cut


def test_a_trusted_proxy_has_no_bound_of_its_own() -> None:
    connections = Connections(most=9, most_each=1, reserve=0)
    visitors = [Visitor() for _ in range(3)]

    assert all(connections.arrived(one, is_trusted=True) for one in visitors)

    assert not any(one.is_cut for one in visitors)


def test_the_late_are_cut_by_a_sweep_and_the_others_stay() -> None:
    connections = Connections(most=9, most_each=9, reserve=0)
    late, timely = Visitor(late_at=1.0), Visitor(late_at=9.0)
    for one in (late, timely):
        connections.arrived(one)

    connections.sweep(now=5.0)

    assert late.is_cut
    assert not timely.is_cut
    assert len(connections) == 1
