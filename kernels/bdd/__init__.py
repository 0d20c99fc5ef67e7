"""Binary decision diagrams as flat programs: built, swept, multiplied with themselves."""
