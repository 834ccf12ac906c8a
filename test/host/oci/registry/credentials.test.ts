/** Where credentials are looked for, and how they are kept. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import type { SluiceError } from '../../../../host/errors.ts'
import { findCredentials } from '../../../../host/oci/registry/credentials.ts'
import { helperErase, helperStore } from '../../../../host/oci/registry/credential-helper.ts'
import { writeAuthEntry } from '../../../../host/oci/registry/docker-config.ts'

const HUB = 'docker.io'
/** What Docker files Docker Hub under. */
const HUB_KEY = `https://index.${HUB}/v1/`
const root = mkdtempSync(join(tmpdir(), 'sluice-credentials-'))
const base64 = (text: string): string => Buffer.from(text).toString('base64')

let folder: string
let environment: Record<string, string>
let count = 0

beforeEach(() => {
  folder = join(root, String(++count))
  mkdirSync(folder)
  environment = { DOCKER_CONFIG: folder, HOME: folder, PATH: `${folder}:${process.env['PATH']}` }
})

afterAll(() => rmSync(root, { recursive: true }))

function config(value: unknown, name = 'config.json'): string {
  const path = join(folder, name)
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value))
  return path
}

/** A helper of a few lines: keeps one entry in a file beside it. */
function helper(name: string, script: string): void {
  const path = join(folder, `docker-credential-${name}`)
  writeFileSync(path, `#!/bin/sh\ncd '${folder}'\n${script}\n`)
  chmodSync(path, 0o755)
}

const KEEPER = `case $1 in
  get) read host; [ -f kept ] && grep -q "\\"ServerURL\\":\\"$host\\"" kept && cat kept || { echo 'credentials not found in native keychain'; exit 1; } ;;
  store) cat > kept ;;
  erase) cat > erased; rm kept ;;
esac`

const find = (registry: string, repository = 'team/filter'): ReturnType<typeof findCredentials> =>
  findCredentials({ registry, repository }, environment)

describe('findCredentials', () => {
  it('finds nothing where nothing is', async () => {
    expect(await find('ghcr.io')).toBe(null)
  })

  it('reads entries of Docker in every form', async () => {
    config({
      auths: {
        'a.test': { auth: base64('alice:p:w') },
        'https://b.test/v1/': { username: 'bob', password: 'x' },
        'c.test:5000': { auth: base64('carol:x'), identitytoken: 'id' },
        'd.test': { registrytoken: 'tok' },
        'e.test': {},
        [HUB_KEY]: { auth: base64('hub:x') },
      },
    })
    expect(await find('a.test')).toEqual({ kind: 'basic', username: 'alice', password: 'p:w' })
    expect(await find('b.test')).toEqual({ kind: 'basic', username: 'bob', password: 'x' })
    expect(await find('c.test:5000')).toEqual({ kind: 'identity', token: 'id' })
    expect(await find('d.test')).toEqual({ kind: 'bearer', token: 'tok' })
    expect(await find('e.test')).toBe(null)
    expect(await find('docker.io')).toEqual({ kind: 'basic', username: 'hub', password: 'x' })
  })

  it.each(['evil-a.test', 'a.test.evil', 'a.test:5000', 'sub.a.test', 'test'])(
    'never gives %s the entry of a.test',
    async (registry) => {
      config({ auths: { 'a.test': { auth: base64('alice:x') } } })
      expect(await find(registry)).toBe(null)
    },
  )

  it('prefers the entry of the longest path, as podman keeps them', async () => {
    config({ auths: { 'a.test': { auth: base64('all:x') }, 'a.test/team': { auth: base64('team:x') } } })
    expect(await find('a.test', 'team/filter')).toMatchObject({ username: 'team' })
    expect(await find('a.test', 'teamwork/filter')).toMatchObject({ username: 'all' })
  })

  it('looks into the files of podman at last', async () => {
    environment['REGISTRY_AUTH_FILE'] = config({ auths: { 'a.test': { auth: base64('podman:x') } } }, 'auth.json')
    expect(await find('a.test')).toMatchObject({ username: 'podman' })
    config({ auths: { 'a.test': { auth: base64('docker:x') } } })
    expect(await find('a.test')).toMatchObject({ username: 'docker' })
  })

  it('asks the helper of a registry, then that of all, then the file', async () => {
    config({ credHelpers: { 'a.test': 'one' }, credsStore: 'all', auths: { 'c.test': { auth: base64('file:x') } } })
    helper('one', `echo '{"ServerURL":"a.test","Username":"one","Secret":"s"}'`)
    helper('all', KEEPER)
    await helperStore('all', 'b.test', { username: '<token>', secret: 'id' }, environment)
    expect(await find('a.test')).toEqual({ kind: 'basic', username: 'one', password: 's' })
    expect(await find('b.test')).toEqual({ kind: 'identity', token: 'id' })
    expect(await find('c.test')).toMatchObject({ username: 'file' })
  })

  it('calls helpers by the key of Docker Hub', async () => {
    config({ credsStore: 'all' })
    helper('all', `read host; echo '{"Username":"'"$host"'","Secret":"s"}'`)
    expect(await find('docker.io')).toMatchObject({ username: HUB_KEY })
  })

  it.each([
    ['fails', `echo 'the keychain is locked'; exit 1`, /failed to get/, 'the keychain is locked'],
    ['says nothing', 'exit 3', /failed to get/, 'no reason given'],
    ['answers something else', 'echo hello', /answers something else/, ''],
  ])('tells of a helper that %s', async (_, script, message, seen) => {
    config({ credsStore: 'bad' })
    helper('bad', script)
    const error: unknown = await find('a.test').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'SLUICE_REGISTRY_CREDENTIALS', message: expect.stringMatching(message) })
    expect((error as SluiceError).detail.seen ?? '').toBe(seen)
  })

  it.each([
    ['missing', 'Cannot run'],
    ['../../bin/sh', 'Not the name'],
  ])('tells of the helper "%s"', async (credsStore, message) => {
    config({ credsStore })
    await expect(find('a.test')).rejects.toMatchObject({
      code: 'SLUICE_REGISTRY_CREDENTIALS',
      message: expect.stringContaining(message),
    })
  })

  it.each([
    ['{', 'a JSON object'],
    ['[]', 'a JSON object'],
    [{ auths: { 'a.test': { auth: 'AAAA' } } }, 'base64 of user:password'],
  ])('tells of a file with %j', async (text, wanted) => {
    const path = config(text)
    await expect(find('a.test')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_CREDENTIALS', detail: { path, wanted } })
  })

  it('takes the environment first, for the registry that it names', async () => {
    config({ auths: { 'a.test': { auth: base64('file:x') } } })
    Object.assign(environment, { SLUICE_REGISTRY: 'a.test', SLUICE_REGISTRY_USERNAME: 'env', SLUICE_REGISTRY_PASSWORD: 'x' })
    expect(await find('a.test')).toMatchObject({ username: 'env' })
    expect(await find('b.test')).toBe(null)
    environment['SLUICE_REGISTRY_TOKEN'] = 'tok'
    expect(await find('a.test')).toEqual({ kind: 'bearer', token: 'tok' })
  })

  it.each([
    [{ SLUICE_REGISTRY_TOKEN: 'x' }, 'SLUICE_REGISTRY'],
    [{ SLUICE_REGISTRY: 'a.test', SLUICE_REGISTRY_PASSWORD: 'x' }, 'SLUICE_REGISTRY_USERNAME'],
    [{ SLUICE_REGISTRY: 'a.test', SLUICE_REGISTRY_USERNAME: 'x' }, 'SLUICE_REGISTRY_PASSWORD'],
  ])('wants the environment complete: %j', async (variables, path) => {
    Object.assign(environment, variables)
    await expect(find('a.test')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_CREDENTIALS', detail: { path } })
  })
})

describe('keeping credentials', () => {
  it('changes one entry of the file and nothing else, for its owner alone', () => {
    const path = config({ auths: { 'https://a.test/v1/': { auth: 'old' }, 'b.test': { auth: 'b' } }, detachKeys: 'ctrl-e' })
    chmodSync(path, 0o644)
    writeAuthEntry(path, 'a.test', { auth: 'new' })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({
      auths: { 'b.test': { auth: 'b' }, 'a.test': { auth: 'new' } },
      detachKeys: 'ctrl-e',
    })
    expect(statSync(path).mode & 0o777).toBe(0o600)
    writeAuthEntry(path, 'a.test', null)
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ auths: { 'b.test': { auth: 'b' } }, detachKeys: 'ctrl-e' })
  })

  it('makes the file and its folder', () => {
    const path = join(folder, 'new', 'config.json')
    writeAuthEntry(path, 'docker.io', { auth: 'x' })
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual({ auths: { [HUB_KEY]: { auth: 'x' } } })
  })

  it('hands secrets to helpers on their standard input', async () => {
    helper('all', KEEPER)
    await helperStore('all', 'a.test', { username: 'alice', secret: 's"e' }, environment)
    expect(JSON.parse(readFileSync(join(folder, 'kept'), 'utf8'))).toEqual({
      ServerURL: 'a.test',
      Username: 'alice',
      Secret: 's"e',
    })
    await helperErase('all', 'a.test', environment)
    expect(readFileSync(join(folder, 'erased'), 'utf8')).toBe('a.test')
  })
})
