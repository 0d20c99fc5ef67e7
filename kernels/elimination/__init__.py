"""Variable elimination over sparse tables: from gates to an arithmetic circuit, and its sweeps."""
