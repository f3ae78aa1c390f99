import Foundation
import Testing

@testable import HooklineApp

@Suite struct FilesTests {
    @Test func aFileIsForItsOwnerAndNotOverwritten() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/a"
            try SmallFile.create(path, contents: Array("abc".utf8))
            #expect(try permissions(path) == 0o600)
            #expect(throws: SystemError(code: EEXIST)) { try SmallFile.create(path, contents: []) }
            #expect(try SmallFile.contents(of: path, maximumBytes: 10) == Array("abc".utf8))
            #expect(try SmallFile.contents(of: path, maximumBytes: 2).count == 3)
            #expect(try SmallFile.contents(of: path, maximumBytes: 3, isPrivate: true).count == 3)
            try SmallFile.move(path, to: "\(folder)/b")
            #expect(!SmallFile.exists(path))
            try SmallFile.remove("\(folder)/b")
            try SmallFile.remove("\(folder)/b")
        }
    }

    @Test func foldersAreForTheirOwner() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/a/b/c"
            try SmallFile.createFolder(path)
            try SmallFile.createFolder(path)
            #expect(try permissions(path) == 0o700)
            #expect(try permissions("\(folder)/a") == 0o700)
        }
        #expect(SmallFile.folder(of: "a") == nil)
        #expect(SmallFile.folder(of: "/a") == "/")
        #expect(SmallFile.folder(of: "a/b/c") == "a/b")
    }

    @Test func aLockIsHeldOnce() async throws {
        try await withTemporaryFolder { folder in
            var lock: FileLock? = try FileLock("\(folder)/lock")
            let error = #expect(throws: SystemError.self) { try FileLock("\(folder)/lock") }
            #expect(error?.isWouldBlock == true)
            withExtendedLifetime(lock) {}
            lock = nil
            _ = try FileLock("\(folder)/lock")
        }
    }
}
