"""The settings of experiments, one in each file: its options, config, tasks, run, curve columns and axes."""
