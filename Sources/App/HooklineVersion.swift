/// The version of this package.
public enum HooklineVersion {
    public static let current = "0.1.0"
}
