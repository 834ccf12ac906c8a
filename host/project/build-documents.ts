/** What a project says of an image of its module: a bill of materials, and provenance. */
import { provenanceStatement, type Material } from '../oci/image/provenance.ts'
import { cycloneDx, npmPurl } from '../oci/image/sbom.ts'
import { version } from '../util/version.ts'
import { buildMaterials, compilerOf, lockedPackages } from './materials.ts'
import { filterName, type Project } from './project.ts'
import { sourceCommit, type SourceCommit } from './source-commit.ts'

/** The image that is spoken of. */
export interface BuiltImage {
  readonly name: string
  /** Of the manifest. */
  readonly digest: string
  readonly moduleSha256: string
}

/** CycloneDX: the module is what the bill is about, the compiler a tool that made it. Throws SLUICE_PROJECT_INVALID without a lock file. */
export function projectBill(project: Project, { moduleSha256 }: Pick<BuiltImage, 'moduleSha256'>): string {
  const { version: own, license } = project.packageJson
  const packages = lockedPackages(project)
  return cycloneDx({
    subject: {
      name: filterName(project),
      hash: { alg: 'SHA-256', content: moduleSha256 },
      ...(own === undefined ? {} : { version: own }),
      ...(license === undefined ? {} : { license }),
    },
    components: packages,
    tools: compilerOf(packages),
  })
}

/** An in-toto statement with SLSA's predicate; Sluice is the builder. Throws SLUICE_PROJECT_INVALID without a lock file. */
export function projectProvenance(project: Project, image: BuiltImage): string {
  const { entry, module } = project.settings
  const source = sourceCommit(project.folder)
  const materials = [...commitMaterial(project, source), ...buildMaterials(project, lockedPackages(project))]
  const parameters = { entry, module }
  const builder = npmPurl('sluice', version())
  return provenanceStatement({ ...image, parameters, findings: { source: sourceText(source) }, materials, builder })
}

function commitMaterial({ packageJson: { repository } }: Project, { commit }: SourceCommit): Material[] {
  if (commit === null) return []
  const uri = typeof repository === 'object' ? repository.url : repository
  return [{ ...(uri === undefined ? {} : { uri }), digest: { gitCommit: commit } }]
}

/** The sources stand in the statement by their digests whether there is a commit or not. */
function sourceText({ commit, isChanged }: SourceCommit): string {
  if (commit === null) return 'no git commit'
  return isChanged ? `git commit ${commit}, with changes` : `git commit ${commit}`
}
