"""How it is said: RFCs as pure functions from bytes and text to values, and back."""
