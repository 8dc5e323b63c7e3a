import Testing
import Torch

@Suite(.serialized) struct MemoryReuseTests {
    private func address(_ tensor: Tensor) throws -> UInt {
        try tensor.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
    }

    @Test func freedMemoryServesTheNextTensorOfItsSize() throws {
        try reusingMemory {
            // Of a size that no test beside this one takes.
            let count = 48 << 20
            let first = try address(Tensor.full([count], 1))
            let second = try Tensor.full([count], 2)
            #expect(try address(second) == first)
            // Half the size would waste the other half.
            #expect(try address(Tensor.full([count / 2], 3)) != first)
            #expect(try second.sum().item() == Double(2 * count))
        }
    }

    @Test func tensorsOutliveTheScopeAndScopesNest() throws {
        let before = try Tensor.full([2 << 20], 1)
        let inner = try reusingMemory {
            _ = try reusingMemory { try before + 1 }
            return try before + 2
        }
        let after = try inner + before
        #expect(try after.amax().item() == 4 && after.amin().item() == 4)
    }
}
