"""The schema's history: one module a version, run by Alembic."""

NEWEST = "0001"
"""Revision of the newest module under versions/; a test holds the two together."""
