/** TLS of both sides. See ../types.ts. */
import type { ValueMatcherConfig } from './route-match.ts'

/** What both sides of TLS have in common. */
export interface TlsConfig {
  readonly certificates: readonly TlsCertificateConfig[]
  readonly minVersion: TlsVersion
  readonly maxVersion: TlsVersion
  /** Of TLS 1.2, as OpenSSL lists them. */
  readonly ciphers: string
  /** Colons between names; '' = OpenSSL's choice. */
  readonly curves: string
  readonly signatureAlgorithms: string
  /** In the order of preference. */
  readonly alpn: readonly string[]
  /** Null = the peer's certificate is not looked at. */
  readonly validation: TlsValidationConfig | null
  /** What comes from elsewhere; null = nothing. */
  readonly secrets: TlsSecretsConfig | null
}

/** Secrets of a context, by the keys of their sources. */
export interface TlsSecretsConfig {
  /** Own certificates in their order, with those that are known. */
  readonly certificates: readonly (TlsCertificateConfig | string)[]
  /** Counts before `validation`; null = that is all. */
  readonly validation: string | null
}

/** Where a secret comes from. */
export interface SecretSourceConfig {
  /** Different from that of every other source. */
  readonly key: string
  readonly name: string
  readonly kind: TlsSecret['kind']
  readonly path: string
  /** Null = the folder of the file. */
  readonly watchedDirectory: string | null
}

/** What has come from a source. */
export type TlsSecret =
  | { readonly kind: 'tlsCertificate'; readonly value: TlsCertificateConfig }
  | { readonly kind: 'validationContext'; readonly value: TlsValidationConfig }

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** PEM, and the source of it in messages. */
export interface TlsCertificateConfig {
  readonly chain: Uint8Array
  readonly key: Uint8Array
  /** '' = the key is not encrypted. */
  readonly password: string
  readonly source: string
}

export interface TlsValidationConfig {
  /** PEM; null = chains are not verified. */
  readonly trustedCa: Uint8Array | null
  readonly source: string
  /** PEM. */
  readonly crl: Uint8Array | null
  /** sha256 in base64 of the public key. */
  readonly keyHashes: ReadonlySet<string>
  /** sha256 of the certificate in lower-case hex. */
  readonly certificateHashes: ReadonlySet<string>
  /** Empty = any name. */
  readonly names: readonly SanMatcherConfig[]
  readonly acceptsUntrusted: boolean
}

export interface SanMatcherConfig {
  readonly type: 'EMAIL' | 'DNS' | 'URI' | 'IP_ADDRESS'
  readonly match: Exclude<ValueMatcherConfig, { kind: 'present' } | { kind: 'range' }>
}

export interface DownstreamTlsConfig extends TlsConfig {
  readonly requiresClientCertificate: boolean
  /** 48 bytes as Node wants them; null = random ones of the process. */
  readonly ticketKeys: Uint8Array | null
  readonly hasTickets: boolean
  /** Seconds. */
  readonly sessionTimeout: number
}

export interface UpstreamTlsConfig extends TlsConfig {
  /** '' = no server is named. */
  readonly sni: string
  /** The name of the endpoint, if it has one, instead. */
  readonly asksForEndpoint: boolean
  /** The certificate must be of the server that was named. */
  readonly verifiesName: boolean
  /** Sessions are kept for resumption. */
  readonly resumes: boolean
}
