/** Bills of materials: CycloneDX 1.6 as JSON (ECMA-424), the same bytes for the same input: no time, no serial number. */

/** The media type that a bill has as a referrer. */
export const SBOM_TYPE = 'application/vnd.cyclonedx+json'

/** A package of npm, or the module itself. */
export interface Component {
  readonly name: string
  readonly version?: string
  /** An SPDX expression, or whatever npm's field says. */
  readonly license?: string
  /** Package URL, `pkg:npm/%40sluice/sdk@0.1.0`; also the reference inside the bill. */
  readonly purl?: string
  readonly hash?: { readonly alg: 'SHA-256' | 'SHA-512'; readonly content: string }
  /** `excluded`: was there when the subject was made, and is not in it. */
  readonly scope?: 'required' | 'excluded'
}

export interface BillOfMaterials {
  readonly subject: Component
  readonly components: readonly Component[]
  /** What made the subject. */
  readonly tools?: readonly Component[]
}

/** The text of the bill. */
export function cycloneDx({ subject, components, tools = [] }: BillOfMaterials): string {
  const metadata = {
    ...(tools.length === 0 ? {} : { tools: { components: tools.map(componentOf) } }),
    component: componentOf(subject),
  }
  const bill = { bomFormat: 'CycloneDX', specVersion: '1.6', version: 1, metadata, components: components.map(componentOf) }
  return `${JSON.stringify(bill, null, 2)}\n`
}

/** The package URL of a package of npm (package-url/purl-spec, types/npm). */
export function npmPurl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}

/** The digest of a package from the lock file's `integrity`; undefined when it is not sha512. */
export function integrityHash(integrity: string): Component['hash'] {
  const base64 = /^sha512-(\S+)/.exec(integrity)?.[1]
  return base64 === undefined ? undefined : { alg: 'SHA-512', content: Buffer.from(base64, 'base64').toString('hex') }
}

function componentOf({ name, version, license, purl, hash, scope }: Component): object {
  return {
    type: 'library',
    ...(purl === undefined ? {} : { 'bom-ref': purl }),
    name,
    ...(version === undefined ? {} : { version }),
    ...(scope === undefined ? {} : { scope }),
    ...(hash === undefined ? {} : { hashes: [hash] }),
    ...(license === undefined ? {} : { licenses: [licenseOf(license)] }),
    ...(purl === undefined ? {} : { purl }),
  }
}

/** npm lets people refer to a file: that is a name, not an expression. */
function licenseOf(text: string): object {
  return /^(?:SEE LICENSE|UNLICENSED)/i.test(text) ? { license: { name: text } } : { expression: text }
}
