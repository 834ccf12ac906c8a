/** Signatures are exchanged with the real cosign, over a real registry, without any service of sigstore. */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blobOf } from '../../../host/oci/digest.ts'
import { buildImage } from '../../../host/oci/image/build-image.ts'
import { attach } from '../../../host/oci/image/referrer.ts'
import { SBOM_TYPE } from '../../../host/oci/image/sbom.ts'
import { storeImage } from '../../../host/oci/image/store-image.ts'
import { openRepository } from '../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../host/oci/registry/port.ts'
import { parseReference } from '../../../host/oci/registry/reference.ts'
import { readPrivateKey, readPublicKey } from '../../../host/oci/signing/keys.ts'
import { signImage, verifyImage } from '../../../host/oci/signing/sign.ts'
import { SIGNATURE_FORMS, type SignatureForm } from '../../../host/oci/signing/signature.ts'
import { DESCRIPTION, sampleModule } from '../../host/oci/image/sample.ts'
import { goProgram } from '../../support/go-program.ts'
import { startDebianRegistry, type TestRegistry } from '../../support/oci/registries.ts'

const BUILD_LIMIT_MILLIS = 900_000
const PASSWORD = 'open: sesame!'
const REACH = ['--allow-http-registry', '--allow-insecure-registry']

let cosign: string
let registry: TestRegistry
let scratch: string
const keys = (name: string): string => join(scratch, name)

function run(...args: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)(cosign, args, { cwd: scratch, env: { ...process.env, COSIGN_PASSWORD: PASSWORD } })
}

beforeAll(async () => {
  cosign = await goProgram('cosign')
  registry = await startDebianRegistry()
  scratch = await mkdtemp(join(tmpdir(), 'cosign-'))
  for (const name of ['own', 'other']) await run('generate-key-pair', '--output-key-prefix', name)
}, BUILD_LIMIT_MILLIS)
afterAll(async () => {
  await registry?.stop()
  if (scratch !== undefined) await rm(scratch, { recursive: true })
})

/** An image of its own in a repository of its own. */
async function publish(name: string): Promise<{ store: RegistryPort; reference: string; digest: string }> {
  const store = openRepository(parseReference(`${registry.host}/cosign/${name}`))
  const image = await buildImage('oci', { module: sampleModule(500), description: { ...DESCRIPTION, name }, created: null })
  await storeImage(store, image, '1')
  const { digest } = image.manifest.descriptor
  return { store, reference: `${registry.host}/cosign/${name}@${digest}`, digest }
}

const cosignVerify = (reference: string, key = 'own'): Promise<{ stdout: string }> =>
  run('verify', '--key', keys(`${key}.pub`), '--insecure-ignore-tlog', ...REACH, reference)

async function cosignSign(reference: string, form: SignatureForm): Promise<void> {
  const forms = form === 'bundle' ? [] : ['--new-bundle-format=false']
  const offline = ['--tlog-upload=false', '--use-signing-config=false', '-y']
  await run('sign', '--key', keys('own.key'), ...offline, ...forms, ...REACH, reference)
}

async function sluiceSign(store: RegistryPort, form: SignatureForm): Promise<void> {
  const key = await readPrivateKey(keys('own.key'), PASSWORD)
  await signImage(store, '1', { form, name: 'ours', key })
}

const sluiceVerify = async (store: RegistryPort, key = 'own'): ReturnType<typeof verifyImage> =>
  verifyImage(store, '1', await readPublicKey(keys(`${key}.pub`)), 'the image')

describe.each(SIGNATURE_FORMS)('a signature as %s', (form) => {
  test('by Sluice is taken by cosign, for the key that made it', async () => {
    const { store, reference, digest } = await publish(`ours-${form}`)
    await expect(cosignVerify(reference)).rejects.toThrow(/no (signatures|valid bundles)/)
    await sluiceSign(store, form)
    const claims = JSON.parse((await cosignVerify(reference)).stdout) as { critical: { image: object } }[]
    expect(claims.map(({ critical }) => critical.image)).toEqual([{ 'docker-manifest-digest': digest }])
    await expect(cosignVerify(reference, 'other')).rejects.toThrow(/invalid signature|no matching signatures|failed to verify/)
    await store.close()
  })

  test('by cosign is taken by Sluice, for the key that made it', async () => {
    const { store, reference, digest } = await publish(`theirs-${form}`)
    await expect(sluiceVerify(store)).rejects.toMatchObject({ code: 'SLUICE_OCI_SIGNATURE', detail: { seen: 'no signature' } })
    await cosignSign(reference, form)
    expect(await sluiceVerify(store)).toEqual({ digest, forms: [form] })
    await expect(sluiceVerify(store, 'other')).rejects.toMatchObject({ code: 'SLUICE_OCI_SIGNATURE' })
    await store.close()
  })

  test('is not hidden by what else is attached', async () => {
    const { store, reference, digest } = await publish(`attached-${form}`)
    await sluiceSign(store, form)
    await attach(store, (await store.getManifest(digest)).descriptor, blobOf(SBOM_TYPE, Buffer.from('{}')), {})
    await cosignVerify(reference)
    expect((await sluiceVerify(store)).forms).toEqual([form])
    await store.close()
  })

  test('stands beside one of the other maker', async () => {
    const { store, reference } = await publish(`both-${form}`)
    await cosignSign(reference, form)
    const key = await readPrivateKey(keys('other.key'), PASSWORD)
    await signImage(store, '1', { form, name: 'ours', key })
    for (const name of ['own', 'other']) {
      await cosignVerify(reference, name)
      expect((await sluiceVerify(store, name)).forms).toEqual([form])
    }
    await store.close()
  })
})
