/** `sluice copy` as a function: an image from one repository to another, byte for byte. */
import type { RegistryPort } from './port.ts'
import { manifestKey, type Reference } from './reference.ts'
import { pushImage, type PushOptions, type PushReport } from './push.ts'
import { transferImage } from './transfer.ts'

export interface CopyOptions extends PushOptions {
  /** Also what belongs to the image: signatures, SBOMs, provenance. */
  readonly withReferrers?: boolean
}

/** As {@link pushImage}, from a repository. */
export async function copyImage(
  source: RegistryPort,
  from: Reference,
  target: RegistryPort,
  to: Reference,
  { withReferrers = false, ...options }: CopyOptions = {},
): Promise<PushReport> {
  const root = await source.getManifest(manifestKey(from))
  const report = await pushImage(source, root, target, to, options)
  if (withReferrers && options.dryRun !== true) await copyReferrers(source, target, root.descriptor.digest)
  return report
}

/** Those of referrers, too: a signature of an SBOM. */
async function copyReferrers(source: RegistryPort, target: RegistryPort, digest: string): Promise<void> {
  for (const referrer of await source.listReferrers(digest)) {
    await transferImage(source, await source.getManifest(referrer.digest), target, [])
    await copyReferrers(source, target, referrer.digest)
  }
}
