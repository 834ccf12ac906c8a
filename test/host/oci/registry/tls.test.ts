/** What was begun with TLS stays with TLS, whatever a registry says. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { makeCertificate, type TestCertificate } from '../../../support/certificate.ts'
import { FakeRegistry, type FakeAnswer } from '../../../support/oci/fake-registry.ts'
import { imageOf } from '../../../support/oci/images.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-tls-'))
const blob = imageOf(['one']).contents[2]!
let certificate: TestCertificate
let registry: FakeRegistry
let plain: FakeRegistry
let repository: RegistryPort

beforeAll(async () => {
  certificate = await makeCertificate(folder)
  registry = await FakeRegistry.start(certificate)
  plain = await FakeRegistry.start()
  const access = { caFile: certificate.authority, environment: {} }
  repository = openRepository(parseReference(`${registry.host}/a/b`), access, { kind: 'basic', username: 'u', password: 'p' })
})

beforeEach(() => {
  registry.intercept = () => null
  registry.locationBase = ''
})

afterAll(async () => {
  await repository.close()
  await registry.stop()
  await plain.stop()
  rmSync(folder, { recursive: true })
})

it('a redirect to plain HTTP is refused', async () => {
  const away: FakeAnswer = { status: 307, headers: { location: `http://${plain.host}/v2/a/b/tags/list` } }
  registry.intercept = () => away
  await expect(repository.listTags()).rejects.toMatchObject({ code: 'SLUICE_REGISTRY_ANSWER', message: 'A redirect leaves TLS' })
  expect(plain.requests).toEqual([])
})

it('a registry that calls itself http, behind a proxy that ends TLS, is still asked with TLS', async () => {
  registry.locationBase = `http://${registry.host}`
  await repository.putBlob(blob)
  expect(registry.blobs.has(blob.descriptor.digest)).toBe(true)
})

it('an upload is not sent to another host in plain HTTP', async () => {
  registry.locationBase = `http://elsewhere.test:${plain.host.split(':')[1]}`
  await expect(repository.putBlob(blob)).rejects.toMatchObject({ message: 'An upload leaves TLS' })
})

it('a token server without TLS gets no password', async () => {
  registry.intercept = () => ({ status: 401, headers: { 'www-authenticate': `Bearer realm="http://${plain.host}/token"` } })
  await expect(repository.listTags()).rejects.toMatchObject({ detail: { wanted: 'an https address' } })
  expect(plain.requests).toEqual([])
})
