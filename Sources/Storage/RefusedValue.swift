/// Values that one of the two databases cannot keep. Both refuse them, so that neither truncates or changes one
/// silently: PostgreSQL has no U+0000 in text, SQLite stores NaN as NULL.
package enum RefusedValue {
    package static let nullCharacter = StorageError.failed(
        code: "22021",
        message: "text with the character U+0000 cannot be stored; remove it or use a blob"
    )

    package static let notANumber = StorageError.failed(
        code: "22003",
        message: "NaN cannot be stored; use NULL where there is no number"
    )
}
