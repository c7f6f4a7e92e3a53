import Glibc

/// How long the tests run that find more the longer they run: `NESTKV_TEST_LENGTH` multiplies what they repeat.
public enum TestLength {
    /// A whole number, 1 unless the variable is set. 8 takes hours.
    public static let factor = getenv("NESTKV_TEST_LENGTH").flatMap { Int(String(cString: $0)) }.map { max(1, $0) } ?? 1

    /// What is repeated this often in a short run.
    public static func times(_ count: Int) -> Int { count * factor }
}
