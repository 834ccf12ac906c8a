/** Uploads that go wrong: each ends in a clear error or a clean second try, never in half an image. */
import { describe, expect, it } from 'vitest'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { type FakeAnswer } from '../../../support/oci/fake-registry.ts'
import { imageOf, indexOf } from '../../../support/oci/images.ts'
import { always, errorOf, first, is, open, opened, other, PAGE, registry, UNAVAILABLE, waits } from './faulty-registry.ts'

describe('an upload', () => {
  it('stores blobs before manifests and manifests before tags', async () => {
    const image = imageOf(['one', 'two'])
    const report = await transferImage(image, image.root, open(), ['1', 'latest'])
    expect(report.uploaded.length).toBe(3)
    const puts = registry.paths('PUT').map((path) => path.replace(/\?.*/, '').split('/').at(-2))
    expect(puts).toEqual(['uploads', 'uploads', 'uploads', 'manifests', 'manifests', 'manifests'])
    expect(registry.manifests.get('team/filter:latest')?.bytes).toEqual(Buffer.from(image.root.bytes))
  })

  it('sends nothing that is there', async () => {
    const image = imageOf(['one'])
    await transferImage(image, image.root, open(), ['1'])
    expect((await transferImage(image, image.root, open(), ['2'])).present.length).toBe(2)
    expect(registry.paths('POST').length).toBe(2)
  })

  it('keeps what stands in the address of its session', async () => {
    const image = imageOf(['one'])
    await transferImage(image, image.root, open(), ['1'])
    expect(registry.paths('PUT')[0]).toMatch(/\?_state=a%2Bb\+c&digest=sha256%3A[0-9a-f]{64}$/)
  })

  it('follows its session to another host, without the credentials', async () => {
    const image = imageOf(['one'])
    other.uploads.set('x', Buffer.alloc(0))
    const begun = { status: 202, headers: { location: `http://${other.host}/v2/team/filter/blobs/uploads/x` } }
    registry.intercept = (request) => {
      if (request.headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
      if (is('HEAD', '/blobs/')(request)) return { status: 404 }
      return is('POST', '/uploads/')(request) ? begun : null
    }
    const repository = openRepository(
      parseReference(`${registry.host}/team/filter`),
      {},
      { kind: 'basic', username: 'u', password: 'p' },
    )
    opened.push(repository)
    await repository.putBlob(image.contents[2]!)
    expect(other.blobs.size).toBe(1)
    expect(other.requests[0]?.headers.authorization).toBe(undefined)
  })

  it.each<[string, FakeAnswer]>([
    ['a connection that ends', { fail: 'close' }],
    ['a registry that is busy', UNAVAILABLE],
    ['a page of a proxy', PAGE],
  ])('begins again after %s', async (_, answer) => {
    const image = imageOf(['one'])
    first(is('PUT', '/uploads/'), answer)
    await transferImage(image, image.root, open(), ['1'])
    expect(registry.manifests.has('team/filter:1')).toBe(true)
    expect(registry.paths('POST').length).toBe(3)
    expect(waits.length).toBe(1)
  })

  it('gives up after three tries and leaves no tag', async () => {
    const image = imageOf(['one'])
    always(is('PUT', '/uploads/'), { fail: 'close' })
    const error = await errorOf(transferImage(image, image.root, open(), ['1']))
    expect(error.code).toBe('SLUICE_REGISTRY_NETWORK')
    expect(registry.paths('PUT').length).toBe(3)
    expect(registry.manifests.size).toBe(0)
  })

  it('goes on where a large one broke off', async () => {
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, at) => at % 251))
    const image = imageOf([bytes])
    let patches = 0
    registry.intercept = (request) => (request.method === 'PATCH' && ++patches === 2 ? { fail: 'close' } : null)
    await open({ limits: { chunkBytes: 300 } }).putBlob(image.contents[2]!)
    expect([...registry.blobs.values()]).toEqual([bytes])
    const ranges = registry.requests.filter(({ method }) => method === 'PATCH').map(({ headers }) => headers['content-range'])
    expect(ranges).toEqual(['0-299', '300-599', '300-599', '600-899'])
    expect(registry.paths('GET').length).toBe(1)
  })

  it('asks where the registry stands when a piece does not fit', async () => {
    const image = imageOf([Buffer.alloc(1000, 7)])
    first(is('PATCH', ''), { status: 416 })
    await open({ limits: { chunkBytes: 300 } }).putBlob(image.contents[2]!)
    expect(registry.blobs.size).toBe(1)
  })

  it('begins anew when its session is gone', async () => {
    const image = imageOf([Buffer.alloc(1000, 7)])
    let patches = 0
    registry.intercept = (request) => {
      if (request.method !== 'PATCH' || ++patches !== 2) return null
      registry.uploads.clear()
      return UNAVAILABLE
    }
    await open({ limits: { chunkBytes: 300 } }).putBlob(image.contents[2]!)
    expect(registry.blobs.size).toBe(1)
    expect(registry.paths('POST').length).toBe(2)
  })

  it('makes pieces as large as the registry wants', async () => {
    registry.minChunk = 400
    await open({ limits: { chunkBytes: 300 } }).putBlob(imageOf([Buffer.alloc(1000, 7)]).contents[2]!)
    expect(registry.requests.filter(({ method }) => method === 'PATCH').map(({ body }) => body.length)).toEqual([400, 400])
  })

  it('takes blobs over from another repository of the registry', async () => {
    const image = imageOf(['one'])
    await transferImage(image, image.root, open(), ['1'])
    registry.intercept = (request) => (is('HEAD', '/blobs/')(request) ? { status: 404 } : null)
    const report = await transferImage(open(), image.root, open({}, 'team/copy'), ['1'])
    expect(report.mounted.length).toBe(2)
    expect(registry.paths('POST').at(-1)).toContain('from=team%2Ffilter')
  })

  it('tells of a registry that stored something else', async () => {
    const image = imageOf(['one'])
    always(is('GET', '/manifests/'), {
      headers: { 'content-type': image.root.descriptor.mediaType },
      body: '{"schemaVersion":2}',
    })
    const error = await errorOf(transferImage(image, image.root, open(), ['1']))
    expect(error.code).toBe('SLUICE_OCI_DIGEST')
    expect(registry.manifests.has('team/filter:1')).toBe(false)
  })

  it('tells of a tag that somebody else moved', async () => {
    const image = imageOf(['one'])
    const digest = `sha256:${'0'.repeat(64)}`
    always(is('HEAD', '/manifests/1'), { headers: { 'docker-content-digest': digest } })
    const error = await errorOf(transferImage(image, image.root, open(), ['1']))
    expect(error.code).toBe('SLUICE_REGISTRY_CONFLICT')
    expect(error.detail).toMatchObject({ seen: digest, wanted: image.digest })
  })

  it('stores the images of an index before the index', async () => {
    const index = indexOf([imageOf(['one']), imageOf(['two'])])
    await transferImage(index, index.root, open(), ['all'])
    expect(registry.manifests.size).toBe(4)
    expect((await open().getManifest('all')).descriptor.digest).toBe(index.digest)
  })
})
