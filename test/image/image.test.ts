/** The images with content made by the script that the build stage runs, without that stage: it takes minutes (test/full/image). */
import { join } from 'node:path'
import { imageContent } from '../../tools/image-content.ts'
import { describeImages } from './describe-images.ts'

describeImages((_store, folder) => {
  imageContent(join(folder, 'content/image'))
  return ['--build-context', `build=${join(folder, 'content')}`]
})
