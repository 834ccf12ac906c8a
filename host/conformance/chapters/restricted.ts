/** Calls that `capability_restriction_config` does not list. */
import { KIT_FUNCTIONS } from '../functions.ts'
import { call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'

/** What the kit's own conversation needs is allowed. */
const ALLOWED: ReadonlySet<string> = new Set(['proxy_get_header_map_value', 'proxy_send_local_response'])

const refused = KIT_FUNCTIONS.filter(({ name }) => !ALLOWED.has(name)).map(({ name, params }) =>
  call(name, ...[...params].map((type) => (type === 'l' ? 0n : 0))),
)

export const restricted: Chapter = {
  name: 'restricted',
  scenarios: [
    scenario('every-call', {
      mount: 'restricted',
      request: { method: 'POST', chunks: ['abc'] },
      script: { request_headers: always(refused), log: always(refused) },
    }),
  ],
}
