"""What tests use: `harness.qemu` boots images, `harness.cli` calls the command line. See tests/README.md."""
