/** Signs images and checks their signatures, with a key; what cosign signs is taken, and cosign takes what is signed here. */
import type { KeyObject } from 'node:crypto'
import { SluiceError } from '../../errors.ts'
import type { ImageStore } from '../image-store.ts'
import { readBundleSignatures, signByBundle } from './bundle.ts'
import { publicHalf } from './keys.ts'
import { isValid, type Signature, type SignatureForm } from './signature.ts'
import { readSimpleSignatures, signSimply } from './simple-signing.ts'

export interface SignOptions {
  readonly form: SignatureForm
  /** What the signer calls the image; stands in the signature, and is checked by nobody. */
  readonly name: string
  readonly key: KeyObject
}

/**
 * Signs the manifest or index of a tag or digest; by its digest, a tag could be moved. Returns the digest. An image that the
 * key has signed in this form stays as it is.
 */
export async function signImage(store: ImageStore, key: string, options: SignOptions): Promise<string> {
  const { descriptor } = await store.getManifest(key)
  const { digest } = descriptor
  const own = publicHalf(options.key)
  if ((await readSignatures(store, digest)).some((one) => one.form === options.form && isValid(one, own, digest))) return digest
  if (options.form === 'bundle') await signByBundle(store, descriptor, options.key)
  else await signSimply(store, digest, options.name, options.key)
  return digest
}

/** What a verified image is: its digest, and in which forms the key has signed it. */
export interface Verified {
  readonly digest: string
  readonly forms: readonly SignatureForm[]
}

/** Throws SLUICE_OCI_SIGNATURE unless the key has signed the manifest or index of a tag or digest. `name` names the image. */
export async function verifyImage(store: ImageStore, key: string, publicKey: KeyObject, name: string): Promise<Verified> {
  const { digest } = (await store.getManifest(key)).descriptor
  const all = await readSignatures(store, digest)
  const forms = all.filter((one) => isValid(one, publicKey, digest)).map(({ form }) => form)
  if (forms.length > 0) return { digest, forms: [...new Set(forms)] }
  throw new SluiceError('SLUICE_OCI_SIGNATURE', 'The key has not signed the image', {
    path: name,
    seen: seenText(all, publicKey, digest),
    wanted: `a signature of ${digest} by the key`,
  })
}

async function readSignatures(store: ImageStore, digest: string): Promise<Signature[]> {
  return [...(await readSimpleSignatures(store, digest)), ...(await readBundleSignatures(store, digest))]
}

function seenText(all: readonly Signature[], publicKey: KeyObject, digest: string): string {
  if (all.length === 0) return 'no signature'
  const moved = all.find((one) => one.digest !== digest && isValid(one, publicKey, one.digest))
  if (moved !== undefined) return `a signature by the key, but of ${moved.digest}`
  return `${all.length} ${all.length === 1 ? 'signature' : 'signatures'} that the key has not made`
}
