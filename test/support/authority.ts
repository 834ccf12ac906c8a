/** A certificate authority made for one test run, with the `openssl` of this machine; nothing of it is kept. */
import { execFile } from 'node:child_process'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate with its key, both as files and as PEM. */
export interface Issued {
  readonly certificateFile: string
  readonly keyFile: string
  /** The certificate, then the authority's. */
  readonly chain: string
  readonly certificate: string
  readonly key: string
}

export interface CertificateWishes {
  /** As OpenSSL writes it: `/O=Org/CN=client`. */
  readonly subject?: string
  /** As in OpenSSL's configuration: `DNS:a.test,URI:spiffe://a/b`. */
  readonly names?: string
  /** `ec` by default. */
  readonly keyType?: 'ec' | 'rsa'
  /** The certificate has ended long ago. */
  readonly isExpired?: boolean
  /** Encrypts the key. */
  readonly password?: string
}

const NEW_KEY = {
  ec: ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
  rsa: ['-newkey', 'rsa:2048'],
} as const

/** OpenSSL's small authority, which can set dates and revoke. */
const CONFIGURATION = `[ca]
default_ca = main
[main]
database = index.txt
new_certs_dir = .
serial = serial
crlnumber = crlnumber
default_md = sha256
default_crl_days = 30
unique_subject = no
policy = any
copy_extensions = copy
[any]
countryName = optional
organizationName = optional
organizationalUnitName = optional
commonName = optional
emailAddress = optional
`

export class TestAuthority {
  readonly folder: string
  readonly file: string
  readonly pem: string
  #issued = 0

  private constructor(folder: string, pem: string) {
    this.folder = folder
    this.file = join(folder, 'authority.pem')
    this.pem = pem
  }

  /** `folder` is empty and belongs to the authority. */
  static async create(folder: string, name = 'test authority'): Promise<TestAuthority> {
    const write = (file: string, text: string): Promise<void> => writeFile(join(folder, file), text)
    await Promise.all([write('ca.cnf', CONFIGURATION), write('index.txt', ''), write('serial', '1000'), write('crlnumber', '01')])
    const files = ['-keyout', 'authority.key', '-out', 'authority.pem']
    const request = ['req', '-x509', ...NEW_KEY.ec, '-nodes', '-subj', `/CN=${name}`, '-days', '30', ...files]
    await run('openssl', request, { cwd: folder })
    return new TestAuthority(folder, await readFile(join(folder, 'authority.pem'), 'latin1'))
  }

  async issue(wishes: CertificateWishes = {}): Promise<Issued> {
    const { subject = '/CN=localhost', names = '', keyType = 'ec', isExpired = false, password } = wishes
    const name = `issued-${++this.#issued}`
    const lock = password === undefined ? ['-nodes'] : ['-passout', `pass:${password}`]
    const extensions = names === '' ? [] : ['-addext', `subjectAltName=${names}`]
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`]
    await this.#openssl('req', ...NEW_KEY[keyType], ...lock, '-utf8', '-subj', subject, ...extensions, ...files)
    const dates = isExpired ? ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z'] : ['-days', '20']
    await this.#sign('-in', `${name}.csr`, '-out', `${name}.pem`, '-notext', '-utf8', ...dates)
    return this.#read(name)
  }

  /** The list of what was revoked so far, in PEM, with `revoked` added. */
  async revoke(...revoked: readonly Issued[]): Promise<string> {
    for (const { certificateFile } of revoked) await this.#sign('-revoke', certificateFile)
    await this.#sign('-gencrl', '-out', 'crl.pem')
    return readFile(join(this.folder, 'crl.pem'), 'latin1')
  }

  async #read(name: string): Promise<Issued> {
    const [certificateFile, keyFile] = [join(this.folder, `${name}.pem`), join(this.folder, `${name}.key`)]
    const [certificate, key] = await Promise.all([readFile(certificateFile, 'latin1'), readFile(keyFile, 'latin1')])
    await appendFile(join(this.folder, `${name}-chain.pem`), certificate + this.pem)
    return { certificateFile, keyFile, certificate, key, chain: certificate + this.pem }
  }

  #sign(...args: readonly string[]): Promise<unknown> {
    const authority = ['-config', 'ca.cnf', '-batch', '-keyfile', 'authority.key', '-cert', 'authority.pem']
    return this.#openssl('ca', ...authority, ...args)
  }

  #openssl(...args: readonly string[]): Promise<unknown> {
    return run('openssl', args, { cwd: this.folder })
  }
}
