"""Making a plan true: the window of jobs in progress, orders, polling, and what was learned."""
