/** What the documents say is true: their code runs, their links lead somewhere, their commands exist. */
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { COMMANDS } from '../../host/cli/commands.ts'
import { loadBootstrap } from '../../host/config/load.ts'
import { read, root, sources } from '../../tools/checks/sources.ts'

const TOP = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md']
const FOLDERS = ['docs', 'sdk', 'filters', 'host/templates', 'test', 'examples', 'bench']
const documents = [...TOP, ...FOLDERS.flatMap((folder) => sources(folder, '.md'))]

interface Block {
  readonly place: string
  readonly language: string
  readonly code: string
}

/** The fenced blocks of a document. */
function blocksOf(path: string): Block[] {
  const text = read(path)
  return [...text.matchAll(/^```(\w*)[^\n]*\n([\s\S]*?)^```$/gm)].map((match) => ({
    place: `${path}:${text.slice(0, match.index).split('\n').length}`,
    language: match[1]!,
    code: match[2]!,
  }))
}

const blocks = documents.flatMap(blocksOf)
const ofLanguage = (language: string): Block[] => blocks.filter((block) => block.language === language)
const scripts = Object.keys((JSON.parse(read('package.json')) as { scripts: object }).scripts)

/** Programs that readers have. */
const READERS = ['curl', 'docker', 'envoy', 'kubectl', 'openssl']

/** A shell line of the documents: an npm script, a command of ours, a tool that the repository brings, or a program of the reader's. */
function isKnownCommand(line: string): boolean {
  const [program, first, second] = line.replace(/^(?:[A-Z_]+=\S+ )+/, '').split(/\s+/)
  if (program === 'npm' && first === 'create') return second === 'sluice'
  if (program === 'npm') return scripts.includes(first === 'run' ? (second ?? '') : (first ?? ''))
  if (program === 'npx') return existsSync(join(root, 'node_modules/.bin', first ?? ''))
  if (program === 'sluice') return (first ?? '') in COMMANDS
  return program === 'asc' || READERS.includes(program ?? '')
}

const ASSERT = "import assert from 'node:assert/strict'"

/** Runs a block that is a test of vitest; any other is a program. */
const VITEST = [join(root, 'node_modules/vitest/vitest.mjs'), 'run']

/** `expression // value` becomes an assertion. */
function withAssertions(code: string): string {
  const checked = code.replace(/^([\w.[\]()'-]+) \/\/ (.+)$/gm, 'assert.deepEqual($1, $2)')
  return checked.includes(ASSERT) ? checked : `${ASSERT}\n${checked}`
}

describe('code blocks', () => {
  test('every block names a language that is checked', () => {
    const others = blocks.filter((block) => !['yaml', 'sh', 'ts', 'text'].includes(block.language))
    expect(others.map(({ place, language }) => `${place} ${language}`)).toEqual([])
  })

  for (const { place, code } of ofLanguage('yaml')) {
    test(`${place} is YAML, and a configuration loads`, () => {
      const parts = parseAllDocuments(code)
      for (const document of parts) {
        expect(document.errors).toEqual([])
        // Several documents in one block: manifests, which have judges of their own.
        if (parts.length > 1) continue
        const value = document.toJS() as Record<string, unknown> | null
        if (value !== null && 'static_resources' in value) loadBootstrap([{ name: place, text: code }])
      }
    })
  }

  // The tutorial's commands run in a test of their own.
  for (const { place, code } of ofLanguage('sh').filter((block) => !block.place.startsWith('docs/TUTORIAL.md'))) {
    test(`${place} holds commands that exist`, () => {
      const lines = code.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#') && !line.startsWith(' '))
      expect(lines.filter((line) => !isKnownCommand(line))).toEqual([])
    })
  }

  // The SDK's pages are AssemblyScript: test/sdk compiles them.
  for (const { place, code } of ofLanguage('ts').filter((block) => !/^(?:docs\/)?sdk\//.test(block.place))) {
    test(`${place} runs, and its comments tell the values`, () => {
      const isForVitest = code.includes("from 'vitest'")
      const file = join(root, 'test/docs', `block-${process.pid}${isForVitest ? '.test' : ''}.ts`)
      try {
        writeFileSync(file, withAssertions(code))
        execFileSync(process.execPath, [...(isForVitest ? VITEST : []), file], { cwd: root, encoding: 'utf8', stdio: 'pipe' })
      } finally {
        rmSync(file, { force: true })
      }
    })
  }
})

describe('links', () => {
  for (const path of documents) {
    test(`${path} links to files that exist`, () => {
      const targets = [...read(path).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map((match) => match[1]!)
      expect(targets.filter((target) => !existsSync(join(root, dirname(path), target)))).toEqual([])
    })
  }
})

describe('ARCHITECTURE.md', () => {
  test('names files and folders that exist', () => {
    const named = [...read('docs/ARCHITECTURE.md').matchAll(/`((?:host|sdk|test|filters|tools|docs)\/[\w./-]+)`/g)]
    expect(named.map((match) => match[1]!).filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})
