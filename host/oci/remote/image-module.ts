/**
 * The module of an image, by the rules of Istio's agent (istio/istio, pkg/wasm/cache.go): `sha256` and the digest in the
 * reference are that of the image's manifest; a digest that is known here is not asked for again; a tag is, when the policy
 * says so or the tag is `latest`.
 */
import { SluiceError } from '../../errors.ts'
import type { RemoteSource } from '../../config/index.ts'
import { contentGetter, extractModule } from '../image/extract-module.ts'
import type { RegistryAccess } from '../registry/access.ts'
import { openRepository } from '../registry/http-repository.ts'
import type { RegistryPort } from '../registry/port.ts'
import { DEFAULT_TAG, manifestKey, parseReference, referenceText, type Reference } from '../registry/reference.ts'
import type { ModuleStore } from './module-store.ts'
import type { RemoteModule } from './remote-module.ts'

export async function imageModule(source: RemoteSource, access: RegistryAccess, store: ModuleStore): Promise<RemoteModule> {
  const reference = parseReference(source.uri)
  const wanted = wantedDigest(reference, source.sha256)
  const known = knownDigest(reference, wanted, source.isAlwaysPulled, store)
  const kept = known === null ? null : store.moduleOfImage(known)
  if (kept !== null) return { bytes: kept, isCached: true }
  const repository = openRepository(reference, access)
  try {
    return await pull(repository, reference, wanted, store)
  } finally {
    await repository.close()
  }
}

/** The digest that the configuration pins; null = none. */
function wantedDigest(reference: Reference, sha256: string): string | null {
  const pinned = sha256 === '' ? null : `sha256:${sha256}`
  if (pinned === null || reference.digest === null || reference.digest === pinned) return pinned ?? reference.digest
  const detail = { path: referenceText(reference), seen: reference.digest, wanted: `${pinned}, the sha256 beside it` }
  throw new SluiceError('SLUICE_OCI_DIGEST', 'The reference names another digest', detail)
}

/** The digest as far as it can be told without asking. */
function knownDigest(reference: Reference, wanted: string | null, isAlwaysPulled: boolean, store: ModuleStore): string | null {
  if (wanted !== null) return wanted
  const isMoving = isAlwaysPulled || (reference.tag ?? DEFAULT_TAG) === DEFAULT_TAG
  return isMoving ? null : store.digestOfTag(referenceText(reference))
}

async function pull(
  repository: RegistryPort,
  reference: Reference,
  wanted: string | null,
  store: ModuleStore,
): Promise<RemoteModule> {
  const place = referenceText(reference)
  const current = reference.digest === null ? await repository.resolve(manifestKey(reference)) : null
  const kept = current === null ? null : store.moduleOfImage(current.digest)
  if (current !== null && kept !== null && (wanted === null || wanted === current.digest)) {
    store.keepTag(place, current.digest)
    return { bytes: kept, isCached: true }
  }
  const root = await repository.getManifest(manifestKey(reference))
  const { module, manifestDigest } = await extractModule(root.bytes, contentGetter(repository), { place })
  if (wanted !== null && wanted !== manifestDigest) throw otherImage(place, manifestDigest, wanted)
  store.keepImage(manifestDigest, module)
  if (reference.digest === null) store.keepTag(place, manifestDigest)
  return { bytes: module, isCached: false }
}

function otherImage(path: string, seen: string, wanted: string): SluiceError {
  const next = 'pin the digest of the image, not that of an index or of the module'
  return new SluiceError('SLUICE_OCI_DIGEST', 'The image is another one', { path, seen, wanted, next })
}
