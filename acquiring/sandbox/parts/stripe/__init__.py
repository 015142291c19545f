"""What the simulator of Stripe is made of: its parameters, its objects, its methods and cards."""
