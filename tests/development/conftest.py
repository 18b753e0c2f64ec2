"""Shared fixtures of the tests of the development instance."""

import pytest
import pytest_socket


@pytest.fixture
def unix_sockets() -> None:
    """Let a test connect within this machine."""
    pytest_socket.socket_allow_hosts([], allow_unix_socket=True)
