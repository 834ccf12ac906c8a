/** What a repository holds, for people. */
import { isIndexType } from '../media-types.ts'
import type { Blob } from '../types.ts'
import { jsonFields, isFields } from './json.ts'
import type { RegistryPort } from './port.ts'
import { isReferrersTag } from './referrers.ts'

export interface ListedImage {
  readonly tag: string
  readonly digest: string
  /** RFC 3339, as the manifest says; null = it does not say. */
  readonly created: string | null
  /** `artifactType` or the type of its config. */
  readonly kind: string
}

export interface ListOptions {
  /** Also tags that tools made: signatures, lists of referrers. */
  readonly all?: boolean
  /** So many tags, the last ones of the registry's order; absent = all. */
  readonly limit?: number
}

const CREATED = 'org.opencontainers.image.created'

/** Tags and what they lead to; a tag that goes away meanwhile is left out. */
export async function listImages(repository: RegistryPort, { all = false, limit }: ListOptions = {}): Promise<ListedImage[]> {
  const tags = (await repository.listTags()).filter((tag) => all || !isReferrersTag(tag))
  const images: ListedImage[] = []
  for (const tag of limit === undefined ? tags : tags.slice(-limit)) {
    const found = await repository.resolve(tag)
    if (found !== null) images.push(describe(tag, await repository.getManifest(found.digest)))
  }
  return images
}

function describe(tag: string, { descriptor, bytes }: Blob): ListedImage {
  const { annotations, artifactType, config } = jsonFields(bytes, descriptor.digest)
  const created = isFields(annotations) ? annotations[CREATED] : undefined
  const configType = isFields(config) ? config['mediaType'] : undefined
  const kind = [artifactType, isIndexType(descriptor.mediaType) ? 'index' : configType].find((one) => typeof one === 'string')
  return { tag, digest: descriptor.digest, created: typeof created === 'string' ? created : null, kind: String(kind ?? '') }
}
