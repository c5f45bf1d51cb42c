"""The room that knows all others: it reads clock, entropy and environment, and starts the whole."""
