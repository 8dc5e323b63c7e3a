package import Generation

/// Which systems take a reference in which role: what a refusal points to.
package enum RoleSupport {
    private static let systems: [(name: String, roles: [Reference.Role])] = [
        ("UNO", [.subject]), ("USO", [.subject, .face, .style]), ("DreamO", Reference.Role.allCases),
    ]

    /// - Parameter system: as people write it, `USO`.
    /// - Throws: `RequestError.unsupported` naming the first reference that the system does not take, and the systems that do.
    package static func check(_ references: [Reference], for system: String) throws(RequestError) {
        let own = systems.first { $0.name == system }?.roles ?? []
        guard let reference = references.first(where: { !own.contains($0.role) }) else { return }
        let others = systems.filter { $0.roles.contains(reference.role) }.map(\.name).joined(separator: " and ")
        throw .unsupported(
            "\(system) takes no reference in the role '\(reference.role.rawValue)' (\(reference.name)); it takes \(list(own))",
            remedy: "\(others) can: give --model such a model, or give the picture another role.")
    }

    private static func list(_ roles: [Reference.Role]) -> String {
        let names = roles.map(\.rawValue)
        return names.count < 2 ? "\(names.joined())s only" : "\(names.dropLast().joined(separator: ", ")) and \(names.suffix(1).joined())"
    }
}
