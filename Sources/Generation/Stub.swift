enum GenerationStub {}
