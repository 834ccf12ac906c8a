/** Lists that come page by page: `Link: </v2/…>; rel="next"` (RFC 8288). */
import { SluiceError } from '../../errors.ts'
import { MAX_PAGES } from './access.ts'
import type { RegistryClient, RegistryRequest } from './registry-client.ts'
import { placeOf, resolveLocation, type Answer } from './transport.ts'

export interface Page {
  readonly answer: Answer
  readonly place: string
}

const NEXT = /<([^>]*)>\s*;[^,]*\brel="?next"?/

/** Every page from the first on; later ones are asked of the same server only. */
export async function* pages(client: RegistryClient, first: RegistryRequest): AsyncGenerator<Page> {
  let request = first
  for (let count = 0; count < MAX_PAGES; count++) {
    const answer = await client.send(request, [200])
    yield { answer, place: placeOf(request) }
    const target = NEXT.exec(answer.header('link') ?? '')?.[1]
    if (target === undefined) return
    const url = resolveLocation(target, request)
    request = { ...request, url: new URL(`${url.pathname}${url.search}`, client.origin) }
  }
  const wanted = `at most ${MAX_PAGES} pages`
  throw new SluiceError('SLUICE_REGISTRY_ANSWER', 'The list does not end', { path: placeOf(first), wanted })
}
