/** `sluice attach`: what belongs to an image is put beside it, where it is found by the image's digest. */
import type { Command } from 'commander'
import { SluiceError } from '../errors.ts'
import { blobOf } from '../oci/digest.ts'
import { contentGetter, extractModule } from '../oci/image/extract-module.ts'
import { PROVENANCE_TYPE } from '../oci/image/provenance.ts'
import { attach } from '../oci/image/referrer.ts'
import { SBOM_TYPE } from '../oci/image/sbom.ts'
import type { Blob } from '../oci/types.ts'
import { projectBill, projectProvenance, type BuiltImage } from '../project/build-documents.ts'
import { readProject } from '../project/project.ts'
import { readOr } from '../util/attempt.ts'
import type { AddCommand } from './commands.ts'
import { IMAGE_ARGUMENT, withImage, type NamedImage } from './open-image.ts'
import { addRegistryOptions, type RegistryFlags } from './registry-options.ts'

interface AttachFlags extends RegistryFlags {
  readonly sbom: boolean
  readonly provenance: boolean
  readonly file?: string
  readonly mediaType?: string
}

export const addAttachCommand: AddCommand = (program, { output }) => {
  addRegistryOptions(attachCommand(program)).action(async (name: string, flags: AttachFlags) => {
    const attached = await withImage(name, flags, (image) => attachAll(image, name, flags))
    for (const { type, digest } of attached) output.part(`${digest} ${type}`)
    output.document({ image: name, attached })
  })
}

function attachCommand(program: Command): Command {
  return program
    .command('attach')
    .description('put a bill of materials, provenance or another file beside an image')
    .argument('<image>', IMAGE_ARGUMENT)
    .option('--sbom', 'CycloneDX, of the lock file of the project in this folder', false)
    .option('--provenance', 'SLSA, of the sources and the lock file of the project in this folder', false)
    .option('--file <file>', 'a file, with --media-type')
    .option('--media-type <type>', 'what the file is: application/spdx+json')
}

interface Attached {
  readonly type: string
  /** Of the referrer. */
  readonly digest: string
}

async function attachAll({ store, key }: NamedImage, name: string, flags: AttachFlags): Promise<Attached[]> {
  const manifest = await store.getManifest(key)
  const { moduleSha256 } = await extractModule(manifest.bytes, contentGetter(store), { place: name })
  const subject = { name: name.replace(/@.*$/, ''), digest: manifest.descriptor.digest, moduleSha256 }
  const attached: Attached[] = []
  for (const content of await contentsOf(flags, subject)) {
    const { digest } = await attach(store, manifest.descriptor, content, {})
    attached.push({ type: content.descriptor.mediaType, digest })
  }
  return attached
}

async function contentsOf({ sbom, provenance, file, mediaType }: AttachFlags, subject: BuiltImage): Promise<Blob[]> {
  const contents: Blob[] = []
  if (sbom || provenance) {
    const project = await readProject('.')
    if (sbom) contents.push(blobOf(SBOM_TYPE, Buffer.from(projectBill(project, subject))))
    if (provenance) contents.push(blobOf(PROVENANCE_TYPE, Buffer.from(projectProvenance(project, subject))))
  }
  if (file !== undefined && mediaType !== undefined)
    contents.push(blobOf(mediaType, readOr('SLUICE_CLI_USAGE', 'Cannot read the file', file)))
  if (contents.length > 0 && (file === undefined) === (mediaType === undefined)) return contents
  throw new SluiceError('SLUICE_CLI_USAGE', 'Nothing to attach', { wanted: '--sbom, --provenance, or --file with --media-type' })
}
