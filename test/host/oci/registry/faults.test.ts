/** What a registry, or the way to it, can do wrong: each ends in a clear error or a clean second try, never in half an image. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SluiceError } from '../../../../host/errors.ts'
import type { RegistryAccess } from '../../../../host/oci/registry/access.ts'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { FakeRegistry, type FakeAnswer, type FakeRequest } from '../../../support/oci/fake-registry.ts'
import { imageOf, indexOf } from '../../../support/oci/images.ts'

const UNAVAILABLE: FakeAnswer = { status: 503 }
const PAGE: FakeAnswer = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html>\n<h1>Bad gateway</h1>\u0007</html>',
}

let registry: FakeRegistry
let other: FakeRegistry
let waits: number[]
const opened: RegistryPort[] = []

beforeEach(async () => {
  registry = await FakeRegistry.start()
  other = await FakeRegistry.start()
  waits = []
})

afterEach(async () => {
  for (const repository of opened.splice(0)) await repository.close()
  await registry.stop()
  await other.stop()
})

function open(access: RegistryAccess = {}, name = 'team/filter'): RegistryPort {
  const wait = (millis: number): Promise<void> => Promise.resolve(void waits.push(millis))
  const repository = openRepository(parseReference(`${registry.host}/${name}`), { environment: {}, wait, ...access })
  opened.push(repository)
  return repository
}

/** Answers the first requests of a kind otherwise, one after the other. */
function first(matches: (request: FakeRequest) => boolean, ...answers: FakeAnswer[]): void {
  registry.intercept = (request) => (matches(request) ? (answers.shift() ?? null) : null)
}

function always(matches: (request: FakeRequest) => boolean, answer: FakeAnswer): void {
  registry.intercept = (request) => (matches(request) ? answer : null)
}

const is =
  (method: string, part: string) =>
  (request: FakeRequest): boolean =>
    request.method === method && request.path.includes(part)

async function errorOf(action: Promise<unknown>): Promise<SluiceError> {
  return action.then(
    () => expect.unreachable('it should fail'),
    (error: SluiceError) => error,
  )
}

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

describe('answers', () => {
  it.each<[string, FakeAnswer, string, RegExp]>([
    [
      '403',
      { status: 403, body: '{"errors":[{"code":"DENIED","message":"no"}]}' },
      'SLUICE_REGISTRY_AUTH',
      /status 403, DENIED, no/,
    ],
    [
      '404 with a page',
      { status: 404, headers: { 'content-type': 'text/html; charset=x' }, body: PAGE.body! },
      'SLUICE_REGISTRY_NOT_FOUND',
      /text\/html "<html> <h1>Bad gateway/,
    ],
    [
      'an unknown name',
      { status: 404, body: '{"errors":[{"code":"NAME_UNKNOWN"}]}' },
      'SLUICE_REGISTRY_NOT_FOUND',
      /NAME_UNKNOWN/,
    ],
    ['an unknown status', { status: 418 }, 'SLUICE_REGISTRY_ANSWER', /status 418/],
    ['no JSON', { status: 200, body: 'hello' }, 'SLUICE_REGISTRY_ANSWER', /"hello"/],
    ['a page of an overloaded proxy', PAGE, 'SLUICE_REGISTRY_ANSWER', /status 502/],
    ['an end without an answer', { fail: 'close' }, 'SLUICE_REGISTRY_NETWORK', /closed/],
    ['an answer without an end', { fail: 'endless' }, 'SLUICE_REGISTRY_ANSWER', /^$/],
    [
      'a redirect to another scheme',
      { status: 302, headers: { location: 'file:///etc/passwd' } },
      'SLUICE_REGISTRY_ANSWER',
      /file:/,
    ],
  ])('tells of %s', async (_, answer, code, seen) => {
    always(() => true, answer)
    const error = await errorOf(open().listTags())
    expect(error.code).toBe(code)
    expect(error.detail.seen ?? '').toMatch(seen)
    // oxlint-disable-next-line no-control-regex
    expect(error.toString()).not.toMatch(/[\u0000-\u001f]/)
  })

  it('waits as long as it is told', async () => {
    first(() => true, { status: 429, headers: { 'retry-after': '7' } }, { status: 429, headers: { 'retry-after': '2' } })
    await open().listTags()
    expect(waits.map((millis) => Math.floor(millis / 1000))).toEqual([7, 2])
  })

  it('does not wait for hours', async () => {
    always(() => true, { status: 429, headers: { 'retry-after': '7200' } })
    const error = await errorOf(open().listTags())
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_ANSWER', detail: { seen: 'status 429, again after 7200 s' } })
    expect(waits).toEqual([])
  })

  it('waits 1 s, then 3 s, when it is told nothing', async () => {
    always(() => true, UNAVAILABLE)
    await errorOf(open().listTags())
    expect(waits.map((millis) => Math.floor(millis / 1000))).toEqual([1, 3])
  })

  it('ends the wait for a silent registry', async () => {
    always(() => true, { fail: 'hang' })
    const error = await errorOf(open({ limits: { requestMillis: 100 } }).listTags())
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_NETWORK', message: 'The registry took too long' })
  })

  it('names a host that does not exist, without trying again', async () => {
    const repository = openRepository(parseReference('registry.invalid/a'), { environment: {} })
    opened.push(repository)
    expect(await errorOf(repository.listTags())).toMatchObject({ code: 'SLUICE_REGISTRY_NETWORK' })
  })

  it('reads pages of tags on the same host only, and an empty list', async () => {
    first(
      is('GET', '/tags/'),
      { body: '{"tags":["1"]}', headers: { link: `<http://${other.host}/v2/x/tags/list?last=1>; rel="next"` } },
      { body: '{"tags":null}' },
    )
    expect(await open().listTags()).toEqual(['1'])
    expect(registry.paths('GET')).toEqual(['/v2/team/filter/tags/list?n=1000', '/v2/x/tags/list?last=1'])
    expect(other.requests).toEqual([])
  })

  it('leaves a list that does not end', async () => {
    always(() => true, { body: '{"tags":["1"]}', headers: { link: '</v2/team/filter/tags/list?last=1>; rel="next"' } })
    expect(await errorOf(open().listTags())).toMatchObject({ message: 'The list does not end' })
  })

  it('tells of a registry that deletes nothing', async () => {
    always(is('DELETE', ''), { status: 405, body: '{"errors":[{"code":"UNSUPPORTED"}]}' })
    expect(await errorOf(open().deleteManifest('1'))).toMatchObject({
      detail: { seen: 'status 405, UNSUPPORTED', next: /digest/ },
    })
  })
})

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
