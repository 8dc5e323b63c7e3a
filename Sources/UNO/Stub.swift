enum UNOStub {}
