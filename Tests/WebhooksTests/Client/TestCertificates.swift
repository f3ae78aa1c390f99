/// Certificates of a private authority, for tests only; nothing else trusts it.
///
/// Made with OpenSSL 3.0.19: `openssl ecparam -name prime256v1 -genkey`, `openssl req -x509` for the authority,
/// `openssl x509 -req -extfile` for the server's and the client's, valid until 2125, and `openssl ca -startdate -enddate`
/// for the expired one.
enum TestCertificates {
    /// The authority that signed all others.
    static let authority = """
        -----BEGIN CERTIFICATE-----
        MIIBnjCCAUOgAwIBAgIUe18JMqtdqCmsOGyz4aIu4fQ0a/0wCgYIKoZIzj0EAwIw
        GzEZMBcGA1UEAwwQSG9va2xpbmUgdGVzdCBDQTAgFw0yNjExMjMyMTA1NTFaGA8y
        MTI1MDYxNzIxMDU1MVowGzEZMBcGA1UEAwwQSG9va2xpbmUgdGVzdCBDQTBZMBMG
        ByqGSM49AgEGCCqGSM49AwEHA0IABKS6fKPXBHGxpcD1tuNHnjzSV2a+F5p5Ptu8
        22pEk+pPrSSHn7wCND3KNNUGWmOZuqRE42LjtZiigmSeg89H5mWjYzBhMB0GA1Ud
        DgQWBBQol/xe2k6cvsx3njTQCmc9sqmaHDAfBgNVHSMEGDAWgBQol/xe2k6cvsx3
        njTQCmc9sqmaHDAPBgNVHRMBAf8EBTADAQH/MA4GA1UdDwEB/wQEAwIBBjAKBggq
        hkjOPQQDAgNJADBGAiEA/8K5d2RFBJo41n/eC3oYNwgw1THFW6ycqspEeY2996wC
        IQDEGYmZ2PWi9w9oN+jffQchTrFLuDT/CMuuDDlDAI98lw==
        -----END CERTIFICATE-----
        """

    /// For `receiver.test` and 127.0.0.1.
    static let server = """
        -----BEGIN CERTIFICATE-----
        MIIByzCCAXGgAwIBAgIUV1p0EPcJosQ2qY0AlGAVhbYmhQAwCgYIKoZIzj0EAwIw
        GzEZMBcGA1UEAwwQSG9va2xpbmUgdGVzdCBDQTAgFw0yNjExMjMyMTA1NTJaGA8y
        MTI1MDMwOTIxMDU1MlowGDEWMBQGA1UEAwwNcmVjZWl2ZXIudGVzdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABKSNIxcE71EZorEqBU3lF7mflWCtiDm0X8NBj2gS
        iGkAcNYaDwTiQUgvRLrRV74XyglbA1aHrjqxFNwsmNjuXDmjgZMwgZAwCQYDVR0T
        BAIwADAOBgNVHQ8BAf8EBAMCB4AwEwYDVR0lBAwwCgYIKwYBBQUHAwEwHgYDVR0R
        BBcwFYINcmVjZWl2ZXIudGVzdIcEfwAAATAdBgNVHQ4EFgQUfad6fSh+zjHCUFBo
        /oOE5XiuG98wHwYDVR0jBBgwFoAUKJf8XtpOnL7Md5400ApnPbKpmhwwCgYIKoZI
        zj0EAwIDSAAwRQIgBPJiC/1qsI8ii1pOHhbosRXeK4IomnsyQ3bpnT/5m1kCIQDB
        L6dggJIU9RoLX8eX3jC/Gb0AJfW8CVsaFSTQqrjkMQ==
        -----END CERTIFICATE-----
        """

    static let serverKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQggwryBhn6M1n2KJ5s
        UUnvx01tZl7We3imWHDnT5aRWwuhRANCAASkjSMXBO9RGaKxKgVN5Re5n5VgrYg5
        tF/DQY9oEohpAHDWGg8E4kFIL0S60Ve+F8oJWwNWh646sRTcLJjY7lw5
        -----END PRIVATE KEY-----
        """

    /// For `receiver.test`, valid in the year 2020 only.
    static let expired = """
        -----BEGIN CERTIFICATE-----
        MIIBsTCCAVegAwIBAgICEAAwCgYIKoZIzj0EAwIwGzEZMBcGA1UEAwwQSG9va2xp
        bmUgdGVzdCBDQTAeFw0yMDAxMDEwMDAwMDBaFw0yMTAxMDEwMDAwMDBaMBgxFjAU
        BgNVBAMMDXJlY2VpdmVyLnRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATD
        OxulK+y/zgUbBVg1PKd8jPg9Vpfk+6e1SXaVEv80Icxwq7XURBZCZwWdBH5Od6LK
        YfAXXCnNhjf+AP/mNZx7o4GNMIGKMAkGA1UdEwQCMAAwDgYDVR0PAQH/BAQDAgeA
        MBMGA1UdJQQMMAoGCCsGAQUFBwMBMBgGA1UdEQQRMA+CDXJlY2VpdmVyLnRlc3Qw
        HQYDVR0OBBYEFDne9IQyzr+9TmSA+G+3cbY91RxwMB8GA1UdIwQYMBaAFCiX/F7a
        Tpy+zHeeNNAKZz2yqZocMAoGCCqGSM49BAMCA0gAMEUCIGeHa6NMkPreFGLX41c8
        8mR+hyTsqnBi8bAwN09WSHSFAiEA9DikdH+SPu1X+yNBrPb+07hKaoJw8OSYeFzA
        BIcD0A8=
        -----END CERTIFICATE-----
        """

    static let expiredKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQg/iJat+5//grjmziZ
        cwoq2Yi35iE26LPQ4hqURXFLtNKhRANCAATDOxulK+y/zgUbBVg1PKd8jPg9Vpfk
        +6e1SXaVEv80Icxwq7XURBZCZwWdBH5Od6LKYfAXXCnNhjf+AP/mNZx7
        -----END PRIVATE KEY-----
        """

    /// A client's, for mutual TLS.
    static let client = """
        -----BEGIN CERTIFICATE-----
        MIIBqjCCAU+gAwIBAgIUV1p0EPcJosQ2qY0AlGAVhbYmhQEwCgYIKoZIzj0EAwIw
        GzEZMBcGA1UEAwwQSG9va2xpbmUgdGVzdCBDQTAgFw0yNjExMjMyMTA1NTJaGA8y
        MTI1MDMwOTIxMDU1MlowGDEWMBQGA1UEAwwNaG9va2xpbmUudGVzdDBZMBMGByqG
        SM49AgEGCCqGSM49AwEHA0IABAO96LvF3yAc+6xyFHk/+DkllNJqaHsr54c17b28
        WmHpGJikbudBqQdDRsildNiqz4IJS0hsX1TWPstlXCxVuzejcjBwMAkGA1UdEwQC
        MAAwDgYDVR0PAQH/BAQDAgeAMBMGA1UdJQQMMAoGCCsGAQUFBwMCMB0GA1UdDgQW
        BBSLt2W6QgRSh+dphCvdNP7zNL+yoTAfBgNVHSMEGDAWgBQol/xe2k6cvsx3njTQ
        Cmc9sqmaHDAKBggqhkjOPQQDAgNJADBGAiEA2d95nfRVx5VdugA5PvSGVZNIOz6s
        X+4sWRNZsjSF6VoCIQDdkYMAouX3eFew0riSFzUtq6gaFK00ZlJj+OicytDUkQ==
        -----END CERTIFICATE-----
        """

    static let clientKey = """
        -----BEGIN PRIVATE KEY-----
        MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgdAceEYXytiXoynAn
        uScZQfNGGEIrWbgrf6zenBKOs5ShRANCAAQDvei7xd8gHPuschR5P/g5JZTSamh7
        K+eHNe29vFph6RiYpG7nQakHQ0bIpXTYqs+CCUtIbF9U1j7LZVwsVbs3
        -----END PRIVATE KEY-----
        """
}
