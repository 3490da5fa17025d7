"""The one tree of settings: name, default, unit and help. Read once, at the start, and frozen."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from voltyard.kernel import limits
from voltyard.kernel.time import Seconds

ENVIRONMENT_PREFIX = "VOLTYARD_"

_OWN_WORKERS = 2

PROVIDERS = ("inline", "process", "ecs", "kubernetes")


def _setting(default: Any, help: str, *, is_secret: bool = False) -> Any:
    return field(default=default, metadata={"help": help}, repr=not is_secret)


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """The settings of one server. Each field is also an environment variable: VOLTYARD_<FIELD>."""

    data: Path = _setting(Path("data"), "Directory of the database and of the first key.")
    host: str = _setting("127.0.0.1", "Address to listen on, for REST and for chargers.")
    port: int = _setting(8080, "Port of REST and of the page; 0 takes a free one.")
    ocpp_port: int = _setting(9000, "Port of the charger socket; 0 takes a free one.")
    token: str | None = _setting(
        None, "The first admin key; one is made where none is given.", is_secret=True
    )
    database_url: str | None = _setting(
        None,
        "sqlite:///... or postgresql://...; SQLite in the data directory if absent.",
        is_secret=True,
    )
    standby: bool = _setting(
        False,
        "Whether the server waits where another one uses its PostgreSQL database, and takes over "
        "once that one ends or is silent. Give both the same token, and what is a file by name.",
    )
    bus_url: str | None = _setting(
        None,
        "The NATS server over which workers and nodes are reached, with user and password or a "
        "token: nats://user:password@host:port, or tls://. Without it the server starts one of its "
        "own on loopback, for those of this machine.",
        is_secret=True,
    )
    bus_name: str = _setting(
        "voltyard", "The server's name on the bus; of those that share one each has another."
    )
    bus_plain: bool = _setting(
        False, "Whether a bus on another machine may be dialled by nats://: the network is trusted."
    )
    bus_ca: Path | None = _setting(
        None, "PEM file: roots to trust, in place of the system's, where it is tls://."
    )
    bus_certificate: Path | None = _setting(
        None, "PEM file: what is shown to a bus that asks for a certificate."
    )
    bus_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    nodes: int | None = _setting(
        None,
        "Nodes that the server starts beside itself on this machine, one a core: they take "
        "chargers' links, too. Others may join it from elsewhere (voltyard node); with 0 these "
        "alone. Needs PostgreSQL. If absent, no node may join.",
    )
    node_name: str | None = _setting(
        None, "A node's name among those of its server; the machine's if absent."
    )
    public_ocpp_url: str | None = _setting(
        None,
        "What chargers are told to dial, where it differs from host and port. Without it, a server "
        "that listens on all addresses tells the one at which its caller reached it.",
    )
    shed_logs: bool = _setting(
        True,
        "Whether the message logs may leave out messages while the database does not keep up, and "
        "say how many; else chargers are not read until it does.",
    )
    egress_networks: tuple[str, ...] = _setting(
        (),
        "Networks (CIDR), with commas between, that organizations other than default may have the "
        "server dial though they are not public: for ws_url, files, webhooks and hooks.",
    )
    quota_chargers: int | None = _setting(
        None, "Chargers of an organization; no bound if absent. Over REST each may have its own."
    )
    quota_deployments: int | None = _setting(None, "Simulated chargers.")
    quota_frames_per_second: int | None = _setting(
        None, "Frames a second read of an organization's chargers; beyond it links wait."
    )
    quota_stored_mb: int | None = _setting(
        None,
        "Megabytes of files and history together, as estimated; beyond it no file is taken, and "
        "the organization's oldest history goes.",
    )
    quota_webhooks: int | None = _setting(limits.WEBHOOKS, "Webhooks of an organization.")
    quota_streams: int | None = _setting(limits.EVENT_STREAMS, "Event streams open at a time.")
    drain_s: Seconds = _setting(
        5.0, "Seconds a stopping server gives to commands under way, then to REST requests."
    )
    rest_tls_certificate: Path | None = _setting(
        None,
        "PEM file: the certificate of REST and of the page, then those that lead to its root; with "
        "it they are https://.",
    )
    rest_tls_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    trusted_proxies: tuple[str, ...] = _setting(
        (),
        "Addresses and networks of the proxies before this server, with commas between: their "
        "X-Forwarded-For and X-Forwarded-Proto say who a client is, and whether it came by https.",
    )
    rest_connections: int = _setting(
        4_096,
        "Connections to REST at a time, at most an eighth of the descriptors the process may open; "
        "beyond it the longest silent gives way.",
    )
    rest_connections_per_address: int = _setting(
        512, "The same of one address, at most half of all; trusted_proxies have no such bound."
    )
    ocpp_tls_certificate: Path | None = _setting(
        None,
        "PEM file: the charger socket's certificate, then those that lead to its root; with it the "
        "socket is wss://, or a second one is (ocpp_tls_port).",
    )
    ocpp_tls_key: Path | None = _setting(None, "PEM file: the private key of that certificate.")
    ocpp_tls_second_certificate: Path | None = _setting(
        None,
        "PEM file: a second certificate with the other kind of key (RSA beside ECDSA); a charger "
        "is shown the one it can verify.",
    )
    ocpp_tls_second_key: Path | None = _setting(None, "PEM file: the private key of that one.")
    ocpp_tls_rsa_key_exchange: bool = _setting(
        False,
        "Whether chargers may come by the cipher suites TLS_RSA_WITH_AES_..._GCM (A00.FR.317), "
        "which have no forward secrecy.",
    )
    ocpp_client_ca: Path | None = _setting(
        None,
        "PEM file: roots of chargers' certificates; with it only chargers that have one come in, "
        "or with ocpp_tls_port also those of profiles below 3.",
    )
    ocpp_client_recorded_only: bool = _setting(
        False,
        "Whether chargers come in with certificates alone that were issued here and are on record; "
        "else also with others of ocpp_client_ca, by their names.",
    )
    ocpp_hide_identities: bool = _setting(
        False,
        "Whether a handshake under an identity that is not registered is answered 401, like a "
        "wrong password, and not 404 as OCPP-J has it.",
    )
    ocpp_connections_per_address: int = _setting(
        20_000,
        "Connections of chargers from one address at a time, of IPv6 from one network of 64 bits; "
        "further ones are refused (503). 0: any number. trusted_proxies have no such bound; the "
        "addresses that they name have.",
    )
    ocpp_reuse_port: bool = _setting(
        False,
        "Whether other processes of this machine may listen at ocpp_port, too, each taking some of "
        "the chargers that dial: nodes on one machine. With nodes the server does.",
    )
    ocpp_links_per_s: float = _setting(
        0.0,
        "Chargers that are let in each second. Others are told to come back (503), each at another "
        "moment (Retry-After), so that a whole network can dial at once after a restart. 0: all "
        "that dial.",
    )
    ocpp_closes_per_s: float = _setting(
        0.0,
        "Links of chargers that a stopping server closes each second, so that a whole network does "
        "not dial at once. 0: all at once.",
    )
    ocpp_closes_within_s: Seconds = _setting(
        60.0,
        "Seconds that ocpp_closes_per_s may take altogether; what is open still is then closed at "
        "once.",
    )
    ocpp_tls_port: int | None = _setting(
        None,
        "Port of a second charger socket, wss:// alone, beside a plain one at ocpp_port: for "
        "chargers of all security profiles at once; 0 takes a free one. Without it ocpp_port is "
        "the only one.",
    )
    public_ocpp_tls_url: str | None = _setting(
        None, "The same as public_ocpp_url for that second socket."
    )
    provider: str = _setting(
        "inline",
        "Where chargers run: inline (in the server), process (in workers), ecs (each in an ECS "
        "service of AWS) or kubernetes (each in a pod).",
    )
    workers: int | None = _setting(
        None,
        "Worker processes the server keeps itself, with the provider process; 2 if absent, 0 where "
        "workers run elsewhere alone.",
    )
    worker_moves_per_s: float = _setting(
        50.0,
        "Simulated chargers that leave an ending worker for others each second, so that they do "
        "not all dial their CSMS at once. 0: as fast as they can be moved.",
    )
    ecs_cluster: str | None = _setting(None, "Name or ARN of the cluster.")
    ecs_image: str | None = _setting(None, "Image of the worker, as the cluster fetches it.")
    ecs_subnets: tuple[str, ...] = _setting((), "Ids of subnets, with commas between.")
    ecs_security_groups: tuple[str, ...] = _setting(
        (), "Ids of security groups, with commas between; the network's own if absent."
    )
    ecs_bus_secret: str | None = _setting(
        None, "ARN of the secret of AWS Secrets Manager with the URL of the bus for workers."
    )
    ecs_execution_role: str | None = _setting(
        None, "ARN of the role with which ECS fetches the image and the secret."
    )
    ecs_region: str | None = _setting(None, "Region; as AWS's own settings say if absent.")
    ecs_cpu: str = _setting("256", "CPU units of a task.")
    ecs_memory: str = _setting("512", "Mebibytes of memory of a task.")
    ecs_public_ip: bool = _setting(False, "Whether tasks get a public address.")
    kubernetes_image: str | None = _setting(
        None, "Image of the worker, as the nodes of the cluster fetch it."
    )
    kubernetes_bus_secret: str | None = _setting(
        None,
        "Name of the Secret of that namespace whose key url is the URL of the bus for workers.",
    )
    kubernetes_namespace: str = _setting("default", "Namespace of the pods.")
    kubernetes_service_account: str | None = _setting(
        None,
        "Service account of the pods, for its pull secrets; the namespace's default if absent. "
        "Its token is not mounted.",
    )
    kubernetes_cpu: str = _setting("100m", "CPU that a pod requests.")
    kubernetes_memory: str = _setting("256Mi", "Memory that a pod requests, and may not exceed.")
    kubernetes_kubeconfig: Path | None = _setting(
        None,
        "Kubeconfig with which the API is reached; absent, a server in a pod takes its service "
        "account, and any other KUBECONFIG or ~/.kube/config.",
    )
    kubernetes_context: str | None = _setting(
        None, "Context of the kubeconfig; the current one if absent."
    )
    files: bool = _setting(
        False,
        "Whether chargers may upload diagnostics to this server and fetch firmware from it, over "
        "the port of REST.",
    )
    public_url: str | None = _setting(
        None, "Where chargers reach that port, where it differs from host and port."
    )
    publish_host: str | None = _setting(
        None,
        "Address at which simulated local controllers serve the firmware that they publish, and "
        "the host in its URLs; host if absent. Where that is all addresses, the URLs have this "
        "machine's name. Each process takes a free port.",
    )
    ca_certificate: Path | None = _setting(
        None,
        "PEM file: the authority that signs the certificates chargers ask for, then those that "
        "lead to its root.",
    )
    ca_key: Path | None = _setting(None, "PEM file: the private key of that authority.")
    own_ca: bool = _setting(
        True,
        "Whether the server makes an authority of its own (authority.pem and authority.key in the "
        "data directory) for the first charger that asks, where ca_certificate names none. Off: "
        "such requests are rejected.",
    )
    ca_days: float = _setting(365.0, "Days for which a charger's certificate holds.")
    pki: Path | None = _setting(
        None,
        "Directory of a PKI of ISO 15118, as voltyard pki new makes it: contracts have to lead to "
        "mo-root.pem or v2g-root.pem in it, V2G certificates are signed by cpo-sub2.pem and .key "
        "where these are there, and vehicles get their certificates from its folder exi.",
    )
    log_retention_days: float = _setting(
        30.0,
        "Days for which the gateway's frames and ended commands are kept; the backend's history "
        "has a setting of each organization for that.",
    )
    log_rows: int = _setting(
        5_000_000, "Frames kept in each half's log; beyond it the oldest go, however young."
    )
    log_mb: int = _setting(
        10_000,
        "Megabytes of frames kept in each half's log, as estimated from a sample; beyond it the "
        "oldest go. The database's file does not shrink: its free pages are used again.",
    )
    event_retention_days: float = _setting(
        30.0, "Days for which events of either half, and the log of webhooks, are kept."
    )
    event_rows: int = _setting(
        1_000_000,
        "Events of each half, and lines of the log of webhooks, that are kept; beyond it the "
        "oldest go, however young.",
    )
    event_mb: int = _setting(2_000, "The same in megabytes, as estimated.")
    audit_retention_days: float = _setting(
        365.0, "Days for which the audit log is kept: who changed what over REST."
    )
    audit_mb: int = _setting(200, "Megabytes of it, as estimated; beyond it the oldest go.")
    meter_value_mb: int = _setting(
        10_000,
        "Megabytes of meter values kept, as estimated; beyond it the oldest go, but none of a "
        "transaction that is open.",
    )
    history_mb: int = _setting(
        1_000,
        "Megabytes kept of each other history, as estimated: connections, commands of either half, "
        "reservations, data transfers.",
    )
    charger_quota_percent: float = _setting(
        100.0,
        "Percent of each of these bounds that the rows of one charger may take, also while there "
        "is room for more.",
    )
    organization_quota_percent: float = _setting(100.0, "The same for one organization.")
    disk_low_mb: int = _setting(
        500,
        "Megabytes of free disk below which the logs of frames are cut until the database has so "
        "much room again, free pages of its file included; 0: never. Of SQLite only.",
    )

    spans_url: str | None = _setting(
        None,
        "Where spans of REST requests, and of the commands that they ask for, are sent, "
        "for OpenTelemetry over OTLP/HTTP: http://collector:4318; without a path, to /v1/traces "
        "there. Needs the extra otel. Off if absent.",
    )
    spans_share: float = _setting(
        0.1,
        "Share of the requests that have spans, from 0 to 1. Where a request has the header "
        "traceparent, its caller has decided.",
    )

    @property
    def own_workers(self) -> int:
        """The number of worker processes that the server keeps itself."""
        if self.provider != "process":
            return 0
        return _OWN_WORKERS if self.workers is None else self.workers

    @property
    def is_tls_alone(self) -> bool:
        """True where there is no plain charger socket."""
        return self.ocpp_tls_certificate is not None and self.ocpp_tls_port is None
