enum TokenizersStub {}
