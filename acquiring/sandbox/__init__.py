"""Provider simulators: a process of their own that speaks each provider's wire protocol."""
