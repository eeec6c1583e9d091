"""Checks of an installation: versions, machine, speed, disks, caches and processes."""
