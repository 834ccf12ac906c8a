/** Tags: the parts of a metric's name that Prometheus shows as labels, cut out by regular expressions. */
import type { StatsConfig, StatsTag } from '../config/types.ts'

/** A tag found in a name. */
export interface Tag {
  readonly name: string
  readonly value: string
}

/** A metric's name without its tags. */
export interface TaggedName {
  readonly name: string
  readonly tags: readonly Tag[]
}

/** An address in a listener's name, or a name without dots. */
const ADDRESS = String.raw`(?:[\d_.]+|\[[_a-fA-F\d.]+\]_\d+|[^.]+)`

/**
 * Tags that Envoy knows by itself, of the metrics that this host has (source/common/config/well_known_names.cc; the
 * effect of each is compared with what Envoy prints). A tag's first match counts.
 */
export const DEFAULT_TAGS: readonly { readonly name: string; readonly regex: RegExp }[] = [
  { name: 'envoy.response_code', regex: /_rq(_(\d{3}))$/ },
  { name: 'envoy.response_code_class', regex: /_rq_((\d))xx$/ },
  { name: 'envoy.worker_id', regex: new RegExp(String.raw`^listener\.${ADDRESS}\.worker(_(\d+))\.`) },
  { name: 'envoy.worker_id', regex: /^(?:listener_manager|server|thread_local_cluster_manager)\.worker(_(\d+))\./ },
  { name: 'envoy.cluster_name', regex: /^cluster\.(([^.]+)\.)/ },
  { name: 'envoy.http_conn_manager_prefix', regex: /^http\.(([^.]+)\.)/ },
  { name: 'envoy.http_conn_manager_prefix', regex: /^listener\..*?\.http\.(([^.]+)\.)/ },
  { name: 'envoy.listener_address', regex: new RegExp(String.raw`^listener\.(?!admin\.)((${ADDRESS})\.)`) },
]

/** Source of the expression without text. */
const NO_REGEX = '(?:)'

/** Splits names into names without tags and tags; remembers the results, since the admin page asks for all of them again. */
export class TagExtractor {
  readonly #tags: readonly StatsTag[]
  readonly #known = new Map<string, TaggedName>()

  constructor(config: Pick<StatsConfig, 'tags' | 'useDefaultTags'>) {
    const configured = config.tags.flatMap((tag) =>
      'regex' in tag && tag.regex.source === NO_REGEX ? defaultsOf(tag.name) : [tag],
    )
    const tags = config.useDefaultTags ? [...configured, ...DEFAULT_TAGS] : configured
    // Positions of groups are needed: the first group's text may stand elsewhere in the match, too.
    this.#tags = tags.map((tag) => ('regex' in tag ? { name: tag.name, regex: withPositions(tag.regex) } : tag))
  }

  /** All expressions see the whole name; what they cut out is removed at the end. */
  extract(name: string): TaggedName {
    let known = this.#known.get(name)
    if (known === undefined) this.#known.set(name, (known = this.#split(name)))
    return known
  }

  #split(name: string): TaggedName {
    const tags = new Map<string, Tag>()
    const cuts: [number, number][] = []
    for (const tag of this.#tags) {
      if (tags.has(tag.name)) continue
      if ('fixedValue' in tag) {
        tags.set(tag.name, { name: tag.name, value: tag.fixedValue })
        continue
      }
      const match = tag.regex.exec(name)
      const cut = match?.indices?.[1]
      if (match === null || cut === undefined) continue
      tags.set(tag.name, { name: tag.name, value: match[2] ?? match[1]! })
      cuts.push(cut)
    }
    // Dots at the end of a name do not count in Envoy (source/common/stats/symbol_table.cc).
    return { name: without(name, cuts).replace(/\.+$/, ''), tags: [...tags.values()] }
  }
}

/** An entry that only names a default tag asks for that one. */
function defaultsOf(name: string): StatsTag[] {
  return DEFAULT_TAGS.filter((tag) => tag.name === name)
}

function withPositions(regex: RegExp): RegExp {
  return new RegExp(regex.source, `${regex.flags.replace(/[dgy]/g, '')}d`)
}

/** `text` without the ranges, which may overlap. */
function without(text: string, ranges: readonly [number, number][]): string {
  let rest = ''
  let at = 0
  for (const [start, end] of ranges.toSorted((a, b) => a[0] - b[0])) {
    if (start > at) rest += text.slice(at, start)
    at = Math.max(at, end)
  }
  return rest + text.slice(at)
}
