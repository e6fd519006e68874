"""The shell: HTTP, worker, command line, settings, wiring, migrations. Only here is committed."""
