/** `sluice pull` as a function: the module of an image, whatever layout the image has. */
import { SluiceError } from '../../errors.ts'
import { contentGetter, extractModule, type ExtractedModule, type ExtractOptions, type GetBlob } from '../image/extract-module.ts'
import type { RegistryPort } from './port.ts'
import { manifestKey, referenceText, type Reference } from './reference.ts'
import { expectBytes } from './traffic.ts'

export interface PulledModule extends ExtractedModule {
  /** Of what the reference names: an index, or the image itself. */
  readonly rootDigest: string
}

export interface PullOptions extends Pick<ExtractOptions, 'platform'> {
  /** What the reference must lead to: an image, or an index that has it. */
  readonly digest?: string
}

/** The module, with every digest on the way to it checked. Throws what the repository and `extractModule` throw. */
export async function pullModule(source: RegistryPort, reference: Reference, options: PullOptions = {}): Promise<PulledModule> {
  const { digest: wanted, ...choice } = options
  const place = referenceText(reference)
  const root = await source.getManifest(manifestKey(reference))
  const content = contentGetter(source)
  const getBlob: GetBlob = (descriptor) => {
    expectBytes(descriptor.size)
    return content(descriptor)
  }
  const extracted = await extractModule(root.bytes, getBlob, { place, digest: reference.digest, ...choice })
  const { digest: rootDigest } = root.descriptor
  if (wanted === undefined || wanted === rootDigest || wanted === extracted.manifestDigest) return { ...extracted, rootDigest }
  throw new SluiceError('SLUICE_OCI_DIGEST', 'The reference leads to another image', { path: place, seen: rootDigest, wanted })
}
