/** The bill of materials of a published package: CycloneDX 1.6, the same bytes for the same lock file. */
import { productionDependencies, type Dependency } from './dependencies.ts'

/** The package itself, as its manifest says. */
export interface Described {
  readonly name: string
  readonly version: string
  readonly license: string
}

/** Of the workspace in `folder`; its dependencies with licence and digest. */
export function cycloneDx(folder: string, { name, version, license }: Described): string {
  const document = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'library',
        'bom-ref': purl(name, version),
        name,
        version,
        licenses: licensesOf(license),
        purl: purl(name, version),
      },
    },
    components: productionDependencies(folder).map(componentOf),
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function componentOf({ name, version, license, integrity }: Dependency): object {
  return {
    type: 'library',
    'bom-ref': purl(name, version),
    name,
    version,
    ...(integrity === null ? {} : { hashes: [{ alg: 'SHA-512', content: hexOf(integrity) }] }),
    licenses: licensesOf(license),
    purl: purl(name, version),
  }
}

function hexOf(integrity: string): string {
  return Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
}

function licensesOf(expression: string): object[] {
  return [{ expression }]
}

function purl(name: string, version: string): string {
  return `pkg:npm/${name.replace('@', '%40')}@${version}`
}
