"""A remittance's outcomes: what the payer did with each line and claim (reference: labels.md)."""
