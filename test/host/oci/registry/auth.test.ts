/** Challenges, tokens and who gets to see which secret. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { SluiceError } from '../../../../host/errors.ts'
import type { Credentials } from '../../../../host/oci/registry/credentials.ts'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { FakeRegistry, type FakeAnswer, type FakeRequest } from '../../../support/oci/fake-registry.ts'

const ALICE: Credentials = { kind: 'basic', username: 'alice', password: 'p:w' }
const ALICE_HEADER = `Basic ${Buffer.from('alice:p:w').toString('base64')}`

let registry: FakeRegistry
let tokens: FakeRegistry
let issued: number
let repository: RegistryPort | null

beforeEach(async () => {
  registry = await FakeRegistry.start()
  tokens = await FakeRegistry.start()
  repository = null
  issued = 0
  tokens.intercept = () => ({ body: JSON.stringify({ token: `t${++issued}`, expires_in: 300 }) })
})

afterEach(async () => {
  await repository?.close()
  await registry.stop()
  await tokens.stop()
})

function open(credentials: Credentials | null = null): RegistryPort {
  const access = { environment: { DOCKER_CONFIG: '/nonexistent', HOME: '/nonexistent' }, wait: () => Promise.resolve() }
  repository = openRepository(parseReference(`${registry.host}/team/filter`), access, credentials)
  return repository
}

function challenge(header: string): FakeAnswer {
  return { status: 401, headers: { 'www-authenticate': header } }
}

function bearer(): FakeAnswer {
  return challenge(`Bearer realm="http://${tokens.host}/token",service="s",scope="repository:team/filter:pull"`)
}

/** The registry takes these tokens only. */
function accept(...good: string[]): void {
  registry.intercept = ({ headers }) => (good.some((token) => headers.authorization === `Bearer ${token}`) ? null : bearer())
}

const sent = (requests: readonly FakeRequest[]): (string | undefined)[] => requests.map(({ headers }) => headers.authorization)

async function errorOf(action: Promise<unknown>): Promise<SluiceError> {
  return action.then(
    () => expect.unreachable('it should fail'),
    (error: SluiceError) => error,
  )
}

describe('bearer tokens', () => {
  it('are fetched without a name when there are no credentials', async () => {
    accept('t1')
    await open().listTags()
    expect(tokens.requests.map(({ path }) => path)).toEqual(['/token?service=s&scope=repository%3Ateam%2Ffilter%3Apull'])
    expect(sent(tokens.requests)).toEqual([undefined])
  })

  it('are fetched with the password, which the registry never sees', async () => {
    accept('t1')
    await open(ALICE).listTags()
    expect(sent(tokens.requests)).toEqual([ALICE_HEADER])
    expect(sent(registry.requests)).toEqual([undefined, 'Bearer t1'])
  })

  it('are kept, one for each scope', async () => {
    accept('t1', 't2')
    const one = open(ALICE)
    await one.listTags()
    await one.listTags()
    await one.hasBlob(`sha256:${'0'.repeat(64)}`)
    expect(issued).toBe(1)
    await errorOf(one.deleteManifest('1'))
    expect(issued).toBe(2)
  })

  it('are asked for every scope of a mount', async () => {
    accept('t1')
    await open(ALICE).mountBlob(`sha256:${'0'.repeat(64)}`, 'team/source')
    const scopes = new URL(tokens.requests[0]!.path, 'http://x').searchParams.getAll('scope')
    expect(scopes).toEqual(['repository:team/filter:pull,push', 'repository:team/source:pull', 'repository:team/filter:pull'])
  })

  it('are renewed once when the registry no longer takes them', async () => {
    accept('t1')
    const one = open(ALICE)
    await one.listTags()
    accept('t2')
    await one.listTags()
    expect(sent(registry.requests)).toEqual([undefined, 'Bearer t1', 'Bearer t1', 'Bearer t2'])
  })

  it('are renewed before they end', async () => {
    tokens.intercept = () => ({ body: JSON.stringify({ access_token: `t${++issued}`, expires_in: 0.001 }) })
    accept('t1', 't2')
    const one = open(ALICE)
    await one.listTags()
    await new Promise((resolve) => setTimeout(resolve, 5))
    await one.listTags()
    expect(issued).toBe(2)
  })

  it('are not fetched for ever', async () => {
    accept()
    expect(await errorOf(open(ALICE).listTags())).toMatchObject({
      code: 'SLUICE_REGISTRY_AUTH',
      message: 'The registry refuses these credentials',
      detail: { next: `sluice login ${registry.host} stores others` },
    })
    expect(issued).toBe(1)
  })

  it('come from a refresh token, posted as a form', async () => {
    accept('t1')
    await open({ kind: 'identity', token: 'r/1+' }).listTags()
    const [request] = tokens.requests
    expect(request?.method).toBe('POST')
    expect(request?.path).toBe('/token')
    expect(Object.fromEntries(new URLSearchParams(request!.body.toString()))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'r/1+',
      service: 's',
      client_id: 'sluice',
      scope: 'repository:team/filter:pull',
    })
  })

  it('may be given as they are', async () => {
    accept('mine')
    await open({ kind: 'bearer', token: 'mine' }).listTags()
    expect(issued).toBe(0)
  })

  it.each<[string, FakeAnswer, string]>([
    ['no token', { body: '{}' }, 'SLUICE_REGISTRY_ANSWER'],
    ['a page', { body: '<html>' }, 'SLUICE_REGISTRY_ANSWER'],
    ['a refusal', { status: 401 }, 'SLUICE_REGISTRY_AUTH'],
    ['nothing at all', { status: 404 }, 'SLUICE_REGISTRY_ANSWER'],
    ['an end', { fail: 'close' }, 'SLUICE_REGISTRY_NETWORK'],
  ])('end clearly at a token server with %s', async (_, answer, code) => {
    accept()
    tokens.intercept = () => answer
    expect((await errorOf(open(ALICE).listTags())).code).toBe(code)
  })

  it('are tried again at a token server that is busy', async () => {
    accept('t1')
    const answers: FakeAnswer[] = [{ status: 503 }]
    const usual = tokens.intercept
    tokens.intercept = (request) => answers.shift() ?? usual(request)
    await open(ALICE).listTags()
    expect(tokens.requests.length).toBe(2)
  })

  it.each(['', 'ftp://x/token', 'nothing'])('are not fetched from "%s"', async (realm) => {
    registry.intercept = () => challenge(`Bearer realm="${realm}"`)
    expect(await errorOf(open(ALICE).listTags())).toMatchObject({
      code: 'SLUICE_REGISTRY_ANSWER',
      detail: { seen: `"${realm}"` },
    })
  })

  it('do not follow the token server to another host with the password', async () => {
    accept('t1')
    const elsewhere = { status: 307, headers: { location: `http://${registry.host}/token` } }
    tokens.intercept = () => elsewhere
    await errorOf(open(ALICE).listTags())
    expect(registry.requests.filter(({ path }) => path.startsWith('/token')).map(({ headers }) => headers.authorization)).toEqual(
      [undefined],
    )
  })
})

describe('basic credentials', () => {
  beforeEach(() => {
    registry.intercept = ({ headers }) => (headers.authorization === ALICE_HEADER ? null : challenge('Basic realm="x"'))
  })

  it('are sent when they are asked for, and from then on', async () => {
    const one = open(ALICE)
    await one.listTags()
    await one.listTags()
    expect(sent(registry.requests)).toEqual([undefined, ALICE_HEADER, ALICE_HEADER])
  })

  it('are not sent twice when they are wrong', async () => {
    const error = await errorOf(open({ kind: 'basic', username: 'alice', password: 'wrong' }).listTags())
    expect(error.code).toBe('SLUICE_REGISTRY_AUTH')
    expect(registry.requests.length).toBe(2)
    expect(JSON.stringify(error)).not.toContain('wrong')
  })

  it('are missed in words', async () => {
    expect(await errorOf(open().listTags())).toMatchObject({
      message: 'The registry wants credentials',
      detail: { next: `sluice login ${registry.host} stores some` },
    })
  })

  it.each(['', 'Negotiate', 'Digest realm="x"'])('are not sent for the challenge "%s"', async (header) => {
    registry.intercept = () => challenge(header)
    expect((await errorOf(open(ALICE).listTags())).code).toBe('SLUICE_REGISTRY_AUTH')
    expect(sent(registry.requests)).toEqual([undefined])
  })
})
