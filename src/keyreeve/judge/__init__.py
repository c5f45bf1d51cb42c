"""What is remembered between two requests, so that a decision needs no IO."""
