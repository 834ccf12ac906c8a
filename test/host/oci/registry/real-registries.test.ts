/** Real registries: what we write they keep, digest for digest, with TLS, with passwords, with tokens. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RegistryAccess } from '../../../../host/oci/registry/access.ts'
import type { Credentials } from '../../../../host/oci/registry/credentials.ts'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import { listImages } from '../../../../host/oci/registry/list-images.ts'
import { logIn, logOut } from '../../../../host/oci/registry/login.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { transferImage } from '../../../../host/oci/registry/transfer.ts'
import { fetchOrReason } from '../../../drift/config-tools.ts'
import { makeCertificate, type TestCertificate } from '../../../support/certificate.ts'
import { goProgram } from '../../../support/go-program.ts'
import { imageOf, indexOf } from '../../../support/oci/images.ts'
import {
  HTPASSWD,
  PASSWORD,
  startCraneRegistry,
  startDebianRegistry,
  USERNAME,
  type TestRegistry,
} from '../../../support/oci/registries.ts'
import { debianProgram } from '../../../support/debian-program.ts'
import { poll } from '../../../support/poll.ts'
import { TokenServer } from '../../../support/oci/token-server.ts'

const ALICE: Credentials = { kind: 'basic', username: USERNAME, password: PASSWORD }
const folder = mkdtempSync(join(tmpdir(), 'sluice-real-'))
const running: TestRegistry[] = []
const opened: RegistryPort[] = []

const debian = await fetchOrReason(() => debianProgram('docker-registry'))
const crane = await fetchOrReason(() => goProgram('crane'))

afterAll(async () => {
  for (const repository of opened) await repository.close()
  for (const registry of running) await registry.stop()
  rmSync(folder, { recursive: true })
})

async function started(registry: Promise<TestRegistry>): Promise<string> {
  running.push(await registry)
  return running.at(-1)!.host
}

function open(
  host: string,
  access: RegistryAccess = {},
  credentials: Credentials | null = null,
  name = 'team/filter',
): RegistryPort {
  const environment = { DOCKER_CONFIG: folder }
  const repository = openRepository(parseReference(`${host}/${name}`), { environment, ...access }, credentials)
  opened.push(repository)
  return repository
}

describe.each([
  { title: `the registry of Debian${debian.reason}`, isHere: debian.value !== null, start: startDebianRegistry },
  { title: `the registry of crane${crane.reason}`, isHere: crane.value !== null, start: startCraneRegistry },
])('$title', ({ isHere, start }) => {
  describe.skipIf(!isHere)('keeps', () => {
    let host: string

    beforeAll(async () => {
      host = await started(start())
    })

    it('an image, by tag and digest', async () => {
      const image = imageOf(['one', 'two'])
      const report = await transferImage(image, image.root, open(host), ['1', 'latest'])
      expect(report.uploaded.length).toBe(3)
      const stored = await open(host).getManifest('latest')
      expect(stored.descriptor).toEqual(image.root.descriptor)
      expect(Buffer.from(stored.bytes)).toEqual(Buffer.from(image.root.bytes))
      for (const { descriptor, bytes } of image.contents.slice(1)) {
        expect(Buffer.from(await open(host).getBlob(descriptor))).toEqual(Buffer.from(bytes))
      }
    })

    it('an index', async () => {
      const index = indexOf([imageOf(['three']), imageOf(['four'])])
      await transferImage(index, index.root, open(host), ['all'])
      expect((await open(host).resolve('all'))?.digest).toBe(index.digest)
    })

    it('a large blob that came in pieces', async () => {
      const image = imageOf([randomBytes(1_000_000)])
      await transferImage(image, image.root, open(host, { limits: { chunkBytes: 300_000 } }), ['large'])
      expect((await open(host).getBlob(image.contents[2]!.descriptor)).length).toBe(1_000_000)
    })

    it('what another repository has', async () => {
      const image = imageOf(['one', 'two'])
      const copy = open(host, {}, null, 'team/copy')
      const report = await transferImage(open(host), await open(host).getManifest(image.digest), copy, ['1'])
      // One registry keeps blobs apart by repository, the other has one heap.
      expect(report.uploaded).toEqual([])
      expect(report.mounted.length + report.present.length).toBe(3)
      expect((await copy.resolve('1'))?.digest).toBe(image.digest)
    })

    it('what belongs to an image, under a tag that lists hide', async () => {
      const image = imageOf(['one', 'two'])
      const note = imageOf(['note'], { artifactType: 'test/note', subject: image.root.descriptor })
      await transferImage(note, note.root, open(host), [])
      expect((await open(host).listReferrers(image.digest)).map(({ digest, artifactType }) => [digest, artifactType])).toEqual([
        [note.digest, 'test/note'],
      ])
      const tags = (await listImages(open(host))).map(({ tag }) => tag)
      expect(tags.toSorted()).toEqual(['1', 'all', 'large', 'latest'])
      expect((await listImages(open(host), { all: true })).length).toBe(5)
    })

    it('nothing that was deleted', async () => {
      const image = imageOf(['to be deleted'])
      await transferImage(image, image.root, open(host), ['gone'])
      await open(host).deleteManifest(image.digest)
      expect(await open(host).resolve(image.digest)).toBe(null)
    })

    it('to the truth about what it does not have', async () => {
      await expect(open(host).getManifest('none')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_NOT_FOUND' })
      await expect(open(host, {}, null, 'no/repository').listTags()).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_NOT_FOUND' })
    })
  })
})

describe.skipIf(debian.value === null)(`a registry that dies in the middle of an upload${debian.reason}`, () => {
  /** Some of an upload has reached the disk. */
  function hasBegun(path: string): boolean {
    const files = readdirSync(path, { recursive: true, withFileTypes: true })
    return files.some(({ name, parentPath }) => parentPath.includes('_uploads') && name === 'data')
  }

  it('has the whole image once it is back, and no tag before', async () => {
    const registry = await startDebianRegistry()
    running.push(registry)
    const image = imageOf([randomBytes(24_000_000)])
    let deaths = 0
    const wait = async (): Promise<void> => {
      if (deaths++ === 0) await registry.revive()
      expect(await open(registry.host).resolve('1')).toBe(null)
    }
    // Small pieces: the registry has to die before the last one even where it is fast.
    const push = transferImage(image, image.root, open(registry.host, { wait, limits: { chunkBytes: 50_000 } }), ['1'])
    await poll(() => hasBegun(registry.folder), Boolean, 10_000)
    await registry.die()
    await push
    expect(deaths).toBeGreaterThan(0)
    expect((await open(registry.host).resolve('1'))?.digest).toBe(image.digest)
    expect((await open(registry.host).getBlob(image.contents[2]!.descriptor)).length).toBe(24_000_000)
  })
})

describe.skipIf(debian.value === null)(`guarded registries${debian.reason}`, () => {
  let certificate: TestCertificate

  beforeAll(async () => {
    certificate = await makeCertificate(folder)
  })

  async function prove(repository: RegistryPort): Promise<void> {
    const image = imageOf(['one'])
    await transferImage(image, image.root, repository, ['1'])
    expect((await repository.resolve('1'))?.digest).toBe(image.digest)
  }

  it('are trusted by their authority, or not judged, but never by themselves', async () => {
    const host = await started(startDebianRegistry({ tls: certificate }))
    await prove(open(host, { caFile: certificate.authority }))
    await prove(open(host, { insecure: true }))
    await prove(open(host, { environment: { SSL_CERT_FILE: certificate.authority }, plainHttp: false }))
    await expect(open(host, { plainHttp: false }).resolve('1')).rejects.toMatchObject({
      code: 'SLUICE_REGISTRY_NETWORK',
      message: 'The registry shows a certificate that is not trusted',
      detail: { next: expect.stringContaining('--ca-file') },
    })
  })

  it('are not spoken to in plain text by mistake', async () => {
    const host = await started(startDebianRegistry({ tls: certificate }))
    await expect(open(host).resolve('1')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_ANSWER' })
    const plain = await started(startDebianRegistry())
    await expect(open(plain, { insecure: true }).resolve('1')).rejects.toMatchObject({
      detail: { next: expect.stringContaining('--plain-http') },
    })
  })

  it('take a password', async () => {
    const host = await started(startDebianRegistry({ htpasswd: HTPASSWD }))
    await prove(open(host, {}, ALICE))
    await expect(open(host).resolve('1')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_AUTH' })
    await expect(open(host, {}, { ...ALICE, password: 'wrong' } as Credentials).resolve('1')).rejects.toMatchObject({
      code: 'SLUICE_REGISTRY_AUTH',
    })
  })

  it('are logged into and out of', async () => {
    const host = await started(startDebianRegistry({ htpasswd: HTPASSWD }))
    const environment = { DOCKER_CONFIG: join(folder, 'login') }
    await expect(logIn(host, USERNAME, 'wrong', { environment })).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_AUTH' })
    const { keptBy } = await logIn(host, USERNAME, PASSWORD, { environment })
    expect(keptBy).toBe(join(folder, 'login', 'config.json'))
    await prove(open(host, { environment }))
    await logOut(host, environment)
    await expect(open(host, { environment }).resolve('1')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_AUTH' })
    await expect(logOut(host, environment)).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_NOT_FOUND' })
  })

  describe('with a token server', () => {
    let tokens: TokenServer
    let host: string

    beforeAll(async () => {
      const users = { [USERNAME]: PASSWORD }
      tokens = await TokenServer.start({ signer: certificate, users, refreshTokens: { 'refresh me': USERNAME } })
      host = await started(startDebianRegistry({ token: tokens.registryConfig }))
    })

    afterAll(() => tokens.stop())

    it('take a password by way of a token', async () => {
      await prove(open(host, {}, ALICE))
      expect(tokens.requests.map(({ method, user }) => [method, user])).toContainEqual(['GET', USERNAME])
    })

    it('take a refresh token', async () => {
      await prove(open(host, {}, { kind: 'identity', token: 'refresh me' }))
      expect(tokens.requests.at(-1)).toMatchObject({ method: 'POST', user: USERNAME })
    })

    it('let anybody read and nobody without a name write', async () => {
      await prove(open(host, {}, ALICE))
      expect(await open(host).resolve('1')).not.toBe(null)
      const image = imageOf(['unwanted'])
      await expect(transferImage(image, image.root, open(host), ['2'])).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_AUTH' })
      expect(await open(host).resolve('2')).toBe(null)
    })

    it('renew a token that has ended', async () => {
      // The registry grants a minute; the token says that it lives for five.
      tokens.lifeSeconds = -57
      const repository = open(host, {}, ALICE)
      await repository.resolve('1')
      await sleep(3500)
      tokens.lifeSeconds = 300
      const before = tokens.requests.length
      expect(await repository.resolve('1')).not.toBe(null)
      expect(tokens.requests.length).toBe(before + 1)
    })

    it('end with a token that is over when it comes', async () => {
      tokens.lifeSeconds = -120
      await expect(open(host, {}, ALICE).resolve('1')).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_AUTH' })
      tokens.lifeSeconds = 300
    })

    it('refuse a wrong password in the words of the token server', async () => {
      const repository = open(host, {}, { ...ALICE, password: 'wrong' } as Credentials)
      await expect(repository.resolve('1')).rejects.toMatchObject({ message: 'The token server refuses these credentials' })
    })
  })
})
