"""What shoppers see: the hosted payment page, payment links and the script that opens them."""
