"""Outages and kills that several tests of simulated histories share."""

from voltyard.drivers.workload import Outages

ROUGH = Outages(
    network_drops_per_day=24.0,
    network_drop_s=900.0,
    power_cuts_per_day=6.0,
    power_cut_s=120.0,
    frames_lost=0.02,
)
KILLS_PER_DAY = 6.0
