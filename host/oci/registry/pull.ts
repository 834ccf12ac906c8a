/** `sluice pull` as a function: the module of an image, whatever layout the image has. */
import { contentGetter, extractModule, type ExtractedModule, type ExtractOptions } from '../image/extract-module.ts'
import type { RegistryPort } from './port.ts'
import { manifestKey, referenceText, type Reference } from './reference.ts'

export interface PulledModule extends ExtractedModule {
  /** Of what the reference names: an index, or the image itself. */
  readonly rootDigest: string
}

/** The module, with every digest on the way to it checked. Throws what the repository and `extractModule` throw. */
export async function pullModule(
  source: RegistryPort,
  reference: Reference,
  platform?: ExtractOptions['platform'],
): Promise<PulledModule> {
  const root = await source.getManifest(manifestKey(reference))
  const options = { place: referenceText(reference), digest: reference.digest, ...(platform === undefined ? {} : { platform }) }
  const extracted = await extractModule(root.bytes, contentGetter(source), options)
  return { ...extracted, rootDigest: root.descriptor.digest }
}
