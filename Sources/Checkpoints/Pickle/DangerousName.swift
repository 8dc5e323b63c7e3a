/// Functions that a pickle names to run code or to reach into the system when Python loads it; no file of weights has a use for them.
///
/// Nothing is run here whatever a file names. Such a file is refused all the same: whoever made it did not make a file of weights.
enum DangerousName {
    /// Modules of which nothing belongs into a pickle of weights.
    private static let modules: Set<String> = [
        "os", "posix", "nt", "subprocess", "sys", "shutil", "socket", "importlib", "imp", "runpy", "pty", "code", "codeop", "ctypes", "_ctypes",
        "pickle", "_pickle", "cPickle", "marshal", "webbrowser", "commands", "popen2", "pip", "asyncio", "multiprocessing", "signal", "pdb", "bdb",
        "timeit", "cProfile", "profile", "trace", "http", "urllib", "ftplib", "smtplib", "telnetlib", "requests", "tempfile", "io", "_io", "platform",
        "fileinput", "glob", "linecache", "types", "gc", "inspect",
    ]
    /// Of Python's own names those that run text, or open what is named in it.
    private static let builtins: Set<String> = [
        "eval", "exec", "execfile", "compile", "__import__", "open", "file", "input", "raw_input", "breakpoint", "apply", "globals", "locals", "vars", "exit",
    ]

    /// - Parameter name: module and name with a space between them.
    static func contains(_ name: String) -> Bool {
        let parts = name.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2, let module = parts[0].split(separator: ".").first.map(String.init) else { return false }
        if module == "builtins" || module == "__builtin__" { return builtins.contains(parts[1].split(separator: ".").first.map(String.init) ?? "") }
        return modules.contains(module) || parts[0] == "torch.hub"
    }
}
