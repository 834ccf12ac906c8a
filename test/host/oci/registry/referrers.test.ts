/** What belongs to an image, at registries that know referrers and at those that do not. */
import { beforeEach, describe, expect, it } from 'vitest'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { imageOf } from '../../../support/oci/images.ts'
import { is, open, registry } from './faulty-registry.ts'

describe('referrers', () => {
  const image = imageOf(['one'])
  const about = (text: string): ReturnType<typeof imageOf> =>
    imageOf([text], { artifactType: `test/${text}`, subject: image.root.descriptor, annotations: { text } })

  beforeEach(async () => {
    await transferImage(image, image.root, open(), ['1'])
  })

  it('stand under a tag where the registry has no list', async () => {
    for (const one of [about('a'), about('b')]) await transferImage(one, one.root, open(), [])
    const found = await open().listReferrers(image.digest)
    expect(found.map(({ artifactType, annotations }) => [artifactType, annotations])).toEqual([
      ['test/a', { text: 'a' }],
      ['test/b', { text: 'b' }],
    ])
    expect((await open().listReferrers(image.digest, 'test/b')).length).toBe(1)
    expect(registry.manifests.has(`team/filter:${image.digest.replace(':', '-')}`)).toBe(true)
  })

  it('are not added twice', async () => {
    for (let count = 0; count < 2; count++) await transferImage(about('a'), about('a').root, open(), [])
    expect((await open().listReferrers(image.digest)).length).toBe(1)
  })

  it.each([
    ['by its answer', true],
    ['by what is read afterwards', false],
  ])('survive somebody else who writes at the same time, seen %s', async (_, hasEtags) => {
    registry.hasEtags = hasEtags
    const tag = `team/filter:${image.digest.replace(':', '-')}`
    const theirs = {
      type: 'application/vnd.oci.image.index.v1+json',
      bytes: Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [about('theirs').root.descriptor] })),
    }
    await transferImage(about('first'), about('first').root, open(), [])
    let isDone = false
    registry.intercept = (request) => {
      if (!is('PUT', image.digest.replace(':', '-'))(request) || isDone) return null
      isDone = true
      registry.manifests.set(tag, theirs)
      // Without a look at If-Match the other write comes right after ours.
      return hasEtags ? null : { status: 201 }
    }
    await transferImage(about('ours'), about('ours').root, open(), [])
    const digests = (await open().listReferrers(image.digest)).map(({ digest }) => digest)
    expect(digests).toEqual([about('theirs').digest, about('ours').digest])
  })

  it('are asked of a registry that has the list', async () => {
    const listed = { mediaType: 'x/y', digest: image.digest, size: 1, artifactType: 'test/a' }
    registry.intercept = (request) =>
      is('GET', '/referrers/')(request)
        ? { body: JSON.stringify({ manifests: [listed] }), headers: { 'content-type': 'application/json' } }
        : null
    expect(await open().listReferrers(image.digest)).toEqual([listed])
  })

  it('get the tag too when the registry claims a list that it does not have', async () => {
    const one = about('a')
    registry.intercept = (request) => {
      if (!is('PUT', '/manifests/sha256:')(request)) return null
      registry.manifests.set(`team/filter@${one.digest}`, {
        type: one.root.descriptor.mediaType,
        bytes: Buffer.from(one.root.bytes),
      })
      return { status: 201, headers: { 'oci-subject': image.digest } }
    }
    await transferImage(one, one.root, open(), [])
    expect((await open().listReferrers(image.digest)).length).toBe(1)
  })
})
