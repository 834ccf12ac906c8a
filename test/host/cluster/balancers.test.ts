import { create, type JsonObject } from '@bufbuild/protobuf'
import { describe, expect, it } from 'vitest'
import { ClusterManager } from '../../../host/cluster/cluster-manager.ts'
import { Home } from '../../../host/cluster/home.ts'
import { localityKey } from '../../../host/cluster/host-set.ts'
import { BalancerFactory } from '../../../host/cluster/balancer-factory.ts'
import type { Endpoint } from '../../../host/cluster/endpoint.ts'
import { ANYWHERE, type LoadBalancer, type PickContext } from '../../../host/cluster/load-balancer.ts'
import type { BalancingConfig, EndpointConfig, LbPolicyConfig, SubsetConfig } from '../../../host/config/types.ts'
import { buildMetadataMatch } from '../../../host/config/build/metadata-match.ts'
import { MetadataSchema } from '../../../host/config/gen/envoy/config/core/v3/base_pb.ts'
import { HostFlag } from '../../../host/services/shared-hosts.ts'
import { createStatsStore } from '../../../host/stats/store.ts'
import { systemClock } from '../../../host/util/clock.ts'
import type { Random } from '../../../host/util/random.ts'
import { Uint64 } from '../../../host/util/uint64.ts'
import { xxHash64 } from '../../../host/util/xx-hash64.ts'
import { clusterConfig, clusterContext, endpointConfig, EVERY_ZONE, fakeEndpoint, NOWHERE, startOfRange } from './fakes.ts'

const RING = { kind: 'RING_HASH', minSize: 1024, maxSize: 8388608, hashFunction: 'XX_HASH', usesHostname: false } as const
const MAGLEV = { kind: 'MAGLEV', tableSize: 65537, usesHostname: false } as const
const LEAST = { kind: 'LEAST_REQUEST', choices: 2, bias: 1 } as const

const config = (policy: LbPolicyConfig, more: Partial<BalancingConfig> = {}): BalancingConfig => ({
  policy,
  panicThreshold: 50,
  overprovisioning: 140,
  localityWeighted: false,
  zones: EVERY_ZONE,
  subsets: null,
  ignoresUnchecked: false,
  slowStart: null,
  ...more,
})

function eject({ health }: Endpoint): void {
  health.shared!.change(HostFlag.Ejected, 0)
}

/** Gives the numbers in turn, again and again. */
function drawing(...numbers: number[]): Random {
  let next = 0
  return { ...startOfRange, fraction: () => numbers[next++ % numbers.length]! }
}

function setUp(
  endpoints: readonly Endpoint[],
  balancing: BalancingConfig,
  random: Random = startOfRange,
  home: Home | null = null,
) {
  const stats = createStatsStore({ writers: 1 })
  const context = { random, clock: systemClock, stats, isFirstWorker: true }
  return { balancer: new BalancerFactory(balancing, context, 'c', home).make(endpoints), stats }
}

const ports = (balancer: LoadBalancer, count: number, context: PickContext = ANYWHERE): (number | undefined)[] =>
  Array.from({ length: count }, () => balancer.pick(context)?.address.port)

const hashed = (key: string): PickContext => ({ ...ANYWHERE, hash: xxHash64(key, 0, new Uint64()) })

describe('turns and chance', () => {
  it('go round endpoints of equal weight and follow unequal weights', () => {
    const equal = [fakeEndpoint(1), fakeEndpoint(2)]
    expect(ports(setUp(equal, config({ kind: 'ROUND_ROBIN' })).balancer, 4)).toEqual([1, 2, 1, 2])
    const unequal = [fakeEndpoint(1), fakeEndpoint(2, { weight: 4 })]
    expect(ports(setUp(unequal, config({ kind: 'ROUND_ROBIN' })).balancer, 9)).toEqual([2, 2, 2, 1, 2, 2, 2, 2, 1])
  })

  it('take the one of two drawn that has fewer requests in flight', () => {
    const endpoints = [fakeEndpoint(1), fakeEndpoint(2), fakeEndpoint(3)]
    endpoints[0]!.counts.rqActive = 2
    endpoints[1]!.counts.rqActive = 1
    // The first number is a start that nobody needs.
    const { balancer } = setUp(endpoints, config(LEAST), drawing(0, 0, 0, 0.4, 0.4, 0.9, 0, 0, 0.4))
    expect(ports(balancer, 4)).toEqual([1, 2, 3, 2])
  })

  it('let requests in flight shrink the weights of LEAST_REQUEST', () => {
    const endpoints = [fakeEndpoint(1, { weight: 2 }), fakeEndpoint(2)]
    endpoints[0]!.counts.rqActive = 3
    expect(ports(setUp(endpoints, config(LEAST)).balancer, 6)).toEqual([2, 1, 2, 2, 1, 2])
    expect(ports(setUp(endpoints, config({ ...LEAST, bias: 0 })).balancer, 6)).toEqual([1, 2, 1, 1, 2, 1])
  })

  it('give RANDOM no weights', () => {
    const endpoints = [fakeEndpoint(1, { weight: 99 }), fakeEndpoint(2)]
    expect(ports(setUp(endpoints, config({ kind: 'RANDOM' }), drawing(0, 0, 0.9, 0.1)).balancer, 3)).toEqual([1, 2, 1])
  })

  it('choose again what a retry refuses', () => {
    const { balancer } = setUp([fakeEndpoint(1), fakeEndpoint(2)], config({ kind: 'ROUND_ROBIN' }))
    const avoiding = { ...ANYWHERE, maxRepicks: 3, refuses: ({ address }: Endpoint) => address.port === 1 }
    expect(ports(balancer, 3, avoiding)).toEqual([2, 2, 2])
    expect(ports(balancer, 1, { ...avoiding, refuses: () => true })).toHaveLength(1)
  })

  it('send to the next priority when too few endpoints of one are healthy', () => {
    const endpoints = [fakeEndpoint(1), fakeEndpoint(2), fakeEndpoint(3, { priority: 1 })]
    eject(endpoints[0]!)
    const { balancer } = setUp(endpoints, config({ kind: 'ROUND_ROBIN' }), drawing(0.69, 0.71))
    // Half of the first priority is healthy: it carries 70 %.
    expect(ports(balancer, 4).toSorted()).toEqual([2, 2, 3, 3])
  })

  it('use every endpoint when too few are healthy', () => {
    const endpoints = [fakeEndpoint(1), fakeEndpoint(2), fakeEndpoint(3)]
    eject(endpoints[0]!)
    eject(endpoints[1]!)
    const { balancer, stats } = setUp(endpoints, config({ kind: 'ROUND_ROBIN' }))
    expect(ports(balancer, 3)).toEqual([1, 2, 3])
    expect(stats.counter('cluster.c.lb_healthy_panic').value()).toBe(3)
    expect(ports(setUp(endpoints, config({ kind: 'ROUND_ROBIN' }, { panicThreshold: 0 })).balancer, 2)).toEqual([3, 3])
  })

  it('share requests between localities by their weights', () => {
    const east = { ...NOWHERE, zone: 'east', weight: 3 }
    const west = { ...NOWHERE, zone: 'west', weight: 1 }
    const endpoints = [
      fakeEndpoint(1, { locality: east }),
      fakeEndpoint(2, { locality: west }),
      fakeEndpoint(3, { locality: west }),
    ]
    const { balancer } = setUp(endpoints, config({ kind: 'ROUND_ROBIN' }, { localityWeighted: true }))
    expect(ports(balancer, 8).filter((port) => port === 1)).toHaveLength(6)
  })

  it('have nobody in an empty cluster', () => {
    for (const policy of [{ kind: 'ROUND_ROBIN' }, { kind: 'RANDOM' }, LEAST, RING, MAGLEV] as const)
      expect(ports(setUp([], config(policy)).balancer, 2)).toEqual([undefined, undefined])
  })
})

describe('zones', () => {
  const inZone = (zone: string): Partial<EndpointConfig> => ({ locality: { ...NOWHERE, zone } })
  const fakesIn = (...zones: string[]): Endpoint[] => zones.map((zone, index) => fakeEndpoint(index + 1, inZone(zone)))
  const home = (...zones: string[]): Home => new Home(localityKey(fakesIn('a')[0]!), () => fakesIn(...zones))
  const zoned = (more: Partial<BalancingConfig['zones']> = {}): BalancingConfig =>
    config({ kind: 'ROUND_ROBIN' }, { zones: { ...EVERY_ZONE, minClusterSize: 2, ...more } })

  it('keep every request where the zone has its part of the endpoints', () => {
    const { balancer } = setUp(fakesIn('b', 'a', 'a'), zoned(), startOfRange, home('a', 'b'))
    expect(ports(balancer, 4)).toEqual([2, 3, 2, 3])
  })

  it('keep what the zone can take, and send the rest where more can be taken', () => {
    // One of four endpoints for half of the proxies: half stays. Of the rest two zones can take 25 and 50 hundredths.
    const endpoints = fakesIn('a', 'b', 'c', 'c')
    const { balancer } = setUp(endpoints, zoned(), drawing(0, 0.49, 0.5, 0, 0.5, 0.32, 0.5, 0.34), home('a', 'd'))
    expect(ports(balancer, 4)).toEqual([1, 2, 2, 3])
  })

  it('mean nothing to a share of the requests', () => {
    const { balancer } = setUp(fakesIn('a', 'b'), zoned({ share: 50 }), drawing(0, 0.5, 0.5, 0.49, 0.5), home('a', 'b'))
    expect(ports(balancer, 4)).toEqual([1, 2, 1, 1])
  })

  it('are looked at again when the proxies of other zones are others', async () => {
    const clusters = new ClusterManager(
      clusterContext({ node: { localCluster: 'home', locality: { region: '', zone: 'a', subZone: '' } } }),
    )
    const add = (name: string, identity: string, ...zones: string[]): Promise<void> => {
      const endpoints = zones.map((zone, index) => endpointConfig('127.0.0.1', index + 1, inZone(zone)))
      return clusters.addOrUpdate({ name, identity, value: { ...clusterConfig(), endpoints, balancing: zoned() } })
    }
    await add('c', '1', 'a', 'b')
    const picked = (): unknown[] => Array.from({ length: 4 }, () => clusters.get('c')!.pick(ANYWHERE)!.address.port)
    expect(picked()).toEqual([1, 2, 1, 2])
    await add('home', '1', 'a', 'b')
    expect(picked()).toEqual([1, 1, 1, 1])
    await add('home', '2', 'b')
    expect(picked()).toEqual([1, 2, 1, 2])
    clusters.stop()
  })
})

describe('groups by metadata', () => {
  const subsets: SubsetConfig = {
    fallback: 'NO_FALLBACK',
    defaults: [],
    selectors: [{ keys: ['v'], fallback: 'NOT_DEFINED', fallbackKeys: [], takesOne: false }],
    localityWeighted: false,
    scalesLocalities: false,
    panicsToAny: false,
    splitsLists: false,
    triesAlternatives: false,
  }
  const stages = (v: unknown): Partial<EndpointConfig> => ({
    metadata: { message: new Uint8Array(0), json: { filter_metadata: { 'envoy.lb': { v } } } },
  })
  const wanting = (v: JsonObject[string]): PickContext => {
    const metadata = create(MetadataSchema, { filterMetadata: { 'envoy.lb': { v } } })
    return { ...ANYWHERE, metadataMatch: buildMetadataMatch(metadata) }
  }

  it('are found by equal values, whatever the order of their members', () => {
    const endpoints = [fakeEndpoint(1, stages({ a: 1, b: [2] })), fakeEndpoint(2, stages('x'))]
    const { balancer } = setUp(endpoints, config({ kind: 'ROUND_ROBIN' }, { subsets }))
    expect([...ports(balancer, 1, wanting({ b: [2], a: 1 })), ...ports(balancer, 1, wanting('x'))]).toEqual([1, 2])
    expect(ports(balancer, 2, wanting('y'))).toEqual([undefined, undefined])
  })

  it('are counted as they come and go', () => {
    const stats = createStatsStore({ writers: 1 })
    const context = { random: startOfRange, clock: systemClock, stats, isFirstWorker: true }
    const factory = new BalancerFactory(config({ kind: 'ROUND_ROBIN' }, { subsets }), context, 'c', null)
    const counts = (): number[] => {
      const name = (what: string): string => `cluster.c.lb_subsets_${what}`
      return [stats.gauge(name('active')).value(), stats.counter(name('created')).value(), stats.counter(name('removed')).value()]
    }
    factory.make([fakeEndpoint(1, stages(1)), fakeEndpoint(2, stages(2)), fakeEndpoint(3, stages(2))])
    expect(counts()).toEqual([2, 2, 0])
    factory.make([fakeEndpoint(2, stages(2)), fakeEndpoint(4, stages(3))])
    expect(counts()).toEqual([2, 3, 1])
  })
})

describe.each([RING, MAGLEV])('$kind', (policy) => {
  const endpoints = [1, 2, 3, 4].map((port) => fakeEndpoint(port))
  const keys = Array.from({ length: 200 }, (_, index) => hashed(`key ${index}`))
  const placed = (balancer: LoadBalancer): (number | undefined)[] => keys.map((key) => balancer.pick(key)?.address.port)

  it('places a hash at the same endpoint, and moves few when one is gone', () => {
    const before = placed(setUp(endpoints, config(policy)).balancer)
    expect(placed(setUp(endpoints, config(policy)).balancer)).toEqual(before)
    expect(new Set(before).size).toBe(4)
    const after = placed(setUp(endpoints.slice(0, 3), config(policy)).balancer)
    const moved = before.filter((port, index) => port !== 4 && port !== after[index])
    expect(moved.length).toBeLessThan(20)
  })

  it('goes elsewhere with a retry, and anywhere without a hash', () => {
    const { balancer } = setUp(endpoints, config(policy), drawing(0.123, 0.871, 0.512, 0.333, 0.777))
    const first = balancer.pick(keys[0]!)!
    const retry = { ...keys[0]!, maxRepicks: 20, refuses: (endpoint: Endpoint) => endpoint === first }
    expect(balancer.pick(retry)).not.toBe(first)
    expect(new Set(ports(balancer, 20)).size).toBeGreaterThan(1)
  })
})

it('RING_HASH and MAGLEV show how evenly they are filled', () => {
  const weighted = [fakeEndpoint(1), fakeEndpoint(2, { weight: 2 })]
  const ring = setUp(weighted, config(RING)).stats
  const read = (stats: typeof ring, name: string): number => stats.gauge(`cluster.c.${name}`).value()
  expect(['size', 'min_hashes_per_host', 'max_hashes_per_host'].map((name) => read(ring, `ring_hash_lb.${name}`))).toEqual([
    1026, 342, 684,
  ])
  const maglev = setUp(weighted, config(MAGLEV)).stats
  const cells = ['min', 'max'].map((name) => read(maglev, `maglev_lb.${name}_entries_per_host`))
  expect(cells[0]! + cells[1]!).toBe(65537)
})
