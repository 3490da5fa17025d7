"""Metrics of the backend: links, calls, commands, and events on their way to webhooks."""

from voltyard.api.metrics.families import (
    Families,
    counter,
    counters,
    gauge,
    gauges,
    histogram,
    single,
)
from voltyard.csms.backend import Backend
from voltyard.events.webhooks.sender import WebhookSender


def link_metrics(backend: Backend) -> Families:
    """Metrics of the links of chargers."""
    yield gauge("chargers", "Chargers registered with the backend.", backend.registered)
    yield gauge("links", "Chargers connected to the backend.", backend.links)
    yield counter("links_opened", "Links that chargers have opened.", backend.links_opened)
    yield gauges(
        "links_paused",
        "Links that are not read: their answers wait, the database is behind, or the quota of "
        "frames is used up.",
        ("reason",),
        single(backend.links_paused),
    )
    yield counter(
        "chargers_replaced",
        "Links closed because a newer one of their charger came.",
        backend.replaced,
    )
    yield counters(
        "handshakes_refused",
        "Handshakes of chargers refused.",
        ("reason",),
        single(backend.refusals.counts),
    )
    yield gauge(
        "charger_certificates_expiring",
        "Chargers whose last valid certificate of those issued here ends within 30 days.",
        backend.certificates.expiring,
    )


def call_metrics(backend: Backend) -> Families:
    """Metrics of CALLs and commands."""
    calls = backend.call_counts
    yield counters(
        "calls",
        "CALLs between chargers and the backend.",
        ("direction", "action", "outcome", "verdict"),
        calls.counts,
    )
    yield histogram(
        "answer_seconds",
        "Time from a charger's CALL to the answer it is sent; most of it is the wait for the "
        "commit.",
        calls.answers,
    )
    yield histogram(
        "charger_answer_seconds",
        "Time from a CALL of the backend to the charger's answer.",
        calls.charger_answers,
    )
    yield counters(
        "commands",
        "Commands to chargers that are over. `status` is the charger's (accepted, answered, "
        "rejected or other), or error, timeout, lost or unsent.",
        ("command", "status"),
        backend.commands_finished,
    )


def webhook_metrics(sender: WebhookSender) -> Families:
    """Metrics of webhooks."""
    figures = sender.figures
    yield gauges("webhooks", "Webhooks by state.", ("state",), single(sender.states))
    yield gauge(
        "webhook_deliveries_held",
        "Deliveries in memory that are to be sent; the database may have more.",
        sender.held,
    )
    yield gauge(
        "webhook_oldest_seconds",
        "Age of the oldest event in memory that is to be sent.",
        sender.oldest_s(),
    )
    yield counters(
        "webhook_attempts", "Attempts to deliver an event.", ("result",), single(figures.attempts)
    )
    yield counter("webhook_given_up", "Deliveries that are not tried again.", figures.given_up)
    yield histogram("webhook_delay_seconds", "Time from an event to its delivery.", figures.delays)
