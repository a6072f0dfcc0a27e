"""What the suites share: the server under test, its protocols, and a client of another implementation."""
