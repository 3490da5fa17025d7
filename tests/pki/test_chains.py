"""Contract certificate chains: those that are right, and the ways in which they can be wrong."""

import pytest

from tests.pki.wrong_chains import EMAID, WRONG_CHAINS, ChainBench, WrongChain, named
from voltyard.kernel.time import DAY_S, from_rfc3339
from voltyard.pki.chains import BadChain, NoTrustedRoot, emaid_of, judge_contract, read_chain
from voltyard.pki.drafts import to_pem

AT = from_rfc3339("2026-11-23T10:00:00Z")


@pytest.fixture(scope="module")
def bench() -> ChainBench:
    return ChainBench(AT)


def test_a_sound_chain_is_followed_to_its_root(bench: ChainBench) -> None:
    path = judge_contract(bench.pki["contract"].chain, EMAID, bench.trusted, AT)

    assert path == (bench.pki["contract"].certificate, *bench.pki["contract"].above)


def test_a_chain_may_bring_its_root_and_come_in_any_order_behind_the_contract(
    bench: ChainBench,
) -> None:
    contract = bench.pki["contract"]
    upside_down = contract.pem + "".join(to_pem(one) for one in reversed(contract.above))

    assert len(judge_contract(upside_down, EMAID, bench.trusted, AT)) == 4


def test_an_emaid_is_the_same_with_separators_and_in_small_letters(bench: ChainBench) -> None:
    assert judge_contract(bench.pki["contract"].chain, "de-vol-c1a2b3c4d5", bench.trusted, AT)


def test_a_sub_authority_may_be_trusted_as_an_anchor(bench: ChainBench) -> None:
    path = judge_contract(bench.pki["contract"].pem, EMAID, [bench.pki["mo-sub2"].pem], AT)
    assert len(path) >= 2


def test_the_emaid_of_a_chain_is_its_common_name(bench: ChainBench) -> None:
    assert emaid_of(read_chain(bench.pki["contract"].chain)[0]) == EMAID
    nameless = bench.drawn_up(named(domain="MO"), bench.pki["mo-sub2"])
    assert emaid_of(nameless.certificate) == ""


def test_a_root_that_is_out_of_date_is_trusted_no_more(bench: ChainBench) -> None:
    old = ChainBench(AT - 4_000 * DAY_S)
    chain = old.contract(ends_days=9_000.0)
    with pytest.raises(BadChain) as refused:
        judge_contract(chain.chain, EMAID, old.trusted, AT)
    assert refused.value.verdict == "CertificateExpired"


def test_there_are_forty_ways_and_more() -> None:
    assert len({one.name for one in WRONG_CHAINS}) == len(WRONG_CHAINS) >= 40


@pytest.mark.parametrize("way", WRONG_CHAINS, ids=lambda way: way.name)
def test_a_wrong_chain_is_refused(bench: ChainBench, way: WrongChain) -> None:
    with pytest.raises(BadChain) as refused:
        judge_contract(way.made(bench), way.emaid, bench.trusted, AT)

    assert refused.value.verdict == way.verdict
    assert isinstance(refused.value, NoTrustedRoot) is way.is_rootless
