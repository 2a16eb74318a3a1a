"""What payers want: rules with days and sources, read from YAML (docs/policies.md)."""

from claims.policies.book import Policy, PolicyBook, line_of_business, policy_book
from claims.policies.files import PolicyFile, parse, read, read_folder, shipped

__all__ = [
    "Policy",
    "PolicyBook",
    "PolicyFile",
    "line_of_business",
    "parse",
    "policy_book",
    "read",
    "read_folder",
    "shipped",
]
