"""The command line: a thin layer with one file for each verb or group of verbs."""
