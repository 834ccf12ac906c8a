/** An image, as those read it who deploy filters from images. */
import { SluiceError } from '../errors.ts'
import { extractModule, contentGetter, type ExtractedModule } from '../oci/image/extract-module.ts'
import type { ImageStore } from '../oci/image-store.ts'
import { isIndexType } from '../oci/media-types.ts'
import { errorFinding, toFindings, warningFinding, type CheckFinding } from './check-finding.ts'

/** Products that pull images; all three run the same rules (Istio's `pkg/wasm`, which the others took over). */
export const CONSUMERS = ['istio', 'envoy-gateway', 'higress'] as const

export type Consumer = (typeof CONSUMERS)[number]

export interface CheckedImage {
  readonly findings: readonly CheckFinding[]
  /** Null when no module can be taken out. */
  readonly image: ExtractedModule | null
}

/** Layers of an artifact: runtime configuration and module, no more and no less. */
const ARTIFACT_LAYERS = 2

export async function checkImage(
  store: ImageStore,
  key: string,
  place: string,
  consumers: readonly Consumer[],
): Promise<CheckedImage> {
  try {
    const root = await store.getManifest(key)
    const image = await extractModule(root.bytes, contentGetter(store), { place })
    const index = isIndexType(root.descriptor.mediaType) ? [indexFinding(place, image.manifestDigest)] : []
    return { image, findings: [...index, ...consumers.flatMap((consumer) => layoutFindings(image, consumer, place))] }
  } catch (error) {
    if (!(error instanceof SluiceError) || !error.code.startsWith('SLUICE_OCI_')) throw error
    return { image: null, findings: toFindings([error]) }
  }
}

function indexFinding(path: string, digest: string): CheckFinding {
  const detail = { path, seen: 'an index', wanted: 'one image', next: `a pin must name the image that is chosen: ${digest}` }
  return warningFinding('SLUICE_CHECK_INDEX', 'The digest of an index never fits as a pin', detail)
}

/** What extractModule takes and these do not: the forms of one raw layer. */
function layoutFindings({ layout, manifest }: ExtractedModule, consumer: Consumer, path: string): CheckFinding[] {
  if (layout === 'oci' || layout === 'docker') return []
  if (layout === 'artifact' && manifest.layers.length === ARTIFACT_LAYERS) return []
  const seen = `${manifest.layers.length} raw ${manifest.layers.length === 1 ? 'layer' : 'layers'} of ${manifest.layers[0]?.mediaType}`
  const detail = { path, seen, wanted: 'a container image, or an artifact of two layers', next: 'sluice pack writes one' }
  return [errorFinding('SLUICE_CHECK_LAYOUT', `${consumer} does not load this layout`, detail)]
}
