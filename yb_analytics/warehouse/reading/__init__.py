"""Reading a delivery: formats, encodings, names, mappings, types; what cannot be taken, and why."""
