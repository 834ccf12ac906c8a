/**
 * Renders docs/CONFIG.md from our .proto files and the table of verdicts. Run it to write the page:
 * `node test/drift/config-docs.ts`.
 */
import type { DescEnum, DescField, DescMessage } from '@bufbuild/protobuf'
import { ScalarType } from '@bufbuild/protobuf'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { BootstrapSchema } from '../../host/config/gen/envoy/config/bootstrap/v3/bootstrap_pb.ts'
import { ANY_TYPES } from '../../host/config/registry.ts'
import { OURS, VERDICTS } from '../host/config/verdicts.ts'
import { ownComments } from './config-descriptors.ts'

export const CONFIG_PAGE_FILE = join(import.meta.dirname, '../../docs/CONFIG.md')

/** How the comment of a field begins that is read but changes nothing. */
export const ACCEPTED = 'Accepted without effect: '

const INTRODUCTION = `# Configuration

Sluice reads Envoy's own v3 bootstrap, as YAML or JSON: \`sluice run -c envoy.yaml\`. Names, defaults and rules are those
of Envoy's documentation; the same file runs in both. \`--config-yaml\` takes a second text that is merged over the
first: single values replace, messages merge, lists grow.

Every field of Envoy's messages is in one of three states:

- **implemented**: it does what Envoy's documentation says;
- **accepted**: it may stand there, but changes nothing, for the reason given;
- **refused**: the configuration is not accepted. Nothing is ever ignored silently.

All faults of a configuration are reported together, each with its path, line, column, what was seen and what was
wanted. \`sluice run --mode validate\` checks a file without starting anything.

Limits on modules are fixed numbers, as Envoy has no fields for them: [HOSTILE-FILTERS.md](HOSTILE-FILTERS.md) lists them.

In texts, \`on\`, \`off\`, \`yes\`, \`no\`, \`y\` and \`n\` without quotes are booleans, as in Envoy; aliases work, merge
keys (\`<<\`) do not, as in Envoy.
`

/** The whole page. */
export async function renderConfigPage(): Promise<string> {
  const comments = await ownComments()
  const types = inOrder()
  const sections = types.map((desc) => (desc.kind === 'message' ? renderMessage(desc, comments) : renderEnum(desc, comments)))
  return [INTRODUCTION, renderDifferences(), renderOperators(), '## Messages\n', ...sections].join('\n')
}

function renderDifferences(): string {
  const differing = VERDICTS.filter(({ reason }) => reason !== undefined && reason !== OURS)
  const rows = differing.map(({ name, reason }) => `| ${name} | ${reason} |`)
  return `## Stricter than Envoy\n\nEnvoy accepts these, sluice refuses them:\n\n| what | why |\n|---|---|\n${rows.join('\n')}\n`
}

/** The names stand in the source as keys of two tables. */
function renderOperators(): string {
  const source = readFileSync(join(import.meta.dirname, '../../host/route/format/operators.ts'), 'utf8')
  const names = [...source.matchAll(/^ {2}\['([A-Z_]+)',/gm)].map(([, name]) => `\`%${name}%\``)
  return `## Format commands\n\nIn access logs and in values of added headers: ${names.join(', ')}. \`%%\` is a percent sign.\n`
}

/** Messages and enums in the order in which a reader of a bootstrap meets them. */
export function inOrder(): readonly (DescMessage | DescEnum)[] {
  const found = new Set<DescMessage | DescEnum>([BootstrapSchema])
  for (const desc of found) {
    if (desc.kind !== 'message') continue
    for (const field of desc.fields) {
      const type = field.message ?? field.enum
      if (type !== undefined && !type.typeName.startsWith('google.')) found.add(type)
      for (const any of ANY_TYPES.get(fullName(field)) ?? []) if (!any.typeName.startsWith('google.')) found.add(any)
    }
  }
  return [...found]
}

function fullName(field: DescField): string {
  return `${field.parent.typeName}.${field.name}`
}

function renderMessage(desc: DescMessage, comments: ReadonlyMap<string, string>): string {
  const rows = desc.fields.map((field) => renderField(field, comments.get(fullName(field)) ?? ''))
  const table = rows.length === 0 ? '' : `\n| field | type | state | meaning |\n|---|---|---|---|\n${rows.join('\n')}\n`
  return `### ${desc.typeName}\n\n${comments.get(desc.typeName) ?? ''}\n${table}${renderRefused(desc)}`
}

function renderField(field: DescField, comment: string): string {
  const isAccepted = comment.startsWith(ACCEPTED)
  const meaning = isAccepted ? comment.slice(ACCEPTED.length) : comment
  return `| \`${field.name}\` | ${typeOf(field)} | ${isAccepted ? 'accepted' : 'implemented'} | ${escape(meaning)} |`
}

function typeOf(field: DescField): string {
  const any = ANY_TYPES.get(fullName(field))
    ?.map((desc) => linkTo(desc))
    .join(' or ')
  const type = any ?? plainType(field)
  if (field.fieldKind === 'list') return `list of ${type}`
  return field.fieldKind === 'map' ? `map of text to ${type}` : type
}

function plainType(field: DescField): string {
  const desc = field.message ?? field.enum
  return desc === undefined ? ScalarType[field.scalar ?? ScalarType.STRING].toLowerCase() : linkTo(desc)
}

function linkTo(desc: DescMessage | DescEnum): string {
  if (desc.typeName.startsWith('google.')) return desc.name
  return `[${desc.name}](#${desc.typeName.toLowerCase().replaceAll('.', '')})`
}

function renderEnum(desc: DescEnum, comments: ReadonlyMap<string, string>): string {
  const rows = desc.values.map(
    (value) => `| \`${value.name}\` | ${escape(comments.get(`${desc.typeName}.${value.name}`) ?? '')} |`,
  )
  const table = `\n| value | meaning |\n|---|---|\n${rows.join('\n')}\n`
  return `### ${desc.typeName}\n\n${comments.get(desc.typeName) ?? ''}\n${table}${renderRefused(desc)}`
}

function renderRefused(desc: DescMessage | DescEnum): string {
  const names = desc.proto.reservedName.map((name) => `\`${name}\``)
  return names.length === 0 ? '' : `\nRefused: ${names.join(', ')}.\n`
}

function escape(text: string): string {
  return text.replaceAll('|', '\\|')
}

if (import.meta.main) await writeFile(CONFIG_PAGE_FILE, await renderConfigPage())
