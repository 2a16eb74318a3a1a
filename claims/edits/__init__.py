"""Deterministic checks of a claim before it is sent; one module a family."""
