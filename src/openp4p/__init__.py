"""openp4p: from claims to a payment that a physician can check, dispute and trust."""

__version__ = "0.1.0"
