"""Payment methods: all there are, what each can do, and which of them the merchant offers."""
