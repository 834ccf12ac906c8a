/** Wycheproof's vectors, from a Go module. */
import { readFile } from 'node:fs/promises'
import { goModuleFile } from '../../support/go-file.ts'

const MODULE = 'github.com/c2sp/wycheproof'
const VERSION = 'v0.0.0-20260902155932-3fa63dd0344a'

/** One vector; bytes are in hexadecimal. */
export interface Vector {
  readonly tcId: number
  readonly comment: string
  readonly flags: readonly string[]
  readonly msg: string
  /** Of groups of signatures. */
  readonly sig: string
  /** Of groups of codes. */
  readonly key: string
  readonly tag: string
  /** Of groups of PBKDF2. */
  readonly password: string
  readonly salt: string
  readonly iterationCount: number
  readonly dkLen: number
  readonly dk: string
  /** Of groups of authenticated encryption. */
  readonly iv: string
  readonly aad: string
  readonly ct: string
  readonly result: 'valid' | 'invalid' | 'acceptable'
}

/** Vectors with one key, or of one size. */
export interface VectorGroup {
  /** `SHA-256`; signatures of EdDSA have none. */
  readonly sha?: string
  readonly mgfSha?: string
  readonly sLen?: number
  readonly keySize?: number
  readonly ivSize?: number
  readonly tagSize: number
  readonly publicKeyDer: string
  readonly tests: readonly Vector[]
}

/** The groups of `<name>_test.json`. */
export async function vectorGroups(name: string): Promise<readonly VectorGroup[]> {
  const path = await goModuleFile(MODULE, VERSION, `testvectors_v1/${name}_test.json`)
  const { testGroups } = JSON.parse(await readFile(path, 'utf8')) as { testGroups: readonly VectorGroup[] }
  return testGroups
}
