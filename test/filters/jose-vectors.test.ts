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
  'jws_duplicate_kid rejectsDuplicateKid': 'issuers replace keys under one name; Wycheproof calls it ambiguous itself',
  'jws_rsa_roca_key rejectsKeyWithRocaVulnerability': 'whoever trusts a key that is made badly is not told so',
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
