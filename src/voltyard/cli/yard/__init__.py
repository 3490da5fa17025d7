"""Commands about the yard: chargers, locations, days, deliberate faults, frames and events."""
