"""ClickHouse: clients, migrations, the embedded engine and the endpoint that shares it on one machine."""
