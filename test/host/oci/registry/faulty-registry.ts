/** A registry that does wrong on demand, one per test, and a client of it that waits for nothing. */
import { afterEach, beforeEach, expect } from 'vitest'
import type { SluiceError } from '../../../../host/errors.ts'
import type { RegistryAccess } from '../../../../host/oci/registry/access.ts'
import { openRepository } from '../../../../host/oci/registry/http-repository.ts'
import type { RegistryPort } from '../../../../host/oci/registry/port.ts'
import { parseReference } from '../../../../host/oci/registry/reference.ts'
import { FakeRegistry, type FakeAnswer, type FakeRequest } from '../../../support/oci/fake-registry.ts'

export const UNAVAILABLE: FakeAnswer = { status: 503 }
export const PAGE: FakeAnswer = {
  status: 502,
  headers: { 'content-type': 'text/html' },
  body: '<html>\n<h1>Bad gateway</h1>\u0007</html>',
}

export let registry: FakeRegistry
export let other: FakeRegistry
export let waits: number[]
export const opened: RegistryPort[] = []

beforeEach(async () => {
  registry = await FakeRegistry.start()
  other = await FakeRegistry.start()
  waits = []
})

afterEach(async () => {
  for (const repository of opened.splice(0)) await repository.close()
  await registry.stop()
  await other.stop()
})

export function open(access: RegistryAccess = {}, name = 'team/filter'): RegistryPort {
  const wait = (millis: number): Promise<void> => Promise.resolve(void waits.push(millis))
  const repository = openRepository(parseReference(`${registry.host}/${name}`), { environment: {}, wait, ...access })
  opened.push(repository)
  return repository
}

/** Answers the first requests of a kind otherwise, one after the other. */
export function first(matches: (request: FakeRequest) => boolean, ...answers: FakeAnswer[]): void {
  registry.intercept = (request) => (matches(request) ? (answers.shift() ?? null) : null)
}

export function always(matches: (request: FakeRequest) => boolean, answer: FakeAnswer): void {
  registry.intercept = (request) => (matches(request) ? answer : null)
}

export const is =
  (method: string, part: string) =>
  (request: FakeRequest): boolean =>
    request.method === method && request.path.includes(part)

export async function errorOf(action: Promise<unknown>): Promise<SluiceError> {
  return action.then(
    () => expect.unreachable('it should fail'),
    (error: SluiceError) => error,
  )
}
