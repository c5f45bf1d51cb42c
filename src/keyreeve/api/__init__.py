"""The public REST API: operations, documents and errors over HTTP."""
