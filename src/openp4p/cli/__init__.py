"""The commands: `openp4p synthesize | run | tables | show | explain | check | programs | sql`."""

from openp4p.cli.app import app, main

__all__ = ["app", "main"]
