#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

// The C library's names in one place, so that no other file asks which system it is on.
func sin(_ x: Float) -> Float { sinf(x) }
func cos(_ x: Float) -> Float { cosf(x) }
func exp(_ x: Float) -> Float { expf(x) }
