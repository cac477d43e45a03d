// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// A program that makes files for the tests; integration/install installs all of them.
package struct Tool {
    package let path: String

    /// Nil when it is not there: the test is skipped and says so.
    package static func find(_ name: String) -> Tool? {
        ["/usr/bin", "/bin"].map { "\($0)/\(name)" }
            .first(where: FileManager.default.isExecutableFile).map(Tool.init)
    }

    package static func isThere(_ name: String) -> Bool { find(name) != nil }

    /// What the program writes to its standard output.
    package static func output(_ name: String, _ arguments: [String], input: [UInt8] = [], in folder: URL? = nil) throws
        -> [UInt8]
    {
        guard let tool = find(name) else { return [] }
        let process = Process()
        process.executableURL = URL(filePath: tool.path)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let (inPipe, outPipe) = (Pipe(), Pipe())
        process.standardInput = inPipe
        process.standardOutput = outPipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        try inPipe.fileHandleForWriting.write(contentsOf: Data(input))
        try inPipe.fileHandleForWriting.close()
        let data = try outPipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Array(data)
    }
}
