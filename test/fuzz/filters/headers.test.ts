/**
 * Mutated requests for every filter that lets in or refuses: none traps, none passes that a reference refuses, none passes as somebody
 * else, and those that nobody changed pass.
 */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { fuzzSubject, START } from './subject.ts'
import { API_KEY_AUTH } from './subjects/api-key-auth.ts'
import { BASIC_AUTH } from './subjects/basic-auth.ts'
import { EXT_AUTHZ } from './subjects/ext-authz.ts'
import { HMAC_AUTHORIZATION } from './subjects/hmac-authorization.ts'
import { IP_RESTRICTION } from './subjects/ip-restriction.ts'
import { JWT_AUTHN } from './subjects/jwt-authn.ts'
import { messageSignatures } from './subjects/message-signatures.ts'
import { MTLS_IDENTITY } from './subjects/mtls-identity.ts'
import { RBAC } from './subjects/rbac.ts'
import { WEBHOOKS } from './subjects/webhooks.ts'

const SUBJECTS = [
  ...BASIC_AUTH,
  API_KEY_AUTH,
  ...IP_RESTRICTION,
  MTLS_IDENTITY,
  RBAC,
  ...EXT_AUTHZ,
  JWT_AUTHN,
  ...WEBHOOKS,
  HMAC_AUTHORIZATION,
  await messageSignatures(new Dice(19)),
]
const REQUESTS = Math.ceil(shareOf(1_000_000) / SUBJECTS.length)

// The references ask for the time.
beforeAll(() => void vi.useFakeTimers({ toFake: ['Date'], now: START }))
afterAll(() => void vi.useRealTimers())

test.each(SUBJECTS.map((subject) => [subject.name, subject] as const))('%s', { timeout: 600_000 }, async (_, subject) => {
  expect(await fuzzSubject(subject, REQUESTS)).toBeGreaterThan(REQUESTS / 10)
})
