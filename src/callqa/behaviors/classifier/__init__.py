"""The statistical model that finds behaviors in lines which no phrase covers."""
