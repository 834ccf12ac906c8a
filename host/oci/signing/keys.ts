/** Keys that images are signed with: ECDSA on P-256, the kind that cosign makes. */
import { createPrivateKey, createPublicKey, createHash, type KeyObject } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { SluiceError } from '../../errors.ts'
import { decryptKey, isEncryptedKey } from './encrypted-key.ts'
import { messageOf } from '../../util/attempt.ts'

const ENVIRONMENT = 'env://'
/** What OpenSSL calls P-256. */
const CURVE = 'prime256v1'

/**
 * The private key of a file, or of a variable: `env://NAME`. Takes what cosign writes (`ENCRYPTED SIGSTORE PRIVATE KEY`), PKCS#8
 * with or without a password, and SEC 1. Throws SLUICE_OCI_KEY.
 */
export async function readPrivateKey(source: string, password: string): Promise<KeyObject> {
  const pem = readPem(source)
  const key = isEncryptedKey(pem)
    ? parse(source, async () => createPrivateKey({ key: await decryptKey(pem, password), format: 'der', type: 'pkcs8' }))
    : parse(source, () => createPrivateKey({ key: pem, passphrase: password }))
  return checkCurve(await key, source)
}

/** The public key of a file, or of a variable: `env://NAME`. Throws SLUICE_OCI_KEY. */
export async function readPublicKey(source: string): Promise<KeyObject> {
  const pem = readPem(source)
  // Node would take the public half of a private key: whoever gives one here has mistaken the file.
  if (/PRIVATE KEY-----/.test(pem)) throw keyFault(source, 'a private key', 'the public one, cosign.pub')
  return checkCurve(await parse(source, () => createPublicKey(pem)), source)
}

/** How sigstore's bundles hint at the key: base64 of the sha256 of its SubjectPublicKeyInfo. */
export function keyHint(key: KeyObject): string {
  const der = publicHalf(key).export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('base64')
}

/** The public half of a key; of a public key, itself. */
export function publicHalf(key: KeyObject): KeyObject {
  return key.type === 'private' ? createPublicKey(key) : key
}

function readPem(source: string): string {
  if (!source.startsWith(ENVIRONMENT)) return readKeyFile(source)
  const value = process.env[source.slice(ENVIRONMENT.length)]
  if (value === undefined) throw keyFault(source, 'no such variable', 'a key in PEM')
  return value
}

function readKeyFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw keyFault(path, messageOf(cause), 'a key in PEM', cause)
  }
}

async function parse(source: string, make: () => KeyObject | Promise<KeyObject>): Promise<KeyObject> {
  try {
    return await make()
  } catch (cause) {
    throw keyFault(source, messageOf(cause), 'a key in PEM and its password: COSIGN_PASSWORD, or --password-stdin', cause)
  }
}

function checkCurve(key: KeyObject, source: string): KeyObject {
  const curve = key.asymmetricKeyDetails?.namedCurve
  if (key.asymmetricKeyType === 'ec' && curve === CURVE) return key
  throw keyFault(
    source,
    `a key for ${[key.asymmetricKeyType, curve].filter(Boolean).join(' ')}`,
    'ECDSA on P-256, as cosign makes it',
  )
}

function keyFault(path: string, seen: string, wanted: string, cause?: unknown): SluiceError {
  return new SluiceError('SLUICE_OCI_KEY', 'The key cannot be used', { path, seen, wanted }, cause)
}
