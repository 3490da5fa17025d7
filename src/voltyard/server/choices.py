"""Adapters that the settings choose: where chargers run, who signs their certificates."""

from voltyard.config.config import Config
from voltyard.csms.security.certificate_authority import CertificateAuthority, CertificateSigner
from voltyard.csms.security.own_certificate_authority import OwnCertificateAuthority
from voltyard.loop.turns import Turns
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler
from voltyard.ports.runtimes import Provider
from voltyard.ports.transfers import Transfers
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.control.gate import kept_token
from voltyard.runtimes.ecs.provider import EcsProvider
from voltyard.runtimes.ecs.services import EcsServices, EcsSettings, ecs_client
from voltyard.runtimes.inline import InlineProvider
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.process.local_workers import (
    LocalWorkers,
    end_survivors,
    told_to_own_workers,
)
from voltyard.runtimes.process.provider import ProcessProvider
from voltyard.yard.runtime_reports import RuntimeReports


def provider_of(
    config: Config,
    dialler: Dialler,
    transfers: Transfers,
    clock: Clock,
    reports: RuntimeReports,
    own_host: str,
    turns: Turns,
) -> Provider:
    """The provider that runs simulated chargers."""
    workers = config.data / "workers"
    if config.provider != "process":
        end_survivors(workers)  # their chargers are to run elsewhere now
    if config.provider == "inline":
        # A charger of ours at our own backend holds both ends of its link.
        room = file_descriptors.capacity(file_descriptors.raise_limit(), descriptors_per_charger=2)
        return InlineProvider(
            dialler, clock, reports, transfers=transfers, capacity=room, turns=turns
        )
    file_descriptors.raise_limit()
    token, plain = kept_token(config.data, config.control_token), config.lets_workers_in_from_afar
    if config.provider == "ecs":
        client = ecs_client(config.ecs_region)
        services = EcsServices(EcsSettings.of(config), client)
        return EcsProvider(reports, token, services, plain=plain, own_host=own_host, turns=turns)
    workers.mkdir(mode=0o700, exist_ok=True)
    return ProcessProvider(
        reports,
        token,
        LocalWorkers(config.own_workers, workers, token, told_to_own_workers(config)),
        AttachedWorkers(workers / "attached.json"),
        plain=plain,
        own_host=own_host,
        turns=turns,
    )


def signer_of(config: Config) -> CertificateSigner | None:
    """The authority that signs what chargers ask for, if there is one."""
    if config.ca_certificate is None or config.ca_key is None:
        return OwnCertificateAuthority(config.data, config.ca_days).sign if config.own_ca else None
    return CertificateAuthority(config.ca_certificate, config.ca_key, config.ca_days).sign
