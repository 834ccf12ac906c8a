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
  /** A package URL, the path of a source in the project, or where its repository is. */
  readonly uri?: string
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
  /** What the builder has found out itself. */
  readonly findings: Readonly<Record<string, string>>
  readonly materials: readonly Material[]
  /** Package URL of the tool that built. */
  readonly builder: string
}

/** The text of the statement; the same for the same input: it has no time. */
export function provenanceStatement(provenance: Provenance): string {
  const { name, digest, moduleSha256, parameters, findings, materials, builder } = provenance
  const { algorithm, hex } = splitDigest(digest)
  const statement = {
    _type: STATEMENT,
    subject: [
      { name, digest: { [algorithm]: hex } },
      { name: `${name}#plugin.wasm`, digest: { sha256: moduleSha256 } },
    ],
    predicateType: PREDICATE,
    predicate: {
      buildDefinition: {
        buildType: BUILD_TYPE,
        externalParameters: parameters,
        internalParameters: findings,
        resolvedDependencies: materials,
      },
      runDetails: { builder: { id: builder } },
    },
  }
  return `${JSON.stringify(statement, null, 2)}\n`
}
