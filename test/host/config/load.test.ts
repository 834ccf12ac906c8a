import { describe, expect, it } from 'vitest'
import { loadBootstrap } from '../../../host/config/load.ts'
import { faultsOf, HCM, LISTENER, read, sampleWith } from './sample.ts'

/** Texts that fail, with the whole text form of each error. */
const MESSAGES: readonly { name: string; text: string; errors: readonly string[] }[] = [
  {
    name: 'an unknown field gets the nearest name and its place',
    text: 'static_resources:\n  lisetners: []\n',
    errors: [
      'static_resources.lisetners (line 2, column 3): Unknown field: seen lisetners, wanted listeners [SLUICE_CONFIG_UNKNOWN_FIELD]; see docs/CONFIG.md',
    ],
  },
  {
    name: 'a field that only Envoy has is told apart',
    text: 'dynamic_resources: {}\n',
    errors: [
      'dynamic_resources (line 1, column 1): Field is not supported by sluice: seen dynamic_resources, wanted a field of envoy.config.bootstrap.v3.Bootstrap [SLUICE_CONFIG_UNKNOWN_FIELD]; see docs/CONFIG.md',
    ],
  },
  {
    name: 'every fault of a text is reported',
    text: 'node: 5\nadmin:\n  adress: {}\nstats_config:\n  use_all_default_tags: 1\n',
    errors: [
      'node (line 1, column 1): Wrong type or value out of range: seen 5, wanted a mapping [SLUICE_CONFIG_TYPE]',
      'admin.adress (line 3, column 3): Unknown field: seen adress, wanted address [SLUICE_CONFIG_UNKNOWN_FIELD]; see docs/CONFIG.md',
      'stats_config.use_all_default_tags (line 5, column 3): Wrong type or value out of range: seen 1, wanted true or false [SLUICE_CONFIG_TYPE]',
    ],
  },
  {
    name: 'an unknown enum value gets the nearest one',
    text: 'static_resources:\n  clusters:\n    - name: a\n      type: STRICT_DSN\n',
    errors: [
      'static_resources.clusters[0].type (line 4, column 7): Unknown value: seen "STRICT_DSN", wanted one of STATIC, STRICT_DNS, LOGICAL_DNS, ORIGINAL_DST; did you mean STRICT_DNS? [SLUICE_CONFIG_TYPE]',
    ],
  },
  {
    name: 'text that is not YAML has a place',
    text: 'node: [\n',
    errors: [
      'text 0 (line 2, column 1): Not YAML or JSON: Flow sequence in block collection must be sufficiently indented and end with a ] [SLUICE_CONFIG_SYNTAX]',
    ],
  },
  {
    name: 'a tag that nobody knows is refused',
    text: 'node: {id: !secret x, cluster: c}\n',
    errors: ['text 0 (line 1, column 12): Not YAML or JSON: Unresolved tag: !secret [SLUICE_CONFIG_SYNTAX]'],
  },
  {
    name: 'a text that contains itself is refused',
    text: 'node: {metadata: &a {b: *a}}\n',
    errors: ['text 0 (line 1, column 22): Cannot be read: more than 100 levels [SLUICE_CONFIG_SYNTAX]'],
  },
]

describe('loadBootstrap', () => {
  it.each(MESSAGES)('$name', ({ text, errors }) => {
    expect(faultsOf(text).map(String)).toEqual(errors)
  })

  it('stops when aliases of aliases would become too many values', () => {
    const levels = Array.from({ length: 9 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array(10).fill(`*l${i}`).join(', ')}]`)
    const text = `node:\n  metadata:\n    l0: &l0 x\n    ${levels.join('\n    ')}\n`
    expect(faultsOf(text).map((error) => error.message)).toEqual(['Cannot be read: more than 1000000 values'])
  })

  it.each(['', '# nothing\n', '{}', 'null'])('takes %j for an empty bootstrap', (text) => {
    expect(read(text).config.listeners).toEqual([])
  })

  it('reads JSON with both spellings of names', () => {
    const text = JSON.stringify({ statsConfig: { use_all_default_tags: false } })
    expect(loadBootstrap([{ name: 'a', text }]).message.statsConfig?.useAllDefaultTags).toBe(false)
  })

  it('keeps 64-bit numbers exact', () => {
    const range = { start: '9007199254740993', end: '9223372036854775807' }
    const text = sampleWith({
      [`${HCM}.route_config.virtual_hosts[0].routes[0].match.headers`]: [{ name: 'a', range_match: range }],
    })
    const match =
      read(text).config.listeners[0]?.value.chains[0]!.http!.routes.virtualHosts[0]?.routes[0]?.match.headers[0]?.match
    expect(match).toEqual({ kind: 'range', start: 9007199254740993n, end: 9223372036854775807n })
  })
})

describe('loadBootstrap merges a second text', () => {
  it('single values replace, messages merge', () => {
    const first = 'node: {id: a, cluster: b}\nadmin: {}\n'
    const { config } = read(first, 'node: {id: c}\n')
    expect([config.node.id, config.node.cluster]).toEqual(['c', 'b'])
  })

  it('lists grow', () => {
    const { config } = read(sampleWith({}), 'static_resources: {clusters: [{name: second}]}')
    expect(config.clusters.map((cluster) => cluster.name)).toEqual(['up', 'second'])
  })

  it('a value that is empty does not replace', () => {
    expect(read('node: {id: a, cluster: b}\n', 'node: {id: ""}\n').config.node.id).toBe('a')
  })

  it('a fault in a list that grew is placed in the text it came from', () => {
    const errors = faultsOf(sampleWith({}), 'static_resources:\n  clusters:\n    - type: STATIC\n    - name: up\n')
    expect(errors.map(({ detail }) => [detail.path, detail.line])).toEqual([
      ['static_resources.clusters[1].name', 3],
      ['static_resources.clusters[2].name', 4],
    ])
  })

  it('faults of both texts are reported', () => {
    const errors = faultsOf(sampleWith({ [`${LISTENER}.a`]: 1 }), 'b: 1\n')
    expect(errors.map(({ detail }) => detail.path)).toEqual([`${LISTENER}.a`, 'b'])
  })
})
