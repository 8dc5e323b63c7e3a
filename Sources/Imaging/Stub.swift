enum ImagingStub {}
