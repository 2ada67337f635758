"""Speed, side by side with peers and with the limit. `make bench` runs all of it; README.md says how it is laid out."""
