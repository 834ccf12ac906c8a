/** What filters and logs read of a certificate, taken apart when it is first asked for; names are byte strings. */
import { X509Certificate } from 'node:crypto'
import type { CertificateInfo } from '../http/stream-info.ts'
import { utf8ByteString } from '../util/bytes.ts'

/** Kinds of names as OpenSSL prints them. */
type NameKind = 'DNS' | 'URI' | 'email' | 'IP Address'

export class Certificate implements CertificateInfo {
  readonly #x509: X509Certificate
  #names: ReadonlyMap<string, readonly string[]> | null = null

  constructor(x509: X509Certificate) {
    this.#x509 = x509
  }

  get subject(): string {
    return distinguishedName(this.#x509.subject)
  }

  get issuer(): string {
    return distinguishedName(this.#x509.issuer)
  }

  get serial(): string {
    return this.#x509.serialNumber.toLowerCase()
  }

  get dnsNames(): readonly string[] {
    return this.#namesOf('DNS')
  }

  get uriNames(): readonly string[] {
    return this.#namesOf('URI')
  }

  get emails(): readonly string[] {
    return this.#namesOf('email')
  }

  get addresses(): readonly string[] {
    return this.#namesOf('IP Address')
  }

  get sha256(): string {
    return this.#x509.fingerprint256.replaceAll(':', '').toLowerCase()
  }

  get sha1(): string {
    return this.#x509.fingerprint.replaceAll(':', '').toLowerCase()
  }

  get pem(): string {
    return this.#x509.toString()
  }

  get chainPem(): string {
    return this.#chain.map((one) => one.toString()).join('')
  }

  get validFrom(): number {
    return this.#x509.validFromDate.getTime()
  }

  get validTo(): number {
    return this.#x509.validToDate.getTime()
  }

  /** DER of the public key. */
  get publicKey(): Buffer {
    return this.#x509.publicKey.export({ type: 'spki', format: 'der' })
  }

  /** Certificates that came with it, itself included. */
  get depth(): number {
    return this.#chain.length
  }

  /** In the order in which the certificate has them, of all kinds. */
  get allNames(): readonly string[] {
    return parseNames(this.#x509.subjectAltName ?? '').map(([, name]) => name)
  }

  /** The first common name of the subject, or ''. */
  get commonName(): string {
    return /(?:^|\n)CN=([^\n]*)/.exec(this.#x509.subject)?.[1] ?? ''
  }

  get #chain(): X509Certificate[] {
    const chain: X509Certificate[] = []
    for (let one: X509Certificate | undefined = this.#x509; one !== undefined; one = one.issuerCertificate) chain.push(one)
    return chain
  }

  #namesOf(kind: NameKind): readonly string[] {
    this.#names ??= groupNames(parseNames(this.#x509.subjectAltName ?? ''))
    return this.#names.get(kind) ?? []
  }
}

/**
 * RFC 2253 from the lines that Node makes of a name: the last part first, commas between, bytes beyond ASCII in hex.
 * What else has to be escaped is escaped in the lines already.
 */
function distinguishedName(lines: string): string {
  const parts = lines.split('\n').toReversed()
  const text = utf8ByteString(parts.join(',').replaceAll(' + ', '+'))
  return text.replace(/[\x80-\xff]/g, (byte) => `\\${byte.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** `DNS:a.test, URI:"a, b"`: a name with a comma or a quote stands as JSON. */
function parseNames(text: string): [string, string][] {
  return Array.from(text.matchAll(/([A-Za-z ]+?):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g), ([, kind = '', name = '']) => [
    kind,
    utf8ByteString(name.startsWith('"') ? (JSON.parse(name) as string) : name),
  ])
}

function groupNames(names: readonly [string, string][]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const [kind, name] of names) groups.set(kind, [...(groups.get(kind) ?? []), name])
  return groups
}
