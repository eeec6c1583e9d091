"""The settings of experiments, one a file: its options, config, tasks, run, curve columns and axes."""
