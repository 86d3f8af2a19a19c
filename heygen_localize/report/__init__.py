"""What people and machines read of a plan, a run and a status: text, Markdown, JSON."""
