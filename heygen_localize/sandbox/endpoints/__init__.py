"""From a checked call to an answer, a file for each group of the contract."""
