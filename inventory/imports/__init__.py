"""Reading the files people and their systems send: what they are written in, their columns, their rows. Knows no database."""
