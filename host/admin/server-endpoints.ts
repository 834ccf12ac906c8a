/** `/ready`, `/server_info` and the endpoints that change the server's state. */
import { jsonResponse, textResponse, type AdminResponse, type AdminEndpoint } from './endpoint.ts'
import type { AdminProviders, ServerControl } from './providers.ts'

/** How two processes of this host speak during a hot restart; Envoy's says the layout of its shared memory. */
export const HOT_RESTART_VERSION = 'sluice.1'

const OK = textResponse('OK\n')

export const SERVER_ENDPOINTS: readonly AdminEndpoint[] = [
  {
    path: '/ready',
    isPost: false,
    help: 'print server state, return 200 if LIVE, otherwise return 503',
    parameters: {},
    handle: (_query, { server }) => textResponse(`${server.state()}\n`, server.state() === 'LIVE' ? 200 : 503),
  },
  {
    path: '/server_info',
    isPost: false,
    help: 'print server version/status information',
    parameters: {},
    handle: (_query, { server }) => jsonResponse(serverInfo(server)),
  },
  command('/healthcheck/fail', 'cause the server to fail health checks', ({ server }) => server.setHealthy(false)),
  command('/healthcheck/ok', 'cause the server to pass health checks', ({ server }) => server.setHealthy(true)),
  {
    path: '/drain_listeners',
    isPost: true,
    help: 'drain listeners',
    parameters: {
      graceful: 'Let connections end for the drain time before listeners close',
      inboundonly: 'Only listeners whose traffic_direction is inbound',
    },
    handle: async (query, { server }) => {
      await server.drainListeners({ isGraceful: query.has('graceful'), isInboundOnly: query.has('inboundonly') })
      return OK
    },
  },
  command('/reopen_logs', 'reopen access logs', ({ server }) => server.reopenLogs()),
  {
    path: '/quitquitquit',
    isPost: true,
    help: 'exit the server',
    parameters: {},
    handle: (_query, { server }) => ({ ...OK, afterwards: () => server.quit() }),
  },
  {
    path: '/hand_over',
    isPost: true,
    help: 'close the admin interface, drain and exit: another process serves the same addresses',
    parameters: {},
    handle: (_query, { server }) => ({ ...OK, afterwards: () => server.handOver() }),
  },
  {
    path: '/hot_restart_version',
    isPost: false,
    help: 'print the hot restart compatibility version',
    parameters: {},
    handle: () => textResponse(HOT_RESTART_VERSION),
  },
]

/** An endpoint without parameters that does one thing. */
function command(path: string, help: string, run: (providers: AdminProviders) => void | Promise<void>): AdminEndpoint {
  const handle = async (_query: URLSearchParams, providers: AdminProviders): Promise<AdminResponse> => {
    await run(providers)
    return OK
  }
  return { path, isPost: true, help, parameters: {}, handle }
}

/** `envoy.admin.v3.ServerInfo`; what processes before have lived is not known, so both uptimes are one. */
function serverInfo(server: ServerControl): unknown {
  const uptime = `${server.uptimeSeconds()}s`
  return {
    version: server.version,
    state: server.state(),
    uptime_current_epoch: uptime,
    uptime_all_epochs: uptime,
    hot_restart_version: HOT_RESTART_VERSION,
    command_line_options: server.commandLineOptions,
    node: server.node,
  }
}
