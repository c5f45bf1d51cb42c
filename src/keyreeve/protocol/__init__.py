"""How it is said: RFCs as pure functions from bytes to values and back."""
