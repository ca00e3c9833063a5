"""Signal maths on arrays: no device, no event loop."""
