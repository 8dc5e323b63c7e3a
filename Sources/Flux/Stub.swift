enum FluxStub {}
