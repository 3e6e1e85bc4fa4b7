"""The pages in a browser: they name blocks in an order; what a block says is made in the package."""
