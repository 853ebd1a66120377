"""What people and the clock do: each act with its rule, its change and its event, in one piece."""
