"""PortAudio, the C kernel, devices, settings and errors: everything that knows no event loop.

Nothing is imported here: `core.errors` must not pull in a library, nor `core.devices` NumPy.
"""
