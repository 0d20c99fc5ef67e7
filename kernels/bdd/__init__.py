"""Binary decision diagrams as flat programs: construction, sweeps and self-products."""
