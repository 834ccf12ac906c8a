/** Prints the digests of the sample's image in each layout: run by several versions of Node. */
import { LAYOUTS, buildImage } from '../../../../host/oci/image/build-image.ts'
import { DESCRIPTION, sampleModule } from './sample.ts'

const digests: Record<string, string> = {}
for (const layout of LAYOUTS) {
  const image = await buildImage(layout, { module: sampleModule(), description: DESCRIPTION, created: null })
  digests[layout] = image.manifest.descriptor.digest
}
process.stdout.write(JSON.stringify(digests))
