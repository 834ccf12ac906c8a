/** How images in layout folders are named on the command line: `oci-layout:FOLDER[:TAG]` or `oci-layout:FOLDER@DIGEST`. */
import { SluiceError } from '../../errors.ts'
import { isDigest } from '../digest.ts'
import { LayoutFolder } from './layout-folder.ts'

const SCHEME = 'oci-layout:'
const NAME = /^oci-layout:(?<path>.+?)(?:@(?<digest>sha\d+:[0-9a-f]+)|:(?<tag>\w[\w.-]{0,127}))?$/
const TAG = /^\w[\w.-]{0,127}$/

/** An image in a folder that is open. */
export interface FolderImage {
  readonly folder: LayoutFolder
  /** Tag or digest. */
  readonly key: string
}

/** True for the name of an image in a layout folder. */
export function isFolderName(name: string): boolean {
  return name.startsWith(SCHEME)
}

/**
 * Opens the folder of a name. A name without tag or digest means the one image that has a tag. Throws SLUICE_CLI_USAGE for
 * what is no such name, SLUICE_OCI_FOLDER.
 */
export async function openFolderImage(name: string): Promise<FolderImage> {
  const { path, digest, tag } = NAME.exec(name)?.groups ?? {}
  if (path === undefined || (digest !== undefined && !isDigest(digest))) {
    const wanted = 'oci-layout:FOLDER[:TAG] or oci-layout:FOLDER@sha256:…'
    throw new SluiceError('SLUICE_CLI_USAGE', 'Not the name of an image', { seen: `"${name}"`, wanted })
  }
  const folder = await LayoutFolder.open(path)
  return { folder, key: digest ?? tag ?? (await onlyTag(folder, path)) }
}

/** The tag that a version gives: what tags cannot have becomes `_`, as other tools do it for the `+` of build metadata. */
export function tagOfVersion(version: string): string {
  return version.replaceAll(/[^\w.-]/g, '_').slice(0, 128)
}

/** Throws SLUICE_CLI_USAGE for what no tag can be (distribution-spec, "Pulling manifests"). */
export function checkFolderTag(tag: string): void {
  if (TAG.test(tag)) return
  const wanted = 'at most 128 letters, digits, _, . and -'
  throw new SluiceError('SLUICE_CLI_USAGE', 'Not a tag', { seen: `"${tag}"`, wanted })
}

/** The tag of the one image in a folder; its signatures do not count. Throws SLUICE_CLI_USAGE when there are several, or none. */
export async function onlyTag(folder: LayoutFolder, path: string): Promise<string> {
  const tags = (await folder.listTags()).filter((tag) => !/^sha256-[0-9a-f]{64}/.test(tag))
  const [tag] = tags
  if (tag !== undefined && tags.length === 1) return tag
  const seen = tags.length === 0 ? 'no tag' : `the tags ${tags.join(', ')}`
  const wanted = 'one of them by name, or a digest'
  throw new SluiceError('SLUICE_CLI_USAGE', 'The layout folder does not say which image is meant', { path, seen, wanted })
}
