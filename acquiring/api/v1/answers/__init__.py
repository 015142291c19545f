"""What the API answers, as structs: the document is made of them, and tests hold every answer
against them. The values themselves are made where the objects live."""
