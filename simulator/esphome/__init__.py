"""The simulated radio as an ESPHome Bluetooth proxy over the native API.

Only this package imports aioesphomeapi, so that the rest of the simulator runs without it.
"""
