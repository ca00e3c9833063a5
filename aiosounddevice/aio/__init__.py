"""The async room: waits on the core, computes nothing. Knows asyncio and trio, not `compat`."""
