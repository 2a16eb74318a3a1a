"""Phrases that tell one kind of service from another, as data."""
