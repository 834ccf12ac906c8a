/**
 * Signatures as sigstore bundles (sigstore/cosign, specs/BUNDLE_SPEC.md): a referrer of the image whose layer is the bundle, in
 * it a DSSE envelope (secure-systems-lab/dsse, envelope.md) around an in-toto statement about the image's digest.
 */
import type { KeyObject } from 'node:crypto'
import { jsonBlob, splitDigest } from '../digest.ts'
import type { ImageStore } from '../image-store.ts'
import { attach, readAttached } from '../image/referrer.ts'
import type { Descriptor } from '../types.ts'
import { keyHint } from './keys.ts'
import { makeSignature, type Signature } from './signature.ts'

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json'
const IN_TOTO = 'application/vnd.in-toto+json'
const STATEMENT = 'https://in-toto.io/Statement/v1'
/** The predicate that says no more than that the subject is signed. */
const SIGNED = 'https://sigstore.dev/cosign/sign/v1'

interface Bundle {
  readonly dsseEnvelope?: {
    readonly payload?: unknown
    readonly payloadType?: unknown
    readonly signatures?: readonly { readonly sig?: unknown }[]
  }
}

interface Statement {
  readonly subject?: readonly { readonly digest?: Readonly<Record<string, unknown>> }[]
  readonly predicateType?: unknown
}

/** Attaches a bundle to the image. */
export async function signByBundle(store: ImageStore, subject: Descriptor, key: KeyObject): Promise<void> {
  const { algorithm, hex } = splitDigest(subject.digest)
  const statement = { _type: STATEMENT, subject: [{ digest: { [algorithm]: hex } }], predicateType: SIGNED, predicate: {} }
  const payload = Buffer.from(JSON.stringify(statement))
  const signature = makeSignature(preAuthenticationEncoding(payload), key)
  const bundle = jsonBlob(BUNDLE, {
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: keyHint(key) } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO,
      signatures: [{ sig: signature.toString('base64') }],
    },
  })
  await attach(store, subject, bundle, {
    'dev.sigstore.bundle.content': 'dsse-envelope',
    'dev.sigstore.bundle.predicateType': SIGNED,
  })
}

/** The signatures that the image has in this form; bundles of another content (attestations, say) are passed over. */
export async function readBundleSignatures(store: ImageStore, digest: string): Promise<Signature[]> {
  const bundles = await readAttached(store, digest, BUNDLE)
  return bundles.flatMap((bundle) => signaturesIn(bundle, splitDigest(digest).algorithm))
}

function signaturesIn(bytes: Uint8Array, algorithm: string): Signature[] {
  const { dsseEnvelope } = parse(bytes) as Bundle
  const { payload, payloadType, signatures } = dsseEnvelope ?? {}
  if (payloadType !== IN_TOTO || typeof payload !== 'string' || !Array.isArray(signatures)) return []
  const statementBytes = Buffer.from(payload, 'base64')
  const { subject, predicateType } = parse(statementBytes) as Statement
  if (predicateType !== SIGNED || !Array.isArray(subject)) return []
  const signed = preAuthenticationEncoding(statementBytes)
  const digests = (subject as NonNullable<Statement['subject']>).map((one) => `${algorithm}:${String(one?.digest?.[algorithm])}`)
  const texts = (signatures as { sig?: unknown }[]).map((one) => Buffer.from(String(one?.sig), 'base64'))
  return texts.flatMap((signature) => digests.map((digest) => ({ form: 'bundle', signed, signature, digest }) as const))
}

/** What DSSE signs: lengths in front of both parts, so that nothing can be moved from one to the other. */
function preAuthenticationEncoding(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.length} `), payload])
}

/** An empty object for what is no JSON object. */
function parse(bytes: Uint8Array): object {
  try {
    const json: unknown = JSON.parse(Buffer.from(bytes).toString())
    return typeof json === 'object' && json !== null ? json : {}
  } catch {
    return {}
  }
}
