"""The web console: pages rendered on the server, which need no script to work."""
