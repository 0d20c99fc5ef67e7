"""Reports: datasets rendered as text. They compute no result of their own."""
