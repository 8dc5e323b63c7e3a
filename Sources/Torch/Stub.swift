enum TorchStub {}
