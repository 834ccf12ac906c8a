import { createPublicKey, generateKeyPairSync, sign as signBytes, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { blobOf } from '../../../../host/oci/digest.ts'
import { buildImage } from '../../../../host/oci/image/build-image.ts'
import { LayoutFolder } from '../../../../host/oci/image/layout-folder.ts'
import { readManifest } from '../../../../host/oci/image/read-manifest.ts'
import { storeImage } from '../../../../host/oci/image/store-image.ts'
import { readPrivateKey, readPublicKey } from '../../../../host/oci/signing/keys.ts'
import { SIGNATURE_FORMS, type SignatureForm } from '../../../../host/oci/signing/signature.ts'
import { signatureTag } from '../../../../host/oci/signing/simple-signing.ts'
import { signImage, verifyImage } from '../../../../host/oci/signing/sign.ts'
import { DESCRIPTION, sampleModule } from '../image/sample.ts'

/** Made by `cosign generate-key-pair` 3.1.3 with the password `secret`; for tests only. */
const COSIGN_KEY = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJsZkxqOVFmRE5xM2laQmpuVkpjLytLSU5LTlk5UEJo
dStZNXdNbXVGSGljPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJGQXBoQ1VuQ0xyVzlsWWhkbmpkbE5TZmRGcGZPaGhPMCJ9LCJj
aXBoZXJ0ZXh0IjoiYTVPM3hBQWRhcG5DdWhjR2k0enVBR1MzcTVkbXNHRTVaRzY2
NFVSeUdiQU5lOTRFVXVpY21vRzFZSndYcWg3dUpWRzZPSElkT3pHNHFVVkE0bUY3
RjNhNzZKYU91Z0l2SGtjZXRkWm9aYlpyU0x6b3M4Q1QrcnAwdFd1QXp6c0ZzNmlI
aVp4Zi84Si83OU94Rk4wMy8yVGhvNElGditOTlZFWG14RUZCLzdneGsyRlFDMVJE
clhoWVJZOGMwbW9JRmtVUi9nTFBPSHFsbEE9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----`
const COSIGN_PUB = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEux1mkWPffVYxAFqBHJUvC0FjtbWQ
hfTHebQH9xXJAatauvLow/ypQ7qnZnBtMuyn+XmKZt5/b9BRoiI/wGfAUg==
-----END PUBLIC KEY-----`

let scratch: string
let folder: LayoutFolder
let digest: string

beforeEach(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sign-'))
  folder = await LayoutFolder.create(join(scratch, 'image'))
  const image = await buildImage('oci', { module: sampleModule(500), description: DESCRIPTION, created: null })
  await storeImage(folder, image, '1')
  digest = image.manifest.descriptor.digest
})
afterEach(() => {
  rmSync(scratch, { recursive: true })
})

const pair = (namedCurve = 'prime256v1'): { publicKey: KeyObject; privateKey: KeyObject } =>
  generateKeyPairSync('ec', { namedCurve })
const sign = (key: KeyObject, form: SignatureForm, at = '1'): Promise<string> =>
  signImage(folder, at, { form, name: 'registry.example/a:1', key })
const verify = (key: KeyObject, at = '1'): ReturnType<typeof verifyImage> => verifyImage(folder, at, key, 'the image')

function file(name: string, text: string): string {
  const path = join(scratch, name)
  writeFileSync(path, text)
  return path
}

describe.each(SIGNATURE_FORMS)('a signature as %s', (form) => {
  test('is valid for the key that made it, and for the digest that was signed', async () => {
    const { publicKey, privateKey } = pair()
    expect(await sign(privateKey, form)).toBe(digest)
    expect(await verify(publicKey)).toEqual({ digest, forms: [form] })
    expect(await verify(publicKey, digest)).toEqual({ digest, forms: [form] })
    await expect(verify(pair().publicKey)).rejects.toMatchObject({
      code: 'SLUICE_OCI_SIGNATURE',
      detail: { path: 'the image', seen: '1 signature that the key has not made', wanted: `a signature of ${digest} by the key` },
    })
  })

  test('is one of several', async () => {
    const keys = [pair(), pair()]
    for (const { privateKey } of keys) await sign(privateKey, form)
    for (const { publicKey } of keys) expect((await verify(publicKey)).forms).toEqual([form])
    await expect(verify(pair().publicKey)).rejects.toMatchObject({ detail: { seen: '2 signatures that the key has not made' } })
  })

  test('is made once by a key', async () => {
    const { privateKey } = pair()
    await sign(privateKey, form)
    const before = [await folder.resolve(signatureTag(digest)), await folder.listReferrers(digest)]
    await sign(privateKey, form)
    expect([await folder.resolve(signatureTag(digest)), await folder.listReferrers(digest)]).toEqual(before)
  })

  test('does not hold for another image, wherever it is copied', async () => {
    const { publicKey, privateKey } = pair()
    await sign(privateKey, form)
    const other = await buildImage('oci', { module: sampleModule(600), description: DESCRIPTION, created: null })
    await storeImage(folder, other, '1')
    await expect(verify(publicKey)).rejects.toMatchObject({ detail: { seen: 'no signature' } })
    await copySignatures(form, other.manifest.descriptor.digest)
    await expect(verify(publicKey)).rejects.toMatchObject({ detail: { seen: `a signature by the key, but of ${digest}` } })
    expect((await verify(publicKey, digest)).forms).toEqual([form])
  })
})

/** Lets the signatures of the image look like those of another. */
async function copySignatures(form: SignatureForm, to: string): Promise<void> {
  if (form === 'simple-signing') {
    await folder.putManifest(signatureTag(to), await folder.getManifest(signatureTag(digest)))
    return
  }
  const [referrer] = await folder.listReferrers(digest)
  const { bytes, descriptor } = await folder.getManifest(referrer!.digest)
  const moved = { ...readManifest(bytes, 'bundle'), subject: (await folder.getManifest(to)).descriptor }
  const manifest = blobOf(descriptor.mediaType, Buffer.from(JSON.stringify(moved)))
  await folder.putManifest(manifest.descriptor.digest, manifest)
}

test('both forms stand beside each other', async () => {
  const { publicKey, privateKey } = pair()
  for (const form of SIGNATURE_FORMS) await sign(privateKey, form)
  expect((await verify(publicKey)).forms).toEqual(['simple-signing', 'bundle'])
})

test('the simple form is what the specification says', async () => {
  await sign(pair().privateKey, 'simple-signing')
  const { bytes } = await folder.getManifest(`sha256-${digest.slice(7)}.sig`)
  const { config, layers } = readManifest(bytes, 'signatures')
  expect(layers.map(({ mediaType }) => mediaType)).toEqual(['application/vnd.dev.cosign.simplesigning.v1+json'])
  expect(JSON.parse(Buffer.from(await folder.getBlob(layers[0]!)).toString())).toEqual({
    critical: {
      identity: { 'docker-reference': 'registry.example/a:1' },
      image: { 'docker-manifest-digest': digest },
      type: 'cosign container image signature',
    },
    optional: null,
  })
  expect(layers[0]!.annotations).toEqual({ 'dev.cosignproject.cosign/signature': expect.stringMatching(/^ME[QUY]/) as string })
  expect(JSON.parse(Buffer.from(await folder.getBlob(config)).toString())).toMatchObject({
    rootfs: { diff_ids: [layers[0]!.digest] },
  })
})

test.each<[string, (payload: Record<string, unknown>) => unknown]>([
  ['of another type', ({ critical }) => ({ critical: { ...(critical as object), type: 'atomic container signature' } })],
  ['without a digest', () => ({ critical: { type: 'cosign container image signature' } })],
  ['that is no JSON', () => 'x'],
])('a payload %s is no signature', async (_, change) => {
  const { publicKey, privateKey } = pair()
  const payload = { critical: { image: { 'docker-manifest-digest': digest }, type: 'cosign container image signature' } }
  for (const [make, works] of [[() => payload, true] as const, [change, false] as const]) {
    const changed = make(payload)
    const bytes = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed))
    const layer = blobOf('application/vnd.dev.cosign.simplesigning.v1+json', bytes, {
      'dev.cosignproject.cosign/signature': signBytes('sha256', bytes, privateKey).toString('base64'),
    })
    await folder.putBlob(layer)
    const mediaType = 'application/vnd.oci.image.manifest.v1+json'
    const manifest = { schemaVersion: 2, mediaType, config: layer.descriptor, layers: [layer.descriptor] }
    await folder.putManifest(signatureTag(digest), blobOf(mediaType, Buffer.from(JSON.stringify(manifest))))
    const seen = await verify(publicKey).then(
      () => true,
      () => false,
    )
    expect(seen).toBe(works)
  }
})

describe('the private key', () => {
  test('may be one that cosign made', async () => {
    const key = await readPrivateKey(file('cosign.key', COSIGN_KEY), 'secret')
    const publicKey = await readPublicKey(file('cosign.pub', COSIGN_PUB))
    expect(createPublicKey(key).equals(publicKey)).toBe(true)
    const older = COSIGN_KEY.replaceAll('SIGSTORE', 'COSIGN')
    expect((await readPrivateKey(file('older.key', older), 'secret')).equals(key)).toBe(true)
  })

  test('may be PKCS#8, with or without a password, or SEC 1; from a file or a variable', async () => {
    const { privateKey } = pair()
    const forms = {
      plain: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      locked: privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'secret' }),
      sec1: privateKey.export({ type: 'sec1', format: 'pem' }),
    }
    for (const [name, pem] of Object.entries(forms)) {
      expect((await readPrivateKey(file(`${name}.pem`, String(pem)), 'secret')).equals(privateKey)).toBe(true)
    }
    process.env['SLUICE_TEST_KEY'] = String(forms.plain)
    expect((await readPrivateKey('env://SLUICE_TEST_KEY', '')).equals(privateKey)).toBe(true)
    delete process.env['SLUICE_TEST_KEY']
  })

  const box = (change: (box: Record<string, Record<string, unknown>>) => void): string => {
    const json = JSON.parse(Buffer.from(COSIGN_KEY.replaceAll(/-----.*-----/g, ''), 'base64').toString()) as never
    change(json)
    const body = Buffer.from(JSON.stringify(json)).toString('base64')
    return `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${body}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`
  }

  test.each<[string, string, string, RegExp]>([
    ['another password', COSIGN_KEY, 'wrong', /seen another password, wanted .*COSIGN_PASSWORD/],
    ['no password', COSIGN_KEY, '', /seen no password/],
    ['a costly scrypt', box(({ kdf }) => (kdf!['params'] = { N: 2 ** 24, r: 8, p: 1 })), 'secret', /parameters of scrypt/],
    ['another cipher', box(({ cipher }) => (cipher!['name'] = 'aes')), 'secret', /an encryption other than/],
    ['no key at all', 'hello', '', /unsupported|DECODER/],
    ['a public key', COSIGN_PUB, '', /unsupported|DECODER/],
  ])('is refused with %s', async (_, pem, password, text) => {
    const error: unknown = await readPrivateKey(file('key.pem', pem), password).catch((fault: unknown) => fault)
    expect(error).toMatchObject({ code: 'SLUICE_OCI_KEY' })
    expect(String(error)).toMatch(text)
  })

  test.each([
    ['secp384r1', pair('secp384r1').privateKey, 'a key for ec secp384r1'],
    ['ed25519', generateKeyPairSync('ed25519').privateKey, 'a key for ed25519'],
  ])('is refused of the kind %s', async (_, key, seen) => {
    const path = file('key.pem', String(key.export({ type: 'pkcs8', format: 'pem' })))
    await expect(readPrivateKey(path, '')).rejects.toMatchObject({ code: 'SLUICE_OCI_KEY', detail: { seen } })
  })

  test('is refused when it is not there', async () => {
    await expect(readPrivateKey('env://SLUICE_NO_SUCH_KEY', '')).rejects.toMatchObject({ detail: { seen: 'no such variable' } })
    await expect(readPrivateKey(join(scratch, 'none'), '')).rejects.toMatchObject({
      detail: { seen: expect.stringContaining('ENOENT') as string },
    })
  })
})

test('the public key is refused when it is the private one', async () => {
  const path = file('key.pem', String(pair().privateKey.export({ type: 'pkcs8', format: 'pem' })))
  await expect(readPublicKey(path)).rejects.toMatchObject({ code: 'SLUICE_OCI_KEY', detail: { seen: 'a private key' } })
})
