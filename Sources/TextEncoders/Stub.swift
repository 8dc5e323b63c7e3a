enum TextEncodersStub {}
