"""Dashboards: of the backend, of the yard, and of the server's health."""

from typing import Final

from grafana.panels import Dashboard, Panel
from voltyard.kernel import limits

_BY: Final = "{{instance}}"


def _rate(metric: str, *labels: str, selected: str = "") -> tuple[str, str]:
    """A rate a second, by labels or by instance."""
    by, where = labels or ("instance",), f"$where,{selected}" if selected else "$where"
    legend = " ".join(f"{{{{{label}}}}}" for label in by)
    return f"sum by ({', '.join(by)}) (rate(voltyard_{metric}_total{{{where}}}[$rate]))", legend


def _now(metric: str, *labels: str) -> tuple[str, str]:
    by = labels or ("instance",)
    legend = " ".join(f"{{{{{label}}}}}" for label in by)
    return f"sum by ({', '.join(by)}) (voltyard_{metric}{{$where}})", legend


def _quantile(share: float, metric: str) -> tuple[str, str]:
    counts = f"sum by (le) (rate(voltyard_{metric}_seconds_bucket{{$where}}[$rate]))"
    return f"histogram_quantile({share}, {counts})", f"p{share * 100:g}"


def _mean(metric: str) -> tuple[str, str]:
    sums, counts = (
        f"sum(rate(voltyard_{metric}_seconds_{part}{{$where}}[$rate]))" for part in ("sum", "count")
    )
    return f"{sums} / {counts}", "mean"


def _times(metric: str) -> tuple[tuple[str, str], ...]:
    return _mean(metric), _quantile(0.5, metric), _quantile(0.99, metric)


def _process(metric: str) -> str:
    """A figure of the process, of servers of ours alone: others have such figures too."""
    return f"process_{metric}{{$where}} and on (instance, job) voltyard_build_info{{$where}}"


BACKEND: Final = Dashboard(
    "voltyard-backend",
    "Voltyard: the backend",
    "Chargers, their links and CALLs, commands to them, and webhooks.",
    (
        (
            "Links",
            (
                Panel(
                    "Chargers",
                    "Chargers registered, and those connected.",
                    (
                        ("sum(voltyard_chargers{$where})", "registered"),
                        ("sum(voltyard_links{$where})", "connected"),
                    ),
                ),
                Panel(
                    "Links opened and replaced",
                    "A charger that opens one again and again is flapping.",
                    (
                        _rate("links_opened"),
                        (_rate("chargers_replaced")[0], "{{instance}} replaced"),
                    ),
                    "ops",
                ),
                Panel(
                    "Handshakes refused",
                    "By reason; GET /api/v1/refusals says which chargers, and what to do.",
                    (_rate("handshakes_refused", "reason"),),
                    "ops",
                    stacked=True,
                ),
                Panel(
                    "Links that are not read",
                    "Their answers wait, the database is behind, or a quota is used up.",
                    (_now("links_paused", "reason"),),
                ),
            ),
        ),
        (
            "CALLs",
            (
                Panel(
                    "CALLs of chargers",
                    "By action.",
                    (_rate("calls", "action", selected='direction="incoming"'),),
                    "ops",
                    stacked=True,
                ),
                Panel(
                    "CALLs by verdict and outcome",
                    "refused: the answer was a CALLERROR. lenient: let pass though it deviates.",
                    (_rate("calls", "direction", "verdict", "outcome"),),
                    "ops",
                ),
                Panel(
                    "Time to answer chargers",
                    f"A charger gives up after {limits.CALL_TIMEOUT_S:g} s by default.",
                    _times("answer"),
                    "s",
                    (("orange", 1.0), ("red", limits.CALL_TIMEOUT_S)),
                ),
                Panel(
                    "Time chargers take to answer",
                    "To CALLs of the backend that were answered.",
                    _times("charger_answer"),
                    "s",
                    (("red", limits.CALL_TIMEOUT_S),),
                ),
            ),
        ),
        (
            "Commands and webhooks",
            (
                Panel(
                    "Commands by result",
                    "error: a CALLERROR. timeout: no answer. unsent, lost: the link went.",
                    (_rate("commands", "status"),),
                    "ops",
                    stacked=True,
                ),
                Panel(
                    "Attempts to deliver events",
                    "To webhooks; a delivery is tried for a day.",
                    (
                        _rate("webhook_attempts", "result"),
                        (_rate("webhook_given_up")[0], "{{instance}} given up"),
                    ),
                    "ops",
                ),
                Panel(
                    "Oldest event to be sent",
                    "In memory, of webhooks that are not paused.",
                    (_now("webhook_oldest_seconds"),),
                    "s",
                    (("orange", 300.0), ("red", limits.WEBHOOK_TRY_S)),
                ),
                Panel(
                    "Delay of events",
                    "From an event to its delivery.",
                    _times("webhook_delay"),
                    "s",
                ),
            ),
        ),
        (
            "State of webhooks and certificates",
            (
                Panel("Webhooks", "By state.", (_now("webhooks", "state"),)),
                Panel(
                    "Deliveries in memory",
                    "The database may have more.",
                    (_now("webhook_deliveries_held"),),
                ),
                Panel(
                    "Certificates of chargers",
                    "Chargers whose last valid certificate ends within 30 days.",
                    (_now("charger_certificates_expiring"),),
                ),
            ),
        ),
    ),
    "voltyard_links",
)

YARD: Final = Dashboard(
    "voltyard-yard",
    "Voltyard: the yard",
    "Simulated chargers: their states, links, frames and commands.",
    (
        (
            "Chargers",
            (
                Panel(
                    "Simulated chargers",
                    "Accepted: connected, and their boot was accepted.",
                    (
                        ("sum(voltyard_yard_chargers{$where})", "all"),
                        ("sum(voltyard_yard_chargers_running{$where})", "running"),
                        ("sum(voltyard_yard_chargers_connected{$where})", "connected"),
                        ("sum(voltyard_yard_chargers_accepted{$where})", "accepted"),
                    ),
                ),
                Panel(
                    "Connectors",
                    "By status.",
                    (_now("yard_connectors", "status"),),
                    stacked=True,
                ),
                Panel("Transactions", "Those that run.", (_now("yard_transactions"),)),
                Panel("Power", "Delivered to vehicles.", (_now("yard_power_watts"),), "watt"),
            ),
        ),
        (
            "Links and commands",
            (
                Panel(
                    "Dials",
                    "Those that succeeded and failed, and links lost.",
                    (_rate("yard_dials", "result"),),
                    "ops",
                ),
                Panel(
                    "Frames",
                    "By direction and kind.",
                    (_rate("yard_frames", "direction", "kind"),),
                    "ops",
                    stacked=True,
                ),
                Panel(
                    "Frames that are not valid",
                    "Deviations from OCPP, of either side.",
                    (_rate("yard_frames", "direction", "verdict", selected='verdict!="valid"'),),
                    "ops",
                ),
                Panel(
                    "Commands",
                    "Commands to simulated chargers that are over.",
                    (_rate("yard_commands", "status"),),
                    "ops",
                ),
            ),
        ),
    ),
    "voltyard_yard_chargers",
)

SERVER: Final = Dashboard(
    "voltyard-server",
    "Voltyard: the server",
    "The server's health: problems, database, writer, event loop, disk, memory.",
    (
        (
            "Health",
            (
                Panel(
                    "Problems",
                    "1 for each for which the server is not ready.",
                    (_now("problem", "instance", "code"),),
                    marks=(("red", 1.0),),
                ),
                Panel(
                    "Database",
                    "1: the last commit worked.",
                    (_now("database_up"),),
                ),
                Panel(
                    "Lag of the event loop",
                    "How late what is due is done.",
                    _times("loop_lag"),
                    "s",
                    (("orange", 0.2), ("red", 1.0)),
                ),
                Panel(
                    "Versions",
                    "Servers by version.",
                    (_now("build_info", "version"),),
                ),
            ),
        ),
        (
            "Writer",
            (
                Panel(
                    "Rows that wait",
                    f"Beyond {limits.WRITER_HIGH_ROWS:,} chargers are read slowly; logs are apart.",
                    (_now("writer_rows"), (_now("writer_log_rows")[0], "{{instance}} logs")),
                    marks=(
                        ("orange", limits.WRITER_HIGH_ROWS),
                        ("red", limits.WRITER_ROWS // 2),
                    ),
                ),
                Panel(
                    "Memory of rows that wait",
                    "About how much they take.",
                    (_now("writer_bytes"), (_now("writer_log_bytes")[0], "{{instance}} logs")),
                    "bytes",
                    (("orange", limits.WRITER_HIGH_BYTES), ("red", limits.WRITER_BYTES // 2)),
                ),
                Panel(
                    "Age of the oldest row",
                    "A write that is waited for is refused after the red line.",
                    (_now("writer_oldest_seconds"),),
                    "s",
                    (("orange", 1.0), ("red", limits.WRITER_PATIENCE_S)),
                ),
                Panel(
                    "Pressure",
                    "0; 1: chargers are read slowly; 2: not.",
                    (_now("writer_pressure"),),
                    marks=(("orange", 1.0), ("red", 2.0)),
                ),
            ),
        ),
        (
            "What is written",
            (
                Panel("Rows committed", "", (_rate("writer_committed_rows"),), "ops"),
                Panel(
                    "Commits",
                    "Groups of rows, and attempts that failed.",
                    (
                        _rate("writer_commits"),
                        (_rate("writer_failures")[0], "{{instance}} failed"),
                    ),
                    "ops",
                ),
                Panel(
                    "Rows not stored",
                    "Logs shed; rows refused, whose senders were told so; rows lost.",
                    (
                        (_rate("writer_shed_rows")[0], "{{instance}} shed"),
                        (_rate("writer_refused_rows")[0], "{{instance}} refused"),
                        (_rate("writer_lost_rows")[0], "{{instance}} lost"),
                    ),
                    "ops",
                ),
                Panel(
                    "Keys refused",
                    "Wrong keys, and addresses that have sent too many.",
                    (_rate("keys_refused", "reason"),),
                    "ops",
                ),
            ),
        ),
        (
            "Machine",
            (
                Panel(
                    "Disk",
                    "Room on the disk of the database, and the mark below which it is low.",
                    (
                        _now("disk_free_bytes"),
                        (_now("disk_low_bytes")[0], "{{instance}} mark"),
                    ),
                    "bytes",
                ),
                Panel("Memory", "", ((_process("resident_memory_bytes"), _BY),), "bytes"),
                Panel(
                    "Processor",
                    "1 is one core; the event loop has one.",
                    (
                        (
                            "rate(process_cpu_seconds_total{$where}[$rate]) "
                            "and on (instance, job) voltyard_build_info{$where}",
                            _BY,
                        ),
                    ),
                    marks=(("red", 1.0),),
                ),
                Panel(
                    "File descriptors",
                    "Each link is one.",
                    (
                        (_process("open_fds"), _BY),
                        (_process("max_fds"), "{{instance}} most"),
                    ),
                ),
                Panel(
                    "Certificates of the server",
                    "Time until each ends.",
                    (
                        (
                            "voltyard_certificate_expires_at_seconds{$where} - time()",
                            "{{instance}} {{setting}}",
                        ),
                    ),
                    "s",
                ),
            ),
        ),
    ),
    "voltyard_build_info",
)

DASHBOARDS: Final = {"backend": BACKEND, "yard": YARD, "server": SERVER}
