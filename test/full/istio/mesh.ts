/** A gateway of Istio without Kubernetes: Istio's generators and agent, a stock Envoy, an upstream. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { ChildProgram } from '../../support/child-program.ts'
import { EnvoyProcess } from '../../support/envoy.ts'
import { freePorts } from '../../support/ports.ts'

/** Istio's own extensions are not in a stock Envoy. */
const STOCK_ENVOY = { PILOT_ENABLE_METADATA_EXCHANGE: 'false', PILOT_ENABLE_ALPN_FILTER: 'false' }
const LABELS = { app: 'gw' }
/** Not the address of any endpoint: its labels would stand for the gateway's. */
const NODE_ID = 'router~127.0.0.9~gw-1.default~default.svc.cluster.local'
const HTTP2 = {
  'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': {
    '@type': 'type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
    explicit_http_config: { http2_protocol_options: {} },
  },
}

export class Mesh {
  /** Where the gateway takes requests. */
  readonly port: number
  readonly #folder: string
  readonly #control: ChildProgram
  readonly #envoy: EnvoyProcess

  private constructor(port: number, folder: string, control: ChildProgram, envoy: EnvoyProcess) {
    this.port = port
    this.#folder = folder
    this.#control = control
    this.#envoy = envoy
  }

  /** `program` is Istio's part; `manifest` is applied beside the gateway's own objects. */
  static async start(program: string, manifest: string, upstreamPort: number): Promise<Mesh> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-istio-'))
    const [xds = 0, port = 0] = await freePorts(2)
    const files = { 'gateway.yaml': gatewayObjects(port, upstreamPort), 'filter.yaml': manifest }
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    const paths = Object.keys(files).map((name) => join(folder, name))
    const args = [`127.0.0.1:${xds}`, folder, ...paths]
    const control = await ChildProgram.listening(program, args, xds, STOCK_ENVOY)
    const envoy = await EnvoyProcess.start(0, () => Promise.resolve(envoyBootstrap(xds)))
    return new Mesh(port, folder, control, envoy)
  }

  /** What both said, for a test that fails. */
  log(): string {
    return `${this.#control.output}\n${this.#envoy.log()}`
  }

  async stop(): Promise<void> {
    await this.#envoy.stop()
    await this.#control.stop()
    await rm(this.#folder, { recursive: true, force: true })
  }
}

function gatewayObjects(port: number, upstreamPort: number): string {
  const named = (apiVersion: string, kind: string, spec: object): object => ({
    apiVersion: `networking.istio.io/${apiVersion}`,
    kind,
    metadata: { name: 'test', namespace: 'default' },
    spec,
  })
  const route = [{ destination: { host: 'up.test', port: { number: 80 } } }]
  const objects = [
    named('v1', 'Gateway', {
      selector: LABELS,
      servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    }),
    named('v1', 'VirtualService', { hosts: ['*'], gateways: ['test'], http: [{ route }] }),
    named('v1', 'ServiceEntry', {
      hosts: ['up.test'],
      ports: [{ number: 80, name: 'http', protocol: 'HTTP', targetPort: upstreamPort }],
      resolution: 'STATIC',
      endpoints: [{ address: '127.0.0.1' }],
    }),
  ]
  return objects.map((object) => stringify(object)).join('---\n')
}

function envoyBootstrap(xdsPort: number): object {
  const address = (port: number): object => ({ socket_address: { address: '127.0.0.1', port_value: port } })
  const xds = {
    name: 'xds',
    type: 'STATIC',
    typed_extension_protocol_options: HTTP2,
    load_assignment: { cluster_name: 'xds', endpoints: [{ lb_endpoints: [{ endpoint: { address: address(xdsPort) } }] }] },
  }
  const ads = { ads: {}, resource_api_version: 'V3' }
  return {
    node: {
      id: NODE_ID,
      cluster: 'gw.default',
      metadata: { CLUSTER_ID: 'Kubernetes', NAMESPACE: 'default', ISTIO_VERSION: '1.32.0', LABELS },
    },
    admin: { address: address(0) },
    dynamic_resources: {
      lds_config: ads,
      cds_config: ads,
      ads_config: { api_type: 'GRPC', transport_api_version: 'V3', grpc_services: [{ envoy_grpc: { cluster_name: 'xds' } }] },
    },
    static_resources: { clusters: [xds] },
  }
}
