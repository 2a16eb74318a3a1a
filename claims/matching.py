"""Which claim a payment answers, and which visit a note belongs to."""
