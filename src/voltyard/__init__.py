"""An EV-charging lab: simulated chargers that speak real OCPP, and a headless CSMS."""

__version__ = "0.1.0"
