/** Route tables and requests by seeded dice. Both draw from few words, so that they often meet. */
import { SeededRandom } from '../../../host/testing/seeded-random.ts'
import type { Request, Scenario } from './scenario.ts'

const SEGMENTS = ['a', 'b', 'A', 'ab', 'a.b', 'a%20b', 'x;y', '', '1', '12']
const VALUES = ['a', 'b', 'A', 'ab', 'ba', '1', '12', '-5', '', 'a,b']
const HOSTS = ['a.test', 'b.test', 'x.a.test', 'y.x.a.test', 'A.Test', 'a.test:80', 'b.org', 'x.b.org:81', 'other']
const DOMAINS = ['a.test', 'b.test', '*.a.test', '*.test', '*-x.test', 'b.*', 'x.*', 'a.test:80']
const PATTERNS = ['/a.*', '/[ab]+', '/.*/b', '/a/?', '/(a|b)/(1|2)*', '.*', '/\\w+', '/[^/]*']
const VALUE_PATTERNS = ['a', '[ab]*', 'a.?', '\\d+', '', '.+b']
const TEMPLATES = ['/a/*', '/a/**', '/{x}/b', '/{x=*}/{y=**}', '/*/b', '/**', '/a/{x}.b']
const CLUSTERS = ['a', 'b', 'c']
const TEMPLATE = 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'

export class RandomRoutes {
  readonly #random: SeededRandom

  constructor(seed: number) {
    this.#random = new SeededRandom(seed)
  }

  scenario(name: string): Scenario {
    const domains = DOMAINS.filter(() => this.#chance(0.4))
    const hosts = domains.map((domain, index) => ({ name: `host ${index}`, domains: [domain], ...this.#routes() }))
    const table = {
      ignore_port_in_host_matching: this.#chance(0.3),
      ignore_path_parameters_in_path_matching: this.#chance(0.3),
      most_specific_header_mutations_wins: this.#chance(0.5),
      ...this.#changes('table'),
      virtual_hosts: [...hosts, { name: 'all', domains: ['*'], ...this.#routes() }],
    }
    return { name, table, exchanges: [] }
  }

  request(): Request {
    const query = this.#chance(0.4) ? `?${this.#some(3, () => `${this.#pick(['q', 'r'])}=${this.#pick(VALUES)}`).join('&')}` : ''
    const headers = this.#some(3, () => `${this.#pick(['x-h', 'x-i'])}: ${this.#pick(VALUES)}`)
    const grpc = this.#chance(0.1) ? ['content-type: application/grpc'] : []
    const start = `${this.#pick(['GET', 'GET', 'POST'])} ${this.#pick(HOSTS)}${this.#path()}${query}`
    return [start, ...headers, ...grpc].join(' | ')
  }

  #routes(): object {
    const routes = Array.from({ length: 1 + this.#below(5) }, () => {
      const path = this.#pathMatch()
      const hasPrefix = !('path_match_policy' in path)
      return { match: { ...path, ...this.#conditions() }, ...this.#action(hasPrefix), ...this.#changes('route') }
    })
    return { routes, ...this.#changes('host') }
  }

  #pathMatch(): object {
    const path = this.#path()
    const caseSensitive = this.#chance(0.3) ? { case_sensitive: false } : {}
    switch (this.#below(5)) {
      case 0:
        return { prefix: path, ...caseSensitive }
      case 1:
        return { path, ...caseSensitive }
      case 2:
        return { path_separated_prefix: `/${this.#pick(['a', 'ab', 'a/b', 'A'])}`, ...caseSensitive }
      case 3:
        return { safe_regex: { regex: this.#pick(PATTERNS) } }
      default:
        return { path_match_policy: { name: 't', typed_config: { '@type': TEMPLATE, path_template: this.#pick(TEMPLATES) } } }
    }
  }

  #conditions(): object {
    const headers = this.#chance(0.3)
      ? { headers: [{ name: this.#pick(['x-h', 'X-I', ':method']), ...this.#headerMatch() }] }
      : {}
    const query = this.#chance(0.2) ? { query_parameters: [{ name: 'q', ...this.#queryMatch() }] } : {}
    return { ...headers, ...query, ...(this.#chance(0.05) ? { grpc: {} } : {}) }
  }

  #headerMatch(): object {
    const kinds = [
      { range_match: { start: -6, end: 12 } },
      { present_match: this.#chance(0.5) },
      {},
      this.#textMatch(),
      this.#textMatch(),
    ]
    const flags = { invert_match: this.#chance(0.3), treat_missing_header_as_empty: this.#chance(0.3) }
    return { ...this.#pick(kinds), ...flags }
  }

  #queryMatch(): object {
    return this.#pick([{ present_match: this.#chance(0.5) }, this.#textMatch(), {}])
  }

  #textMatch(): object {
    const value = this.#pick(['a', 'b', 'A', 'ab', '1'])
    const ignoreCase = { ignore_case: this.#chance(0.3) }
    const kinds = ['exact', 'prefix', 'suffix', 'contains'].map((kind) => ({ [kind]: value, ...ignoreCase }))
    return { string_match: this.#pick<object>([...kinds, { safe_regex: { regex: `(${this.#pick(VALUE_PATTERNS)})` } }]) }
  }

  #action(hasPrefix: boolean): object {
    const kind = this.#below(10)
    if (kind === 0) return { direct_response: { status: 200 + this.#below(3), body: { inline_string: this.#pick(VALUES) } } }
    if (kind === 1) return { redirect: this.#redirect(hasPrefix) }
    if (kind === 2) return { route: { weighted_clusters: this.#weighted(), ...this.#rewrites(hasPrefix) } }
    return { route: { cluster: this.#pick(CLUSTERS), ...this.#rewrites(hasPrefix) } }
  }

  #redirect(hasPrefix: boolean): object {
    return {
      ...this.#pick<object>([{}, { https_redirect: true }, { scheme_redirect: 'ftp' }]),
      ...this.#pick<object>([
        {},
        { path_redirect: '/n' },
        { path_redirect: '/n?m' },
        hasPrefix ? { prefix_rewrite: '/p' } : {},
        { regex_rewrite: this.#substitute() },
      ]),
      ...this.#pick<object>([{}, { host_redirect: 'r.test' }]),
      ...this.#pick<object>([{}, { port_redirect: 81 }]),
      strip_query: this.#chance(0.3),
    }
  }

  #weighted(): object {
    const clusters = CLUSTERS.map((name) => ({ name, weight: 1, ...this.#changes('cluster') }))
    // Chance would decide otherwise in each proxy: only one cluster has a share.
    const chosen = this.#below(clusters.length)
    return { clusters: clusters.map((cluster, index) => ({ ...cluster, weight: index === chosen ? 7 : 0 })), header_name: 'x-h' }
  }

  #rewrites(hasPrefix: boolean): object {
    const path = [
      {},
      hasPrefix ? { prefix_rewrite: '/p' } : {},
      { regex_rewrite: this.#substitute() },
      { path_rewrite: '/f%REQ(x-h)%' },
    ]
    const host = [{}, {}, { host_rewrite_literal: 'r.test' }, { host_rewrite_header: 'x-h' }, { host_rewrite: '%REQ(x-i)%.test' }]
    return { ...this.#pick<object>(path), ...this.#pick<object>(host), append_x_forwarded_host: this.#chance(0.2) }
  }

  #substitute(): object {
    const [regex, substitution] = this.#pick([
      ['a', 'c'],
      ['/(.)', String.raw`/\1\1`],
      ['x*', '-'],
      ['(a|b)(.?)', String.raw`<\2\1\0>`],
      ['$', '!'],
      ['^/', '/r/'],
    ] as const)
    return { pattern: { regex }, substitution }
  }

  #changes(level: string): object {
    if (!this.#chance(0.2)) return {}
    const actions = ['APPEND_IF_EXISTS_OR_ADD', 'ADD_IF_ABSENT', 'OVERWRITE_IF_EXISTS_OR_ADD', 'OVERWRITE_IF_EXISTS']
    const add = (): object => ({
      header: {
        key: this.#pick(['x-h', 'x-i', 'x-new']),
        value: this.#pick([level, '%REQ(x-h)%', 'a%REQ(x-no)%', '', '%PROTOCOL%']),
      },
      append_action: this.#pick(actions),
      keep_empty_value: this.#chance(0.3),
    })
    return {
      request_headers_to_add: this.#some(3, add),
      response_headers_to_add: this.#some(2, add),
      request_headers_to_remove: this.#chance(0.3) ? ['x-i'] : [],
    }
  }

  #path(): string {
    return `/${this.#some(3, () => this.#pick(SEGMENTS)).join('/')}`
  }

  #some<T>(most: number, make: () => T): T[] {
    return Array.from({ length: this.#below(most + 1) }, make)
  }

  #pick<T>(from: readonly T[]): T {
    return from[this.#below(from.length)]!
  }

  #chance(probability: number): boolean {
    return this.#random.fraction() < probability
  }

  #below(limit: number): number {
    return Math.floor(this.#random.fraction() * limit)
  }
}
