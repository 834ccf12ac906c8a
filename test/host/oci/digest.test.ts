import { expect, test } from 'vitest'
import { blobOf, digestOf, isDigest, splitDigest, verifyContent, verifyDigest } from '../../../host/oci/digest.ts'

const BYTES = Buffer.from('abc')
// FIPS 180-2, appendices B.1 and C.1.
const SHA256 = 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const SHA512 =
  'sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'

test('digestOf and blobOf write sha256', () => {
  expect(digestOf(BYTES)).toBe(SHA256)
  expect(blobOf('a/b', BYTES).descriptor).toEqual({ mediaType: 'a/b', digest: SHA256, size: 3 })
  expect(blobOf('a/b', BYTES, { k: 'v' }).descriptor.annotations).toEqual({ k: 'v' })
})

test('splitDigest gives algorithm and hex', () => {
  expect(splitDigest(SHA256)).toEqual({ algorithm: 'sha256', hex: SHA256.slice(7) })
})

test.each([SHA256, SHA512])('verifyDigest takes %s', (digest) => {
  expect(isDigest(digest)).toBe(true)
  expect(() => verifyDigest(digest, BYTES, 'here')).not.toThrow()
})

test.each(['', 'sha256:', SHA256.toUpperCase(), `${SHA256}0`, SHA256.slice(7), 'md5:900150983cd24fb0d6963f7d28e17f72'])(
  'verifyDigest refuses the form %j',
  (digest) => {
    expect(isDigest(digest)).toBe(false)
    expect(() => verifyDigest(digest, BYTES, 'here')).toThrow(/Not a digest that can be checked/)
  },
)

test('verifyContent names place, seen and wanted', () => {
  expect(() => verifyContent({ digest: SHA256, size: 3 }, BYTES, 'here')).not.toThrow()
  expect(() => verifyContent({ digest: SHA256, size: 4 }, BYTES, 'here')).toThrow(
    expect.objectContaining({ code: 'SLUICE_OCI_DIGEST', detail: { path: 'here', seen: '3 bytes', wanted: '4 bytes' } }),
  )
  const other = digestOf(Buffer.from('abd'))
  expect(() => verifyContent({ digest: other, size: 3 }, BYTES, 'here')).toThrow(
    expect.objectContaining({ code: 'SLUICE_OCI_DIGEST', detail: { path: 'here', seen: SHA256, wanted: other } }),
  )
})
