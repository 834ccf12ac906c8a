/** Definitions of Kubernetes resources as the products ship them, for ajv: as strict as a server asked to be strict. */
import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { parseAllDocuments } from 'yaml'
import { goModuleFile } from './go-file.ts'
import { ISTIO } from './istio-sources.ts'

/** Where the definitions of a product are. */
interface CrdFile {
  readonly module: string
  readonly version: string
  readonly file: string
}

export const ISTIO_CRDS: CrdFile = {
  ...ISTIO,
  file: 'manifests/charts/base/files/crd-all.gen.yaml',
}
export const ENVOY_GATEWAY_CRDS: CrdFile = {
  module: 'github.com/envoyproxy/gateway',
  version: 'v1.9.1',
  file: 'charts/gateway-helm/charts/crds/crds/generated/gateway.envoyproxy.io_envoyextensionpolicies.yaml',
}

interface Definition {
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string }
    readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[]
  }
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly [keyword: string]: unknown
}

/** The faults of an object, one line each; a kind without a definition is one. */
export type CrdJudge = (object: { readonly apiVersion: string; readonly kind: string }) => string[]

/** Fetches the definitions; throws with the reason when they cannot be had. */
export async function crdJudge(files: readonly CrdFile[]): Promise<CrdJudge> {
  const paths = await Promise.all(files.map(({ module, version, file }) => goModuleFile(module, version, file)))
  const documents = paths.flatMap((path) => parseAllDocuments(readFileSync(path, 'utf8')))
  const definitions = documents.map((document) => document.toJS() as Definition | null).filter((one) => one !== null)
  const schemas = new Map(definitions.flatMap(schemasOf))
  return (object) => judge(schemas.get(`${object.apiVersion} ${object.kind}`), object)
}

function schemasOf({ spec }: Definition): [string, Schema][] {
  return spec.versions.map(({ name, schema }) => [`${spec.group}/${name} ${spec.names.kind}`, schema.openAPIV3Schema])
}

function judge(schema: Schema | undefined, object: { readonly apiVersion: string; readonly kind: string }): string[] {
  if (schema === undefined) return [`no definition of ${object.apiVersion} ${object.kind}`]
  const { metadata: _common, apiVersion: _version, kind: _kind, ...own } = object as Record<string, unknown>
  const { metadata: _m, apiVersion: _v, kind: _k, ...properties } = schema.properties ?? {}
  const validate = new Ajv({ allErrors: true, strict: false, logger: false }).compile(
    strict({ ...schema, properties, required: [] }),
  )
  return validate(own)
    ? []
    : (validate.errors ?? []).map((fault) => `${fault.instancePath} ${fault.message} ${JSON.stringify(fault.params)}`)
}

/** A server drops fields that it does not know: here they are faults, so that a misspelt one is seen. */
function strict(schema: Schema): Schema {
  const { properties, items } = schema
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true || schema['additionalProperties'] !== undefined
  const closed = properties === undefined || isOpen ? {} : { additionalProperties: false }
  const inner = properties && Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, strict(one)]))
  return { ...schema, ...closed, ...(inner && { properties: inner }), ...(items && { items: strict(items) }) }
}
