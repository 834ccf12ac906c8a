/** Wycheproof's verdicts on signatures of JOSE; the examples of RFC 7515 and 7520 are among them. */
import { describe, expect, it } from 'vitest'
import { vectorGroups } from '../sdk/support/wycheproof.ts'
import { JwsGuest } from './support/jws-guest.ts'

const guest = new JwsGuest()

interface JoseGroup {
  readonly comment: string
  /** A key, or a set; of a key pair the public half is beside it. */
  readonly private: object
  readonly public?: object
  readonly tests: readonly { readonly comment: string; readonly jws?: unknown; readonly result: string }[]
}

/** Verdicts that are not ours, and why. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'rfc7520 Figure20': 'the key of the vector is for PS256, the signature is PS384',
  'rfc7520WithKeyOps Figure20': 'the key of the vector is for PS256, the signature is PS384',
  'rfc7520 Figure27': 'the key of the vector is for ES521, which is no algorithm',
  'rfc7520WithKeyOps Figure27': 'the key of the vector is for ES521, which is no algorithm',
  'base64 InvalidCharacterInsertedInHeader': 'stricter: characters that are none of base64url are not passed over',
  'base64 InvalidCharacterInsertedInPayload': 'stricter: characters that are none of base64url are not passed over',
  'base64 invalidBase64Padding': 'the same text as ValidMac',
  'base64 invalidBase64PaddingInPayload': 'the same text as ValidMac',
  // RFC 7517 4.5 lets keys of a set share a name; any of them is trusted. To refuse such a set would lock everybody out.
  'jws_duplicate_kid rejectsDuplicateKid':
    'two keys of one set, both trusted, have one name; Wycheproof calls it ambiguous itself',
  // Who trusts an issuer trusts how it makes keys; OpenSSL, BoringSSL and `jose` do not look at that either.
  'jws_rsa_roca_key rejectsKeyWithRocaVulnerability': 'a key whose primes were chosen badly verifies as others do',
}

const setOf = (keys: object): object => ('keys' in keys ? keys : { keys: [keys] })

describe("Wycheproof's verdicts", () => {
  it.each([
    ['json_web_signature', 401],
    ['json_web_key', 26],
    ['json_web_crypto', 49],
  ])('%s', async (name, count) => {
    const groups = (await vectorGroups(name)) as unknown as readonly JoseGroup[]
    const verdicts = groups.flatMap((group) =>
      group.tests
        .filter(({ jws }) => jws !== undefined)
        .map(({ comment, jws, result }) => {
          const refusal = guest.refusal(typeof jws === 'string' ? jws : JSON.stringify(jws), setOf(group.public ?? group.private))
          return { vector: `${group.comment} ${comment}`, result, refusal }
        }),
    )
    const differences = verdicts.filter(({ result, refusal }) => (result === 'valid') !== (refusal === ''))
    expect(verdicts.length).toBe(count)
    expect(differences.filter(({ vector }) => DIFFERENT[vector] === undefined)).toEqual([])
  })
})

describe('RFC 7520 4', () => {
  it.each(['Figure13', 'Figure20', 'Figure27', 'Figure35'])('%s holds with the key of the RFC', async (figure) => {
    const groups = (await vectorGroups('json_web_signature')) as unknown as readonly JoseGroup[]
    const group = groups.find(({ comment, tests }) => comment === 'rfc7520' && tests[0]?.comment === figure)!
    // Wycheproof names an algorithm in the keys; those of the RFC have none.
    const key = { ...(group.public ?? group.private), alg: undefined }
    expect(guest.refusal(String(group.tests[0]!.jws), setOf(key))).toBe('')
  })
})

const JOE = 'eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ'

/** Header, payload and signature of the RFCs, and the key that belongs to them. */
const EXAMPLES: readonly (readonly [string, string, object])[] = [
  [
    'RFC 7515 A.1, HS256',
    `eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.${JOE}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk`,
    { kty: 'oct', k: 'AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow' },
  ],
  [
    'RFC 7515 A.2, RS256',
    `eyJhbGciOiJSUzI1NiJ9.${JOE}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw`,
    {
      kty: 'RSA',
      n: 'ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ',
      e: 'AQAB',
    },
  ],
  [
    'RFC 7515 A.3, ES256',
    `eyJhbGciOiJFUzI1NiJ9.${JOE}.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q`,
    {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    },
  ],
  [
    'RFC 7515 A.4, ES512',
    'eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn',
    {
      kty: 'EC',
      crv: 'P-521',
      x: 'AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk',
      y: 'ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2',
    },
  ],
  [
    'RFC 8037 A.4, EdDSA',
    'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg',
    { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' },
  ],
]

describe('the examples of the RFCs', () => {
  it.each(EXAMPLES)('%s', (_, jws, key) => {
    expect(guest.refusal(jws, setOf(key))).toBe('')
    const spoilt = jws.replace(/\.(.)/, (_match, first: string) => `.${first === 'e' ? 'f' : 'e'}`)
    expect(guest.refusal(spoilt, setOf(key))).not.toBe('')
  })

  it('RFC 7515 A.5, none', () => {
    expect(guest.refusal(`eyJhbGciOiJub25lIn0.${JOE}.`, setOf(EXAMPLES[0]![2]))).not.toBe('')
  })
})
