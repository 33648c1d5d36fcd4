"""Results of a run: summed up, grouped, merged, compared, corrected, written and read."""
