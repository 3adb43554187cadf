"""What a run leaves behind: recorder, LEAN's statistics, LEAN's result files, the report, comparison."""
