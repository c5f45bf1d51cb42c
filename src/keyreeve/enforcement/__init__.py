"""The doors: where a decision is enforced."""
