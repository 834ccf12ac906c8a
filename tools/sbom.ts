/** The bill of materials of a published package, the same bytes for the same lock file. */
import { cycloneDx, integrityHash, npmPurl, type Component } from '../host/oci/image/sbom.ts'
import { productionDependencies, type Dependency } from './dependencies.ts'

/** The package itself, as its manifest says. */
export interface Described {
  readonly name: string
  readonly version: string
  readonly license: string
}

/** Of the workspace in `folder`; its dependencies with licence and digest. */
export function packageBill(folder: string, { name, version, license }: Described): string {
  const subject = { name, version, license, purl: npmPurl(name, version) }
  return cycloneDx({ subject, components: productionDependencies(folder).map(componentOf) })
}

function componentOf({ name, version, license, integrity }: Dependency): Component {
  const hash = integrity === null ? undefined : integrityHash(integrity)
  return { name, version, license, purl: npmPurl(name, version), ...(hash === undefined ? {} : { hash }) }
}
