"""The desktop companion: receives commands from the relay and shows documents on the monitors of a bench."""
