"""The vendor's contract, compiled once: what a request must be like to be heard at all."""
