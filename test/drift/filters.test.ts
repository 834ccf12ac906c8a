/** Each filter's page, schema, example, cases and code say the same. */
import { readdirSync, readFileSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parse } from 'yaml'
import { TEMPLATES } from '../../host/project/templates.ts'
import { root } from '../../tools/checks/sources.ts'

const HEADINGS = ['What it does', 'Configuration', 'Behaviour', 'Statistics', 'Response details', 'Security']
const SOURCE_LIMIT = 30

const names = readdirSync(join(root, 'filters')).filter((name) => existsSync(join(root, 'filters', name, 'index.ts')))
const folders = [...names.map((name) => `filters/${name}`), ...Object.keys(TEMPLATES).map((kind) => `host/templates/${kind}`)]

interface Table {
  defaults?: { config?: unknown }
  cases: { id: string; config?: unknown; configure?: string; title: string }[]
}

/** The texts of a source and of all that it imports by relative paths. */
function sourcesFrom(path: string, seen = new Set<string>()): string[] {
  if (seen.has(path)) return []
  seen.add(path)
  const source = readFileSync(path, 'utf8')
  const imports = [...source.matchAll(/from "(\.[^"]+)"/g)].map((match) => join(dirname(path), `${match[1]}.ts`))
  return [source, ...imports.flatMap((imported) => sourcesFrom(imported, seen))]
}

for (const folder of folders) {
  const text = (file: string): string => readFileSync(join(root, folder, file), 'utf8')
  const code = (): string => sourcesFrom(join(root, folder, 'index.ts')).join('\n')
  /** The faults of a configuration, as the schema sees it. */
  const faultsOf = (config: unknown): unknown[] => {
    const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false }).compile(
      JSON.parse(text('schema.json')) as object,
    )
    return validate(config) ? [] : (validate.errors ?? [])
  }

  describe(folder, () => {
    test('page has the six headings in order', () => {
      expect([...text('README.md').matchAll(/^## (.+)$/gm)].map((match) => match[1])).toEqual(HEADINGS)
    })

    test('page shows the example verbatim', () => {
      expect(text('README.md')).toContain(`\`\`\`yaml\n${text('example.yaml')}\`\`\``)
    })

    test('example has a configuration that the schema accepts', () => {
      const { typed_config: typed } = parse(text('example.yaml')) as {
        typed_config: { config: { configuration: { value: string } } }
      }
      expect(faultsOf(JSON.parse(typed.config.configuration.value))).toEqual([])
    })

    test('schema accepts every configuration that the cases use, and refuses unknown fields', () => {
      const table = parse(text('cases.yaml'), { merge: true, maxAliasCount: -1 }) as Table
      for (const { id, config = table.defaults?.config, configure, title } of table.cases) {
        if (typeof config === 'string') continue
        const faults = faultsOf(config)
        if (configure === undefined) expect(faults, id).toEqual([])
        else if (title.includes('unknown field')) expect(faults, id).not.toEqual([])
      }
    })

    test('page lists exactly the metrics that the code defines', () => {
      const defined = [...code().matchAll(/define(?:Counter|Gauge|Histogram)\(\s*utf8\("([^"]+)"\)/g)].map((match) => match[1]!)
      const section = text('README.md').split('## Statistics')[1]!.split('## ')[0]!
      const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)]
        .map((match) => match[1]!)
        .filter((name) => !name.startsWith('istio_'))
      expect(listed.toSorted()).toEqual(defined.toSorted())
    })

    test('page lists exactly the response details that the code sends', () => {
      const section = text('README.md').split('## Response details')[1]!.split('## ')[0]!
      const listed = [...section.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!)
      for (const details of listed) expect(code()).toContain(`utf8("${details}")`)
      const sends = /sendLocalResponse\(|reply\.send(With)?\(/.test(code())
      expect(listed.length > 0).toBe(sends)
    })

    test('index.ts only registers', () => {
      expect(text('index.ts').split('\n').length).toBeLessThanOrEqual(SOURCE_LIMIT)
    })
  })
}
