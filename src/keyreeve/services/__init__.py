"""What may be done: one transaction and one audit event for each use."""
