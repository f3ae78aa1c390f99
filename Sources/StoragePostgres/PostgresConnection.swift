import CLibPQ
internal import HooklineStorage
internal import Logging

/// A connection that is opened when it is first needed, and again after it broke. It belongs to one thread.
final class PostgresConnection {
    private let parameters: ConnectionParameters
    private let logger: Logger
    private var session: PostgresSession?

    init(parameters: ConnectionParameters, logger: Logger) {
        self.parameters = parameters
        self.logger = logger
    }

    deinit {
        close()
    }

    /// - Throws: `StorageError.unavailable`.
    func open() throws -> PostgresSession {
        if let session, !session.isBroken { return session }
        close()
        let pointer = try parameters.connect()
        // The connection's owner outlives it.
        let context = Unmanaged.passUnretained(self).toOpaque()
        PQsetNoticeProcessor(
            pointer,
            { context, notice in
                guard let context, let notice else { return }
                let connection = Unmanaged<PostgresConnection>.fromOpaque(context).takeUnretainedValue()
                connection.logger.debug("notice of the server", metadata: ["notice": "\(String(cString: notice))"])
            },
            context
        )
        let session = PostgresSession(pointer, isOwned: true)
        self.session = session
        return session
    }

    func close() {
        if let session { PQfinish(session.pointer) }
        session = nil
    }

    /// Runs `body` in a transaction, again where that may help. The body sees a snapshot where it only reads.
    func transaction<Result>(_ mode: Mode, _ body: (any Transaction) throws -> Result) throws -> Result {
        var retry = TransactionRetry()
        while true {
            let session = try open()
            do {
                try session.begin(mode.rawValue)
                let result = try body(PostgresTransaction(session))
                try session.commit()
                return result
            } catch {
                session.rollback()
                let isUnknown = (error as? StorageError)?.engineCode == "08007"
                if isUnknown { throw error }
                guard retry.shouldRetry(failure: session.failure, isBroken: session.isBroken) else { throw error }
            }
        }
    }

    enum Mode: String {
        /// Statements see what others committed before them; whoever reads in order to write takes a lock.
        case write = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
        case read = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    }
}
