"""Views everything else uses: reversals netted, places, coverage."""
