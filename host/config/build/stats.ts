/** Statistics. */
import { show } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { StatsConfig as StatsMessage, TagSpecifier } from '../gen/envoy/config/metrics/v3/stats_pb.ts'
import type { StatsConfig, StatsTag } from '../types.ts'
import type { BuildContext } from './context.ts'

export function buildStats(stats: StatsMessage | undefined, context: BuildContext): StatsConfig {
  const tags = stats?.statsTags ?? []
  return {
    tags: tags.map((tag, index) => buildTag(tag, ['stats_config', 'stats_tags', index, 'regex'], context)),
    useDefaultTags: stats?.useAllDefaultTags ?? true,
    rejectAll: stats?.statsMatcher?.statsMatcher.value ?? false,
  }
}

function buildTag({ tagName: name, tagValue }: TagSpecifier, path: ConfigPath, context: BuildContext): StatsTag {
  if (tagValue.case === 'fixedValue') return { name, fixedValue: tagValue.value }
  return { name, regex: buildRegExp(tagValue.value ?? '', path, context) }
}

/** Envoy reads these in ECMAScript's grammar too. */
function buildRegExp(text: string, path: ConfigPath, context: BuildContext): RegExp {
  try {
    return new RegExp(text)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const wanted = 'a regular expression in the grammar of ECMAScript'
    context.faults.push({ code: 'SLUICE_CONFIG_INVALID', message: reason, path, seen: show(text), wanted })
    return /(?!)/
  }
}
