/// A certificate that says nothing and proves nothing, and its key: `openssl req -x509` of OpenSSL 3.0, prime256v1.
enum ClientCertificateFixture {
    static let certificate = """
        -----BEGIN CERTIFICATE-----
        MIIBeDCCAR+gAwIBAgIUTyAA05b89+9Y87f2m8H/qhLlAUEwCgYIKoZIzj0EAwIw
        ETEPMA0GA1UEAwwGc3R1ZGlvMCAXDTI2MTEyMzIyMTYyOFoYDzIxMjYxMDMwMjIx
        NjI4WjARMQ8wDQYDVQQDDAZzdHVkaW8wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC
        AATO6bK11Yv+KTl7MVPWnYEMlXnGau9cQ5ndXTUWUWdNcdKA8T91lgEnJhlSzUYk
        nMC1tSA0ihldCyoSJNrehbOJo1MwUTAdBgNVHQ4EFgQUng83awiZDELFQHnoMjH6
        5C5dBCwwHwYDVR0jBBgwFoAUng83awiZDELFQHnoMjH65C5dBCwwDwYDVR0TAQH/
        BAUwAwEB/zAKBggqhkjOPQQDAgNHADBEAiBl3BLBtvx+KoGmGN2b4BuRUfrKugxk
        BVXCCVvJTEBtogIgAnBZwAEGh29uDScAIKNxBFLXWJmppDKRI+d2hYB2NnU=
        -----END CERTIFICATE-----
        """
    static let privateKey = """
        -----BEGIN EC PRIVATE KEY-----
        MHcCAQEEIIhWWxdR+9cst5kQuM1MqXWx4zs3W/dHaPZMdWc7jOdPoAoGCCqGSM49
        AwEHoUQDQgAEzumytdWL/ik5ezFT1p2BDJV5xmrvXEOZ3V01FlFnTXHSgPE/dZYB
        JyYZUs1GJJzAtbUgNIoZXQsqEiTa3oWziQ==
        -----END EC PRIVATE KEY-----
        """
}
