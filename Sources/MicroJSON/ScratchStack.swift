/// A stack of plain values. It starts in borrowed memory (the caller's stack frame) and moves to the heap when that is
/// full, so that small texts are parsed without an allocation.
struct ScratchStack<Element: BitwiseCopyable>: ~Copyable {
    private var base: UnsafeMutablePointer<Element>
    private var capacity: Int
    private var isOwner = false
    private(set) var count = 0

    /// An empty stack in borrowed memory.
    ///
    /// - Parameter buffer: Must not be empty and must outlive the stack.
    init(borrowing buffer: UnsafeMutableBufferPointer<Element>) {
        // A temporary allocation of at least one element always has an address.
        base = buffer.baseAddress!
        capacity = buffer.count
    }

    deinit {
        if isOwner { base.deallocate() }
    }

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    /// The top. The stack must not be empty.
    @inline(__always)
    var last: Element {
        get { base[count - 1] }
        set { base[count - 1] = newValue }
    }

    @inline(__always)
    subscript(index: Int) -> Element { base[index] }

    @inline(__always)
    mutating func append(_ element: Element) {
        if count == capacity { grow() }
        (base + count).initialize(to: element)
        count += 1
    }

    @inline(__always)
    mutating func removeLast(_ number: Int = 1) { count -= number }

    @inline(never)
    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.update(from: base, count: count)
        if isOwner { base.deallocate() }
        base = larger
        capacity *= 2
        isOwner = true
    }
}
