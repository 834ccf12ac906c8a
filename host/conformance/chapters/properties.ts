/** Properties: attributes of the stream, and state that filters keep in it. */
import { any, anyBytes, call, hex, outside, size, text, type Argument, type Call } from '../script.ts'
import { always, scenario, type Chapter } from '../scenario.ts'
import { inEveryPhase } from './common.ts'

/** A property by its dotted path. */
function get(path: string, view: Argument): Call {
  return call('proxy_get_property', path.replaceAll('.', '\0'), view)
}

const TEXTS = [
  'request.path',
  'request.url_path',
  'request.host',
  'request.scheme',
  'request.method',
  'request.protocol',
  'request.query',
  'request.referer',
  'request.useragent',
  'request.headers.x-dup',
  'request.headers.x-missing',
  'response.code_details',
  'response.headers.x-a',
  'response.trailers.x-t',
  'destination.address',
  'upstream.address',
  'connection.requested_server_name',
  'connection.tls_version',
  'connection.subject_peer_certificate',
  'connection.termination_details',
  'upstream.transport_failure_reason',
  'xds.node.id',
  'xds.node.cluster',
  'xds.node.nothing',
  'xds.cluster_name',
  'xds.route_name',
  'xds.virtual_host_name',
  'xds.filter_chain_name',
  'plugin_name',
  'plugin_root_id',
  'plugin_vm_id',
  'node.id',
  'cluster_name',
  'nothing',
  'request.nothing',
]
const NUMBERS = [
  'request.size',
  'request.total_size',
  'request.headers_bytes',
  'response.code',
  'response.grpc_status',
  'response.size',
  'response.flags',
  'connection.mtls',
  'connection.peer_certificate_valid',
  'xds.listener_direction',
  'upstream.request_attempt_count',
  'upstream.num_endpoints',
]
/** Different every time, or in an order that is. */
const VARYING = ['request.id', 'source.address', 'source.port', 'upstream.local_address', 'destination.port', 'upstream.port']
const TIMES = [
  'request.time',
  'request.duration',
  'response.backend_latency',
  'upstream.cx_pool_ready_duration',
  'connection.id',
  'connection_id',
]
const MAPS = ['request.headers', 'response.headers', 'response.trailers', 'metadata.filter_metadata', 'filter_state']
const MESSAGES = [
  'metadata',
  'xds.node',
  'xds.route_metadata',
  'xds.cluster_metadata',
  'xds.upstream_host_metadata',
  'upstream.locality',
]
const GROUPS = ['request', 'response', 'connection', 'upstream', 'source', 'xds', '']

const REQUEST = {
  method: 'POST',
  headers: [
    ['x-dup', '1'],
    ['x-dup', '2'],
    ['referer', 'http://r.test/'],
    ['user-agent', 'kit'],
  ] as [string, string][],
  chunks: ['abcdef'],
  trailers: [['x-t', 'r']] as [string, string][],
}
const ANSWER = {
  headers: [['x-a', '1']] as [string, string][],
  chunks: ['uvwx'],
  trailers: [['x-t', 'a']] as [string, string][],
}
const MORE = { request: REQUEST, upstream: ANSWER }

const own = (path: string, value: string): Call => call('proxy_set_property', path, value)

export const properties: Chapter = {
  name: 'properties',
  scenarios: [
    // Opens the connection to the upstream, so that its attributes are known from the start.
    scenario('first', { script: { request_headers: always([]) } }),
    inEveryPhase(
      'texts',
      TEXTS.map((path) => get(path, text)),
      MORE,
    ),
    inEveryPhase(
      'numbers',
      NUMBERS.map((path) => get(path, hex)),
      MORE,
    ),
    inEveryPhase('varying', [...VARYING.map((path) => get(path, anyBytes)), ...TIMES.map((path) => get(path, size))], MORE),
    inEveryPhase(
      'maps',
      [
        ...MAPS.map((path) => get(path, anyBytes)),
        ...MESSAGES.map((path) => get(path, anyBytes)),
        ...GROUPS.map((path) => get(path, hex)),
      ],
      MORE,
    ),
    inEveryPhase('own', [
      own('kit.own', 'value'),
      call('proxy_get_property', 'kit.own', text),
      own('kit.own', ''),
      call('proxy_get_property', 'kit.own', text),
      own('plugin_name', 'shadowed'),
      get('plugin_name', text),
      own('two\0parts', 'x'),
      get('two.parts', text),
      own('', 'empty'),
      own('bytes', '\x00\x80'),
      get('bytes', hex),
    ]),
    scenario('addresses', {
      script: {
        request_headers: always([
          call('proxy_get_property', outside(), 1, any, any),
          call('proxy_get_property', 'plugin_name', outside(), any),
          call('proxy_get_property', 'plugin_name', any, outside()),
          call('proxy_get_property', 'nothing', outside(), any),
          call('proxy_set_property', outside(), 1, 'v'),
          call('proxy_set_property', 'k', outside(), 1),
          call('allocator_fails', 1),
          get('plugin_name', text),
          call('allocator_fails', 0),
        ]),
      },
    }),
  ],
}
