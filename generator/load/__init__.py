"""Reading: YAML, schemas, board files, fragments and the Kconfig tree. Nothing here writes or emits."""
