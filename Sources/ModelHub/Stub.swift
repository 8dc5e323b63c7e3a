enum ModelHubStub {}
