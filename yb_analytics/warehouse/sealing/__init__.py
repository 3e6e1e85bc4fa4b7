"""Sealing: what was published is what is read; raw deliveries kept, and a warehouse made of them again."""
