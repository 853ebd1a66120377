"""Engines: where the expressions of the stages are computed and stored."""

from openp4p.engine.base import Engine, open_engine
from openp4p.engine.stage import Stage, stage, stages

__all__ = ["Engine", "Stage", "open_engine", "stage", "stages"]
