"""Drivers of vehicles: habits, cars, tags, crowds, and days at a site."""
