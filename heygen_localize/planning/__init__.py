"""What is decided: plans, costs, what to pull, prune or review. Pure."""
