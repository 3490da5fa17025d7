"""Adapters that the settings choose: where chargers run, who signs their certificates."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from voltyard import __version__
from voltyard.config.config import Config
from voltyard.csms.links.links_by_address import LinksByAddress
from voltyard.csms.security.certificate_authority import CertificateAuthority, CertificateSigner
from voltyard.csms.security.ev_certificates import EvCertificateFiles
from voltyard.csms.security.own_certificate_authority import OwnCertificateAuthority
from voltyard.csms.security.vehicle_pki import NO_VEHICLE_PKI, VehiclePki
from voltyard.kernel.addressing.hosts import in_url, is_wildcard
from voltyard.kernel.errors import Invalid
from voltyard.loop.turns import Turns
from voltyard.network.door_tls import DoorTls
from voltyard.network.proxies import TrustedProxies
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.pki.chains import BadChain, read_chain
from voltyard.ports.clock import Clock
from voltyard.ports.links import Dialler, Door
from voltyard.ports.runtimes import Provider
from voltyard.ports.spans import NO_SPANS, Spans
from voltyard.ports.transfers import Transfers
from voltyard.runtimes import file_descriptors
from voltyard.runtimes.ecs.provider import EcsProvider
from voltyard.runtimes.ecs.services import EcsServices, EcsSettings, ecs_client
from voltyard.runtimes.inline import InlineProvider
from voltyard.runtimes.kubernetes.manifest import KubernetesSettings
from voltyard.runtimes.kubernetes.provider import KubernetesProvider
from voltyard.runtimes.process.attached_workers import AttachedWorkers
from voltyard.runtimes.process.local_workers import (
    LocalWorkers,
    end_survivors,
    told_to_own_workers,
)
from voltyard.runtimes.process.provider import ProcessProvider
from voltyard.server.workers_bus import WorkersBus
from voltyard.yard.runtime_reports import RuntimeReports

_ROOTS: Final = ("mo-root.pem", "v2g-root.pem")
_CPO: Final = "cpo-sub2"


def provider_of(
    config: Config,
    dialler: Dialler,
    transfers: Transfers,
    clock: Clock,
    reports: RuntimeReports,
    turns: Turns,
    over: WorkersBus | None,
) -> Provider:
    """The provider that runs simulated chargers, `over` that bus where it has workers."""
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
    assert over is not None
    if config.provider == "ecs":
        client = ecs_client(config.ecs_region)
        services = EcsServices(EcsSettings.of(config), client)
        return EcsProvider(reports, over.bus, config.bus_name, services)
    if config.provider == "kubernetes":
        return KubernetesProvider(reports, over.bus, KubernetesSettings.of(config))
    workers.mkdir(mode=0o700, exist_ok=True)
    told = told_to_own_workers(config, over.worker_url)
    return ProcessProvider(
        reports,
        over.bus,
        config.bus_name,
        LocalWorkers(config.own_workers, workers, told),
        AttachedWorkers(workers / "attached.json"),
        config.worker_moves_per_s,
    )


def backend_settings(config: Config) -> dict[str, Any]:
    """Arguments of Backend, as the settings have them."""
    return {
        "vehicle_pki": vehicle_pki_of(config),
        "default_organization_id": DEFAULT_ORGANIZATION_ID,
        "has_tls_door": config.ocpp_tls_port is not None,
        "recorded_only": config.ocpp_client_recorded_only,
        "hides_identities": config.ocpp_hide_identities,
        "links_by_address": LinksByAddress(
            config.ocpp_connections_per_address,
            TrustedProxies(config.trusted_proxies).__contains__,
        ),
        "links_per_s": config.ocpp_links_per_s,
        "closes_per_s": config.ocpp_closes_per_s,
    }


def doors_of(
    config: Config, door: Callable[..., Door], tls: DoorTls | None, **more: Any
) -> tuple[Door, Door | None]:
    """The door at ocpp_port, and the one at ocpp_tls_port if there is one."""
    both = config.ocpp_tls_port is not None
    rest = file_descriptors.share(), TrustedProxies(config.trusted_proxies)
    return door(None if both else tls, *rest, **more), door(tls, *rest, **more) if both else None


def charger_endpoint(config: Config, port: int) -> str:
    """The address at which chargers of this machine dial."""
    scheme = "wss" if config.is_tls_alone else "ws"
    return f"{scheme}://{in_url(config.host)}:{port}"


def is_reached_by_name(config: Config) -> bool:
    """True where chargers reach the server at whatever address its callers do."""
    is_named = config.public_ocpp_url is not None or config.public_ocpp_tls_url is not None
    return is_wildcard(config.host) and not is_named


def spans_of(config: Config, stack: AsyncExitStack) -> Spans:
    """Spans as the settings say; what waits of them is sent with the end of the stack. Invalid
    where the packages are not installed."""
    if config.spans_url is None:
        return NO_SPANS
    try:
        from voltyard.spans.otlp import OtlpExporter
        from voltyard.spans.sampled_spans import SampledSpans
        from voltyard.spans.span_queue import SpanQueue
    except ImportError:
        raise Invalid(
            "spans_url needs the packages of OpenTelemetry",
            hint="pip install 'voltyard[otel]'",
            param="spans_url",
        ) from None
    parts = urlsplit(config.spans_url)
    if not parts.path.strip("/"):
        parts = parts._replace(path="/v1/traces")
    try:
        exporter = OtlpExporter(urlunsplit(parts))
    except (OSError, ValueError) as error:
        raise Invalid(f"the receiver of spans cannot be dialled so: {error}") from None
    queue = SpanQueue(exporter, urlunsplit(parts))
    stack.push_async_callback(queue.close)
    return SampledSpans(config.spans_share, __version__, queue.put)


def signer_of(config: Config, *, makes_authority: bool = True) -> CertificateSigner | None:
    """The authority that signs what chargers ask for, if there is one. A node makes none: that of
    its server is another's, unless both have one data directory."""
    if config.ca_certificate is None or config.ca_key is None:
        if not config.own_ca:
            return None
        return OwnCertificateAuthority(config.data, config.ca_days, makes=makes_authority).sign
    return CertificateAuthority(config.ca_certificate, config.ca_key, config.ca_days).sign


def vehicle_pki_of(config: Config) -> VehiclePki:
    """The PKI for vehicles. Invalid where its directory is none."""
    if config.pki is None:
        return NO_VEHICLE_PKI
    certificate, key = config.pki / f"{_CPO}.pem", config.pki / f"{_CPO}.key"
    has_authority = certificate.exists() and key.exists()
    return VehiclePki(
        contract_roots=_roots_in(config.pki),
        v2g_signer=CertificateAuthority(certificate, key, config.ca_days).sign
        if has_authority
        else None,
        ev_certificates=EvCertificateFiles(config.pki / "exi"),
    )


def _roots_in(directory: Path) -> tuple[str, ...]:
    found = [path.read_text() for name in _ROOTS if (path := directory / name).is_file()]
    if not found:
        raise Invalid(
            f"there is neither {' nor '.join(_ROOTS)} in {directory}",
            hint="voltyard pki new makes a PKI",
            param="pki",
        )
    for text in found:
        try:
            read_chain(text)
        except BadChain as bad:
            raise Invalid(f"a root in {directory}: {bad}", param="pki") from None
    return tuple(found)
