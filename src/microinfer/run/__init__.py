"""The interpreter: prepare, plan, bind once; then invoke."""
