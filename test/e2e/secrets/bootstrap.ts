/** The bootstrap of the suite: listeners and clusters, each with secrets of its own kind. */
import { address, bootstrap, staticCluster, type Choices } from '../host/setup.ts'
import { authority, certificate, keyPair, responseOf, type SecretFiles } from './files.ts'

const TYPE = 'type.googleapis.com/envoy.extensions'

interface SourceWishes {
  readonly file?: string
  readonly watched?: string
}

/** `upstream`: port of a server with TLS that says what its client is called. */
export function bootstrapOf(files: SecretFiles, upstream: number): object {
  const source = (name: string, { file = `${name}.yaml`, watched }: SourceWishes = {}): object => {
    const watched_directory = watched === undefined ? {} : { watched_directory: { path: files.path(watched) } }
    return {
      name,
      sds_config: { path_config_source: { path: files.path(file), ...watched_directory }, resource_api_version: 'V3' },
    }
  }
  const certificates = (...tls_certificate_sds_secret_configs: readonly object[]): object => ({
    tls_certificate_sds_secret_configs,
  })
  const trusting = (name: string): object => ({ validation_context_sds_secret_config: source(name) })
  const own = { tls_certificates: [keyPair(files.materials.one)] }
  const asking = { require_client_certificate: true }
  const uri = { match_typed_subject_alt_names: [{ san_type: 'DNS', matcher: { exact: 'client.test' } }] }
  return {
    node: { id: 'node', cluster: 'cluster' },
    admin: { address: address(0) },
    static_resources: {
      listeners: [
        listener('good', certificates(source('good'))),
        listener('never', certificates(source('never'))),
        listener('later', certificates(source('later'))),
        listener('some', certificates(source('later'), source('good'))),
        listener('known', certificates(source('later'), { name: 'static' })),
        listener('files', certificates(source('files'))),
        listener('watched', certificates(source('watched'))),
        listener('volume', certificates(source('volume', { file: 'volume/secret.yaml', watched: 'volume' }))),
        listener('mounted', certificates(source('mounted'))),
        listener('trusting', { ...own, ...trusting('ca') }, asking),
        listener('trusting_later', { ...own, ...trusting('ca_later') }, asking),
        listener('mistaken', { ...own, ...trusting('mistaken') }, asking),
        listener(
          'combined',
          { ...own, combined_validation_context: { default_validation_context: uri, ...trusting('ca') } },
          asking,
        ),
        plain(['up', 'up_later']),
      ],
      clusters: [
        cluster('up', upstream, { ...trusting('up_ca'), ...certificates(source('client')) }),
        cluster('up_later', upstream, certificates(source('later'))),
      ],
      secrets: [{ name: 'static', tls_certificate: keyPair(files.materials.client) }],
    },
  }
}

/** Before the proxies start: some sources have nothing yet. */
export async function firstFiles(files: SecretFiles): Promise<void> {
  const { authority: root, one, client } = files.materials
  await files.pair('pair', one)
  await files.pair('quiet', one)
  await files.pair('bell', one)
  await files.volume('volume', { 'secret.yaml': responseOf('volume', certificate(one)) })
  await files.volume('mount', { 'chain.pem': one.chain, 'key.pem': one.key })
  await files.secret('good', certificate(one))
  await files.secret('later')
  await files.secret('never')
  await files.secret('client', certificate(client))
  await files.secret('ca', authority(root.pem))
  await files.secret('up_ca', authority(root.pem))
  await files.secret('ca_later')
  await files.secret('mistaken', certificate(one))
  await files.secret('files', files.inFiles('pair'))
  await files.secret('watched', files.inFiles('quiet', { watched_directory: { path: files.path('bell') } }))
  await files.secret('mounted', files.inFiles('mount'))
}

function listener(name: string, common_tls_context: object, more: object = {}): object {
  const routes = [{ match: { prefix: '/' }, direct_response: { status: 200 } }]
  return listenerOf(name, { ports: [], routes, chain: transport('Downstream', { common_tls_context, ...more }) })
}

function plain(clusters: readonly string[]): object {
  const routes = clusters.map((name) => ({ match: { path: `/${name}` }, route: { cluster: name } }))
  return listenerOf('plain', { ports: [], routes })
}

/** The one of a bootstrap. */
function listenerOf(name: string, choices: Choices): object {
  const { static_resources: resources } = bootstrap(choices) as { static_resources: { listeners: [object] } }
  return { ...resources.listeners[0], name, stat_prefix: name }
}

function cluster(name: string, port: number, common_tls_context: object): object {
  return staticCluster(name, [port], transport('Upstream', { common_tls_context, sni: 'one.test' }))
}

function transport(side: 'Downstream' | 'Upstream', context: object): object {
  const typed_config = { '@type': `${TYPE}.transport_sockets.tls.v3.${side}TlsContext`, ...context }
  return { transport_socket: { name: 'tls', typed_config } }
}
