"""The statistics of an audit: arrays in, one judged number out. Nothing here reads a run."""
