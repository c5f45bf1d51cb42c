"""Keyreeve: API keys that carry their owner's roles, and a whitelist for what is dangerous."""
