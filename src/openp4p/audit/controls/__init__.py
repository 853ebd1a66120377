"""Controls that a program of this kind keeps: an audit trail, clocks, small cells."""
