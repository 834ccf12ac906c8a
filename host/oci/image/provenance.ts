/** Provenance: how an image came to be, as an in-toto statement with SLSA's predicate (slsa.dev/spec/v1.1/provenance). */
import { splitDigest } from '../digest.ts'

/** The media type that a statement has as a referrer. */
export const PROVENANCE_TYPE = 'application/vnd.in-toto+json'

const STATEMENT = 'https://in-toto.io/Statement/v1'
const PREDICATE = 'https://slsa.dev/provenance/v1'
/** What the parameters and dependencies below mean. */
const BUILD_TYPE = 'urn:sluice:build:v1'

/** Something that the build read. */
export interface Material {
  /** A package URL, or the path of a source in the project. */
  readonly uri: string
  readonly digest: Readonly<Record<string, string>>
}

export interface Provenance {
  /** The image. */
  readonly name: string
  readonly digest: string
  /** Sha256 of the module in it. */
  readonly moduleSha256: string
  /** Entry and other settings that decide what is built. */
  readonly parameters: Readonly<Record<string, string>>
  readonly materials: readonly Material[]
  /** Package URL of the tool that built. */
  readonly builder: string
}

/** The text of the statement; the same for the same input: it has no time. */
export function provenanceStatement({ name, digest, moduleSha256, parameters, materials, builder }: Provenance): string {
  const { algorithm, hex } = splitDigest(digest)
  const statement = {
    _type: STATEMENT,
    subject: [
      { name, digest: { [algorithm]: hex } },
      { name: `${name}#plugin.wasm`, digest: { sha256: moduleSha256 } },
    ],
    predicateType: PREDICATE,
    predicate: {
      buildDefinition: { buildType: BUILD_TYPE, externalParameters: parameters, resolvedDependencies: materials },
      runDetails: { builder: { id: builder } },
    },
  }
  return `${JSON.stringify(statement, null, 2)}\n`
}
