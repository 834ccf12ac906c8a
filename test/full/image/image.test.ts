/** The images as `docker build` makes them: the build stage of the Dockerfile installs, compiles and packs all of it. */
import { describeImages } from '../../image/describe-images.ts'
import { buildBase, npmCache } from '../../support/build-base.ts'

describeImages(async (store) => {
  await store.addBase('base-build', await buildBase())
  // The second image takes the stage from the first one.
  return ['--layers', '--build-arg', 'BUILD_BASE=localhost/base-build', '--volume', npmCache()]
})
