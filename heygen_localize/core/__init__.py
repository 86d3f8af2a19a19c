"""The words that all rooms speak: targets, jobs, locks, languages, errors, texts. Pure."""
