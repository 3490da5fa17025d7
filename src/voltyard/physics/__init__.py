"""Battery, vehicle, supply, ramp and meter: pure functions of state and elapsed time."""
