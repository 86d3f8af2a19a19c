"""What is done, one module for each command."""
