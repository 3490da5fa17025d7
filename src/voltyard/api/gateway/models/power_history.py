"""Power over the last hour."""

from voltyard.api.gateway.fields import GatewayAnswer, Moment, example


class PowerSampleResponse(GatewayAnswer):
    """The power that flowed at one moment."""

    at: Moment
    power_w: int


class PowerHistoryResponse(GatewayAnswer):
    """The power of the last hour, oldest first, about `step_s` seconds apart."""

    model_config = example(
        step_s=10.0,
        samples=[
            {"at": "2026-11-21T09:09:50.000Z", "power_w": 10960},
            {"at": "2026-11-21T09:10:00.000Z", "power_w": 11040},
        ],
    )

    step_s: float
    samples: list[PowerSampleResponse]
