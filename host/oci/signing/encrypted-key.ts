/**
 * The private keys that `cosign generate-key-pair` writes: PEM around JSON, which has PKCS#8 in a NaCl secret box, locked by
 * scrypt (theupdateframework/go-tuf, package encrypted):
 *
 *     {"kdf": {"name": "scrypt", "params": {"N", "r", "p"}, "salt"},
 *      "cipher": {"name": "nacl/secretbox", "nonce"}, "ciphertext"}          salt, nonce, ciphertext: base64
 */
import { scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js'

const PEM = /^-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----\s([A-Za-z0-9+/=\s]+)-----END/m
const KEY_BYTES = 32
/** The costs that exist: others would let a file keep this process busy for as long as it likes. */
const COSTS: readonly number[] = [2 ** 15, 2 ** 16, 2 ** 17]
const BLOCK_SIZE = 8
const PARALLEL = 1
const SCRYPT_MEMORY = 256 * 1024 * 1024

const deriveKey = promisify<string, Buffer, number, object, Buffer>(scrypt)

export function isEncryptedKey(pem: string): boolean {
  return PEM.test(pem)
}

/** The PKCS#8 in DER. Throws an Error that says what is wrong. */
export async function decryptKey(pem: string, password: string): Promise<Buffer> {
  const { cost, salt, nonce, ciphertext } = readBox(pem)
  const options = { N: cost, r: BLOCK_SIZE, p: PARALLEL, maxmem: SCRYPT_MEMORY }
  const key = await deriveKey(password, salt, KEY_BYTES, options)
  try {
    return Buffer.from(xsalsa20poly1305(key, nonce).decrypt(ciphertext))
  } catch (cause) {
    throw new Error(password === '' ? 'no password' : 'another password', { cause })
  }
}

interface Box {
  readonly cost: number
  readonly salt: Buffer
  readonly nonce: Buffer
  readonly ciphertext: Buffer
}

interface BoxJson {
  readonly kdf?: {
    readonly name?: unknown
    readonly params?: { readonly N?: unknown; readonly r?: unknown; readonly p?: unknown }
    readonly salt?: unknown
  }
  readonly cipher?: { readonly name?: unknown; readonly nonce?: unknown }
  readonly ciphertext?: unknown
}

function readBox(pem: string): Box {
  const { kdf, cipher, ciphertext } = JSON.parse(Buffer.from(PEM.exec(pem)?.[1] ?? '', 'base64').toString()) as BoxJson
  const { N: cost, r, p } = kdf?.params ?? {}
  if (kdf?.name !== 'scrypt' || cipher?.name !== 'nacl/secretbox')
    throw new Error('an encryption other than scrypt with nacl/secretbox')
  if (!COSTS.includes(Number(cost)) || r !== BLOCK_SIZE || p !== PARALLEL)
    throw new Error('parameters of scrypt that cosign does not write')
  return { cost: Number(cost), salt: bytesOf(kdf.salt), nonce: bytesOf(cipher.nonce), ciphertext: bytesOf(ciphertext) }
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64')
}
