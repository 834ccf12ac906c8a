/** What becomes of streams when the guest traps. */
import { call } from '../script.ts'
import { always, inTurn, scenario, type Chapter, type Scenario } from '../scenario.ts'
import type { KitPhase } from '../phases.ts'
import { TICK, WHOLE_ANSWER, WHOLE_REQUEST } from './common.ts'

const TRAP = call('trap')

/** The guest traps in this callback and cannot tell of it: the client does. */
function trapIn(phase: KitPhase, more: Partial<Scenario> = {}): Scenario {
  return scenario(`trap-in-${phase.replaceAll('_', '-')}`, {
    mount: 'reload',
    request: WHOLE_REQUEST,
    upstream: WHOLE_ANSWER,
    script: { [phase]: inTurn([TRAP]) },
    until: null,
    ...more,
  })
}

const PHASES: readonly KitPhase[] = [
  'context_create',
  'request_headers',
  'request_body',
  'request_trailers',
  'response_headers',
  'response_body',
  'response_trailers',
  'log',
  'done',
  'delete',
]

export const failure: Chapter = {
  name: 'failure',
  scenarios: [
    ...PHASES.map((phase) => trapIn(phase)),
    trapIn('tick', {
      request: {},
      upstream: { delayMillis: 200 },
      script: { request_headers: always([TICK]), tick: inTurn([TRAP]) },
      waitMillis: 60,
    }),
    scenario('restricted-in-malloc', {
      mount: 'reload',
      script: {
        request_headers: always([call('proxy_get_header_map_value', 0, ':path', { kind: 'pair', view: 'text' })]),
        malloc: inTurn([call('proxy_get_current_time_nanoseconds', { kind: 'word', view: 'any' })]),
      },
      until: null,
    }),
    scenario('then-open', { mount: 'open', script: { request_headers: always([TRAP]) }, until: null, followUps: 1 }),
    scenario('then-closed', { mount: 'closed', script: { request_headers: always([TRAP]) }, until: null, followUps: 1 }),
  ],
}
