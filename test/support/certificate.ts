/** Certificates made for one test run, with the `openssl` of this machine. */
import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Paths of PEM files. */
export interface TestCertificate {
  /** The authority that signed; its own certificate is self-signed. */
  readonly authority: string
  readonly certificate: string
  readonly key: string
}

/** A certificate of 127.0.0.1 and localhost by an authority that nobody knows, in `folder`. */
export async function makeCertificate(folder: string): Promise<TestCertificate> {
  const file = (name: string): string => join(folder, name)
  const paths = { authority: file('authority.pem'), certificate: file('server.pem'), key: file('server.key') }
  const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=test authority',
    '-days',
    '2',
    '-keyout',
    'authority.key',
    '-out',
    'authority.pem',
  )
  await openssl('req', ...newKey, '-subj', '/CN=localhost', '-keyout', 'server.key', '-out', 'server.csr')
  await writeFile(file('names.cnf'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\nbasicConstraints=CA:FALSE\n')
  const signing = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial', '-days', '2', '-extfile', 'names.cnf']
  await openssl('x509', '-req', '-in', 'server.csr', ...signing, '-out', 'server.pem')
  return paths
}
