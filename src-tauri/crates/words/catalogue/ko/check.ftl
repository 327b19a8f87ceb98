### The self-check: a line for each subject and finding.
