"""What changed between two specs, by its meaning: found, said, drawn. Reads and writes no file."""
