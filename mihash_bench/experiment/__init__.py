"""From a sweep to run files: configs, the one trial, and the runner that does many of them."""
