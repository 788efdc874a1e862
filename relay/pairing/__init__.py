"""How a workstation gets its credential: an admin makes an offer, the workstation claims it."""
