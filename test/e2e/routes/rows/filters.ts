/** Which filters run for a route. */
import { join } from 'node:path'
import { wasmFilter } from '../../host/setup.ts'
import { to, type Scenario } from '../scenario.ts'

const MODULE = join(import.meta.dirname, '../../../../filters/dist/fault.wasm')
const ROUTER = { name: 'router', typed_config: { '@type': 'type.googleapis.com/envoy.extensions.filters.http.router.v3.Router' } }

/** Answers every request with 418. */
function teapot(name: string, more: object = {}): object {
  const value = JSON.stringify({ rules: [{ abort: { http_status: 418 } }] })
  const configuration = { '@type': 'type.googleapis.com/google.protobuf.StringValue', value }
  return { ...wasmFilter(MODULE, { name, root_id: '', configuration }), name, ...more }
}

/** Switches by filter. */
function switches(filters: Readonly<Record<string, boolean>>): object {
  const type = 'type.googleapis.com/envoy.config.route.v3.FilterConfig'
  const entries = Object.entries(filters).map(([name, runs]) => [
    name,
    runs ? { '@type': type, config: {} } : { '@type': type, disabled: true },
  ])
  return { typed_per_filter_config: Object.fromEntries(entries) }
}

const [OFF, ON] = [{ tea: false }, { tea: true }]

function chain(...filters: object[]): object {
  return { http_filters: [...filters, ROUTER] }
}

export const FILTER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'filters: left out by routes',
    manager: chain(teapot('tea')),
    routes: [
      to('a', { prefix: '/off' }, {}, switches(OFF)),
      to('a', { prefix: '/on' }, {}, switches(ON)),
      to('a', { prefix: '/other' }, {}, switches({ nobody: false })),
      to('a', { prefix: '/' }),
    ],
    exchanges: [
      ['GET h/off', '200 a'],
      ['GET h/on', '418 fault filter abort'],
      ['GET h/other', '418 fault filter abort'],
      ['GET h/', '418 fault filter abort'],
    ],
  },
  {
    name: 'filters: left out by their chain',
    manager: chain(teapot('tea', { disabled: true })),
    routes: [
      to('a', { prefix: '/on' }, {}, switches(ON)),
      to('a', { prefix: '/off' }, {}, switches(OFF)),
      to('a', { path: '/' }),
    ],
    exchanges: [
      ['GET h/on', '418 fault filter abort'],
      ['GET h/off', '200 a'],
      ['GET h/', '200 a'],
      ['GET h/none', '404'],
    ],
  },
  {
    name: 'filters: table, virtual host and route',
    manager: chain(teapot('tea'), teapot('more', { disabled: true })),
    table: {
      ...switches(OFF),
      virtual_hosts: [
        { name: 'a', domains: ['a.test'], routes: [to('a', { prefix: '/on' }, {}, switches(ON)), to('a', { prefix: '/' })] },
        {
          name: 'b',
          domains: ['b.test'],
          ...switches({ tea: true }),
          routes: [to('b', { prefix: '/off' }, {}, switches(OFF)), to('b', { prefix: '/' })],
        },
        { name: 'c', domains: ['*'], ...switches({ more: true }), routes: [to('c', { path: '/' })] },
      ],
    },
    exchanges: [
      ['GET a.test/', '200 a'],
      ['GET a.test/on', '418 fault filter abort'],
      ['GET b.test/', '418 fault filter abort'],
      ['GET b.test/off', '200 b'],
      ['GET c.test/', '418 fault filter abort'],
      ['GET c.test/none', '418 fault filter abort'],
    ],
  },
]
