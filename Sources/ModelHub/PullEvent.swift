/// What a pull reports while it runs. Files are named by their path in the target directory; counts are bytes.
public enum PullEvent: Sendable, Equatable {
    /// The files the pull is for, and the sum of their sizes.
    case listed(files: Int, bytes: Int)
    /// A file is here already, with the right size and checksum.
    case present(file: String, bytes: Int)
    /// A file is fetched from its start.
    case began(file: String, bytes: Int)
    /// A file is continued from an earlier attempt or an earlier pull.
    case resumed(file: String, from: Int, of: Int)
    /// So much of a file has arrived. Sent a few times per second, and once at the file's end.
    case progress(file: String, done: Int, of: Int)
    /// A file of this size is being read for its checksum, which takes a while for large ones.
    case verifying(file: String, bytes: Int)
    /// A file has arrived, has the announced checksum, and stands under its name.
    case verified(file: String)
    /// A request failed and is made again after a pause. `file` is a repository's name where its listing failed.
    case retrying(file: String, reason: String, seconds: Double)
    /// Every file is in the directory.
    case finished(directory: String)
}
