// Public, since the conformances of public types are.
public import ArgumentParser
public import World

extension PictureStyle: ExpressibleByArgument {}
extension Place: ExpressibleByArgument {}
extension WorldSplit: ExpressibleByArgument {}
extension WorldDataset.Format: ExpressibleByArgument {}
