import type { DescField } from '@bufbuild/protobuf'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { declaredTypes, ownComments, ownMessages } from './config-descriptors.ts'
import { ACCEPTED, CONFIG_PAGE_FILE, inOrder, renderConfigPage } from './config-docs.ts'

const BUILD = join(import.meta.dirname, '../../host/config/build')

/** Messages that are kept whole for filters to read, and those that nothing reads. */
const WHOLE = /^envoy\.config\.core\.v3\.(Node|Locality|Metadata)$/
/** Implemented outside `build`. */
const ELSEWHERE: readonly string[] = [
  'envoy.config.cluster.v3.Cluster.OriginalDstLbConfig.use_http_header',
  'envoy.config.route.v3.RouteConfiguration.validate_clusters',
  'xds.type.v3.TypedStruct.type_url',
]

function fullName(field: DescField): string {
  return `${field.parent.typeName}.${field.name}`
}

describe('docs/CONFIG.md', () => {
  it('is what `node test/drift/config-docs.ts` writes', async () => {
    expect(readFileSync(CONFIG_PAGE_FILE, 'utf8')).toBe(await renderConfigPage())
  })

  it('shows every message and enum that is declared', () => {
    const shown = new Set(inOrder().map((desc) => desc.typeName))
    const declared = [...declaredTypes()].map((desc) => desc.typeName).filter((name) => !name.startsWith('google.'))
    expect(declared.filter((name) => !shown.has(name))).toEqual([])
  })
})

describe('the .proto files', () => {
  it('say for each field what it means', async () => {
    const comments = await ownComments()
    const fields = ownMessages().flatMap((desc) => desc.fields)
    expect(fields.map(fullName).filter((name) => !comments.has(name))).toEqual([])
  })

  it('call no field implemented that nothing builds from', async () => {
    const comments = await ownComments()
    const source = readdirSync(BUILD)
      .map((file) => readFileSync(join(BUILD, file), 'utf8'))
      .join('\n')
    const words = new Set(source.match(/\w+/g))
    const implemented = ownMessages()
      .filter((desc) => !WHOLE.test(desc.typeName))
      .flatMap((desc) => desc.fields)
      .filter((field) => !comments.get(fullName(field))?.startsWith(ACCEPTED))
    const unread = implemented.filter((field) => !words.has(field.localName) && !words.has(field.oneof?.localName ?? ''))
    expect(unread.map(fullName)).toEqual(ELSEWHERE)
  })
})
