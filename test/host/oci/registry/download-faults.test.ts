/** Downloads that go wrong: what arrives is what was asked for, or an error. */
import { beforeEach, describe, expect, it } from 'vitest'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { type FakeAnswer } from '../../../support/oci/fake-registry.ts'
import { imageOf } from '../../../support/oci/images.ts'
import { always, errorOf, first, is, open, opened, other, registry } from './faulty-registry.ts'

describe('a download', () => {
  const image = imageOf(['the module, long enough to be cut'])
  const layer = image.contents[2]!

  beforeEach(async () => {
    await transferImage(image, image.root, open(), ['1'])
    registry.requests.length = 0
  })

  it('goes on where it was cut', async () => {
    first(is('GET', '/blobs/'), { body: layer.bytes, fail: 'cut' })
    expect(Buffer.from(await open().getBlob(layer.descriptor))).toEqual(Buffer.from(layer.bytes))
    expect(registry.requests.map(({ headers }) => headers.range)).toEqual([undefined, 'bytes=16-'])
  })

  it('begins again at a server without ranges', async () => {
    first(is('GET', '/blobs/'), { body: layer.bytes, fail: 'cut' }, { body: layer.bytes })
    expect((await open().getBlob(layer.descriptor)).length).toBe(layer.bytes.length)
  })

  it.each<[string, FakeAnswer]>([
    ['other bytes', { body: Buffer.alloc(layer.bytes.length, 'x') }],
    ['too few bytes', { body: 'the module' }],
    ['too many bytes', { body: `${String(layer.bytes)} and more` }],
    ['bytes without an end', { fail: 'endless' }],
  ])('refuses %s', async (_, answer) => {
    always(is('GET', '/blobs/'), answer)
    expect((await errorOf(open().getBlob(layer.descriptor))).code).toBe('SLUICE_OCI_DIGEST')
  })

  it('does not begin with what is too large', async () => {
    const error = await errorOf(open({ limits: { blobBytes: 10 } }).getBlob(layer.descriptor))
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_ANSWER', detail: { wanted: 'at most 10 bytes' } })
    expect(registry.requests.length).toBe(0)
  })

  it('follows a redirect to another host, without the credentials', async () => {
    other.blobs.set(layer.descriptor.digest, Buffer.from(layer.bytes))
    const away = { status: 307, headers: { location: `http://${other.host}/v2/x/blobs/${layer.descriptor.digest}` } }
    registry.intercept = (request) => {
      if (request.headers.authorization === undefined) return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } }
      return away
    }
    const repository = openRepository(
      parseReference(`${registry.host}/team/filter`),
      {},
      { kind: 'basic', username: 'u', password: 'p' },
    )
    opened.push(repository)
    await repository.getBlob(layer.descriptor)
    expect(registry.requests[1]?.headers.authorization).toBe('Basic dTpw')
    expect(other.requests.map(({ headers }) => headers.authorization)).toEqual([undefined])
  })

  it('leaves a ring of redirects', async () => {
    always(is('GET', '/blobs/'), { status: 302, headers: { location: '?again' } })
    expect(await errorOf(open().getBlob(layer.descriptor))).toMatchObject({ message: 'Redirects do not end' })
  })

  it('refuses a manifest with another digest than asked for', async () => {
    always(is('GET', '/manifests/'), {
      headers: { 'content-type': image.root.descriptor.mediaType },
      body: '{"schemaVersion":2}',
    })
    expect((await errorOf(open().getManifest(image.digest))).code).toBe('SLUICE_OCI_DIGEST')
  })

  it('refuses a manifest with another digest than its header says', async () => {
    const headers = { 'content-type': image.root.descriptor.mediaType, 'docker-content-digest': `sha256:${'0'.repeat(64)}` }
    always(is('GET', '/manifests/'), { headers, body: image.root.bytes })
    expect((await errorOf(open().getManifest('1'))).code).toBe('SLUICE_OCI_DIGEST')
  })

  it.each<[string, FakeAnswer]>([
    ['a page', { headers: { 'content-type': 'text/html' }, body: '<html>' }],
    [
      'another type than its header',
      { headers: { 'content-type': 'application/vnd.oci.image.index.v1+json' }, body: image.root.bytes },
    ],
    [
      'two things at once',
      { headers: { 'content-type': image.root.descriptor.mediaType }, body: '{"schemaVersion":2,"manifests":[],"layers":[]}' },
    ],
  ])('refuses %s as a manifest', async (_, answer) => {
    always(is('GET', '/manifests/'), answer)
    expect((await errorOf(open().getManifest('1'))).code).toMatch(/SLUICE_REGISTRY_ANSWER|SLUICE_OCI_MANIFEST/)
  })

  it('takes the digest of a registry that says none', async () => {
    registry.intercept = (request) => {
      if (!is('HEAD', '/manifests/')(request) && !is('GET', '/manifests/')(request)) return null
      return { headers: { 'content-type': image.root.descriptor.mediaType }, body: image.root.bytes }
    }
    expect((await open().resolve('1'))?.digest).toBe(image.digest)
  })

  it('says null of a tag that is not there', async () => {
    expect(await open().resolve('none')).toBe(null)
  })
})
