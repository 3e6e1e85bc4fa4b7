"""yb_analytics."""
