"""What `localize worker` does: passes over projects, and deliveries of what they brought."""
