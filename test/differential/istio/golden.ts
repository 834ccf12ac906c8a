/**
 * Istio's golden files of authorization: policies, and the filters of Envoy that Istio makes of them. Which belong together is read
 * from Istio's own test. Both texts of a case are changed in the same way, so that requests can be made that match: addresses
 * move to 127.0.0.0/8, where a client may have any; names lose the brackets that no SPIFFE ID has; paths begin with a slash; an answer may
 * take its time.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { goModuleFile, goModuleFolder } from '../../support/go-file.ts'
import { ISTIO } from '../../support/istio-sources.ts'

const BUILDER = 'pilot/pkg/security/authz/builder'

/** Conditions and lists by Istio's names. */
export interface IstioRule {
  readonly from?: readonly { readonly source: Readonly<Record<string, readonly string[]>> }[]
  readonly to?: readonly { readonly operation: Readonly<Record<string, readonly string[]>> }[]
  readonly when?: readonly { readonly key: string; readonly values?: readonly string[]; readonly notValues?: readonly string[] }[]
}

export interface AuthorizationPolicy {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly annotations?: Readonly<Record<string, string>>
  }
  readonly spec: {
    readonly action?: 'ALLOW' | 'DENY' | 'AUDIT' | 'CUSTOM'
    readonly provider?: { readonly name: string }
    readonly rules?: readonly IstioRule[]
  }
}

/** A filter of Envoy in the JSON form of protobuf. */
export interface NativeFilter {
  readonly name: string
  readonly typedConfig: {
    readonly rules?: { readonly action?: string; readonly policies: Readonly<Record<string, NativePolicy>> }
  }
}

export interface NativePolicy {
  readonly permissions: readonly { readonly andRules?: { readonly rules: readonly object[] } }[]
  readonly principals: readonly { readonly andIds?: { readonly ids: readonly object[] } }[]
}

export interface GoldenCase {
  readonly name: string
  readonly policies: readonly AuthorizationPolicy[]
  readonly filters: readonly NativeFilter[]
  /** The trust domain of the mesh and its aliases; empty = they do not matter. */
  readonly trustDomains: readonly string[]
  /** All its files, those that say the same with Istio's extended matchers included. */
  readonly files: readonly string[]
}

export interface Golden {
  readonly cases: readonly GoldenCase[]
  /** Names of all files that there are. */
  readonly files: readonly string[]
}

/** Fetches the files; throws with the reason when they cannot be had. */
export async function golden(): Promise<Golden> {
  const folder = await goModuleFolder(ISTIO.module, ISTIO.version, `${BUILDER}/testdata/http`)
  const test = readFileSync(await goModuleFile(ISTIO.module, ISTIO.version, `${BUILDER}/builder_test.go`), 'utf8')
  const files = readdirSync(folder)
  const read = (file: string): object[] => documents(readFileSync(join(folder, file), 'utf8'))
  const cases = [...entries(test), LEFT_OVER].map(({ name, input, wanted, trustDomains }) => ({
    name,
    policies: read(input) as AuthorizationPolicy[],
    filters: wanted.flatMap(read) as NativeFilter[],
    trustDomains,
    files: [input, ...wanted, ...wanted.map((file) => sameExtended(folder, files, file)).filter((file) => file !== null)],
  }))
  return { cases, files }
}

interface Entry {
  readonly name: string
  readonly input: string
  readonly wanted: readonly string[]
  readonly trustDomains: readonly string[]
}

/** Files that Istio's test has no use for any more. */
const LEFT_OVER: Entry = {
  name: 'allow-host-before-111',
  input: 'allow-host-before-111-in.yaml',
  wanted: ['allow-host-before-111-out.yaml'],
  trustDomains: [],
}

/** The table of Istio's test of HTTP. */
function entries(test: string): Entry[] {
  const [, table = ''] = /func TestGenerator_GenerateHTTP([\s\S]*?)\n}/.exec(test) ?? []
  return [...table.matchAll(/\n\t\t\{\n([\s\S]*?)\n\t\t\},/g)].map(([, entry = '']) => ({
    name: quoted(/name:(.*)/.exec(entry)?.[1])[0]!,
    input: quoted(/input:(.*)/.exec(entry)?.[1])[0]!,
    wanted: quoted(/want:(.*)/.exec(entry)?.[1]),
    trustDomains: quoted(/NewBundle\((.*)\)/.exec(entry)?.[1]),
  }))
}

function quoted(text = ''): string[] {
  return [...text.matchAll(/"([^"]*)"/g)].map(([, inner]) => inner!)
}

/** The file of the same case with extended matchers; null without one. It must say the same. */
function sameExtended(folder: string, files: readonly string[], file: string): string | null {
  const name = `extended-${file}`
  if (!files.includes(name)) return null
  if (readFileSync(join(folder, name), 'utf8') !== readFileSync(join(folder, file), 'utf8'))
    throw new Error(`${name} is a case of its own`)
  return name
}

function documents(text: string): object[] {
  return parseAllDocuments(moved(text))
    .map((document) => document.toJS() as object | null)
    .filter((one) => one !== null)
}

function moved(text: string): string {
  return text
    .replaceAll(/\\?\[(\d)\\?\]/g, '$1')
    .replaceAll(/\brule\d-to\d-path\d/g, '/$&')
    .replaceAll(/\b\d+(\.\d+\.\d+\.\d+)\b/g, '127$1')
    .replaceAll(/timeout: \S+/g, 'timeout: 20s')
}
