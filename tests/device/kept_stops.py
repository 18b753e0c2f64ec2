"""Devices that do not come back."""

from __future__ import annotations

from .bench import Client


async def no_path_back(client: Client) -> None:
    """Let the link be lost, and no path to the device be known."""
    client.in_reach = False
    client.peripheral.drop_link()
    await client.down()


async def not_let_back(client: Client) -> None:
    """Let the link be lost, and the device not take another one."""
    client.faults.refuse_connections = True
    client.peripheral.drop_link()
    await client.down()
