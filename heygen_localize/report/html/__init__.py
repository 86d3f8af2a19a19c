"""The page of `localize report`."""
