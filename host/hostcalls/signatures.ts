/**
 * `verify_signature` and `sign`: RSA with PKCS#1 v1.5 padding, and ECDSA in DER, as BoringSSL does them for Envoy
 * (source/common/crypto/crypto_impl.cc). What is wrong with key, hash or signature is told in the result, status 0.
 */
import { createPrivateKey, createPublicKey, sign, verify, type KeyObject, type PublicKeyInput } from 'node:crypto'
import { create, fromBinary, toBinary } from '@bufbuild/protobuf'
import { Status } from '../abi/enums.ts'
import {
  SignArgumentsSchema,
  SignResultSchema,
  VerifySignatureArgumentsSchema,
  VerifySignatureResultSchema,
} from '../config/gen/envoy/source/extensions/common/wasm/foreign_functions_pb.ts'
import type {
  SignArguments,
  VerifySignatureArguments,
} from '../config/gen/envoy/source/extensions/common/wasm/foreign_functions_pb.ts'
import { KeyCache } from './key-cache.ts'
import { parsedOr } from './parse-argument.ts'
import type { Vm } from '../plugin/vm.ts'

const HASHES: ReadonlySet<string> = new Set(['sha1', 'sha224', 'sha256', 'sha384', 'sha512'])
/** Curves that BoringSSL knows. */
const CURVES: ReadonlySet<string> = new Set(['secp224r1', 'prime256v1', 'secp384r1', 'secp521r1'])
/** Work of a check and of a signature with a key of usual size. */
const VERIFY_WORK = 1000
const SIGN_WORK = 20_000
/** Of this thread, whichever guest uses them. Private keys are not kept. */
const DER_KEYS = new KeyCache((der) => verifyingKey({ key: Buffer.from(der, 'latin1'), format: 'der', type: 'spki' }))
const PEM_KEYS = new KeyCache(verifyingKey)
const NO_PRIVATE_KEY = 'Invalid key type: private key required for signing operation.'

/** 2: an undecodable argument, no key, two keys. */
export function verifySignature(vm: Vm, argument: Buffer): Uint8Array | number {
  vm.work(VERIFY_WORK)
  return parsedOr(Status.BadArgument, () => fromBinary(VerifySignatureArgumentsSchema, argument), verifyWith)
}

/** 2: an undecodable argument, no key, two keys. */
export function signText(vm: Vm, argument: Buffer): Uint8Array | number {
  vm.work(SIGN_WORK)
  return parsedOr(Status.BadArgument, () => fromBinary(SignArgumentsSchema, argument), signWith)
}

function verifyWith({ hashFunction, publicKey, publicKeyPem, signature, text }: VerifySignatureArguments): Uint8Array | number {
  if ((publicKey.length === 0) === (publicKeyPem === '')) return Status.BadArgument
  const error = verifyError(hashFunction, publicKeyOf(publicKey, publicKeyPem), signature, text)
  return toBinary(VerifySignatureResultSchema, create(VerifySignatureResultSchema, { result: error === '', error }))
}

function verifyError(hash: string, key: KeyObject | null, signature: Uint8Array, text: Uint8Array): string {
  if (!isHash(hash)) return `${hash} is not supported.`
  if (key === null) return 'Failed to initialize digest verify.'
  return isSignature(hash, key, signature, text) ? '' : 'Failed to verify digest. Error code: 0'
}

/** A key that is too short for the hash, and the like, make no signature. */
function isSignature(hash: string, key: KeyObject, signature: Uint8Array, text: Uint8Array): boolean {
  try {
    return verify(hash.toLowerCase(), text, key, signature)
  } catch {
    return false
  }
}

function signWith({ hashFunction, privateKey, privateKeyPem, text }: SignArguments): Uint8Array | number {
  if ((privateKey.length === 0) === (privateKeyPem === '')) return Status.BadArgument
  return toBinary(SignResultSchema, create(SignResultSchema, signed(hashFunction, privateKeyOf(privateKey, privateKeyPem), text)))
}

function signed(
  hash: string,
  key: KeyObject | null,
  text: Uint8Array,
): { result: boolean; signature?: Uint8Array; error?: string } {
  if (!isHash(hash)) return { result: false, error: `${hash} is not supported.` }
  if (key === null) return { result: false, error: NO_PRIVATE_KEY }
  if (key.asymmetricKeyType === 'ed25519') {
    return { result: false, error: 'Invalid private key: key data is corrupted or malformed.' }
  }
  try {
    return { result: true, signature: sign(hash.toLowerCase(), text, key) }
  } catch {
    return { result: false, error: NO_PRIVATE_KEY }
  }
}

function isHash(name: string): boolean {
  return HASHES.has(name.toLowerCase())
}

function publicKeyOf(der: Uint8Array, pem: string): KeyObject | null {
  if (pem === '') return DER_KEYS.get(Buffer.from(der.buffer, der.byteOffset, der.length).latin1Slice())
  return PEM_KEYS.get(/-----BEGIN PUBLIC KEY-----[^]*?-----END PUBLIC KEY-----/.exec(pem)?.[0] ?? '')
}

/** Null for what is no public key; certificates and private keys hold one, but are none. */
function verifyingKey(source: PublicKeyInput | string): KeyObject | null {
  const key = keyOrNull(() => createPublicKey(source))
  return key === null || key.asymmetricKeyType === 'ed25519' ? null : key
}

function privateKeyOf(der: Uint8Array, pem: string): KeyObject | null {
  return keyOrNull(() =>
    pem === '' ? createPrivateKey({ key: Buffer.from(der), format: 'der', type: 'pkcs8' }) : createPrivateKey(pem),
  )
}

/** The kinds that BoringSSL reads. */
function keyOrNull(read: () => KeyObject): KeyObject | null {
  try {
    const key = read()
    const kind = key.asymmetricKeyType
    if (kind === 'rsa' || kind === 'ed25519') return key
    return kind === 'ec' && CURVES.has(key.asymmetricKeyDetails?.namedCurve ?? '') ? key : null
  } catch {
    return null
  }
}
