/** JSON Web Keys that differ a little from others. */
import type { Dice } from '../http1/messages.ts'

const NAMES = ['kty', 'crv', 'n', 'e', 'x', 'y', 'k', 'd', 'kid', 'use', 'alg', 'key_ops', 'ext']
const VALUES =
  'RSA EC OKP oct P-256 P-384 P-521 Ed25519 X25519 secp256k1 sig enc RS256 ES256 HS256 EdDSA none AQAB AQ Aw AAAA '.split(' ')
const OTHERS = [null, 0, true, ['verify'], ['sign'], [], {}, ['verify', 1]]

/** One change of a member; a text that is no object stays as it is. */
export function mutatedJwk(text: Buffer, other: Buffer, dice: Dice): Buffer {
  const [jwk, donor] = [membersOf(text), membersOf(other)]
  if (jwk === null || donor === null) return text
  return Buffer.from(
    `{${changed(jwk, donor, dice)
      .map(([name, json]) => `${JSON.stringify(name)}:${json}`)
      .join()}}`,
  )
}

type Member = readonly [name: string, json: string]

function membersOf(text: Buffer): Member[] | null {
  try {
    const value: unknown = JSON.parse(text.toString())
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    return Object.entries(value).map(([name, member]) => [name, JSON.stringify(member)])
  } catch {
    return null
  }
}

function changed(jwk: readonly Member[], donor: readonly Member[], dice: Dice): readonly Member[] {
  const at = dice.roll(jwk.length)
  const [name = 'kty', json = '""'] = jwk[at] ?? []
  const value = dice.roll(3) > 0 ? dice.pick(VALUES) : dice.pick(OTHERS)
  switch (dice.roll(7)) {
    case 0:
      return jwk.toSpliced(at, 1)
    case 1:
      return jwk.toSpliced(at, 1, [name, JSON.stringify(value)])
    case 2:
      return jwk.toSpliced(at, 1, [dice.pick(NAMES), json])
    case 3:
      return jwk.toSpliced(at, 0, [dice.pick(NAMES), JSON.stringify(value)])
    case 4:
      return jwk.toSpliced(at, 1, ...(donor.length > 0 ? [dice.pick(donor)] : []))
    case 5:
      return jwk.toSpliced(at, 0, ...(donor.length > 0 ? [dice.pick(donor)] : []))
    default:
      return jwk.toSpliced(at, 1, [name, spelled(json, dice)])
  }
}

/** The same text, written otherwise, or nearly the same. */
function spelled(json: string, dice: Dice): string {
  const first = json[1] ?? ''
  const escaped = `"\\u00${first.charCodeAt(0).toString(16).padStart(2, '0')}${json.slice(2)}`
  const body = json.slice(1, -1)
  return dice.pick([
    escaped,
    `"AA${body}"`,
    `"A${body}"`,
    `"${body}="`,
    `"${body}A"`,
    `" ${body}"`,
    `"${body.replaceAll('_', '/')}"`,
  ])
}
