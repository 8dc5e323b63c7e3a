enum LayersStub {}
