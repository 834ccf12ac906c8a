/** The report of `sluice inspect` on an image, as text. */
import type { ImageReport } from '../oci/image/inspect-image.ts'

const WIDTH = 12

export function imageText(name: string, report: ImageReport): string {
  const { isIndex, digest, manifestDigest, layout, layers, annotations, moduleSha256, referrers, signatures, loaders } = report
  return [
    `${name}: ${isIndex ? 'an index, of it ' : ''}an image of layout ${layout}`,
    ...(isIndex ? [line('index', `${digest}: never pin this one`)] : []),
    line('manifest', `${manifestDigest}: pin this one`),
    line('module', `${moduleSha256}: for code.remote.sha256 of a module that is served as a file`),
    ...layers.map((layer) => line('layer', `${layer.mediaType}, ${layer.size} bytes, ${layer.digest}`)),
    line('ABI', report.abiVersions.join(', ') || 'not said'),
    line('root ids', report.rootIds.join(', ') || 'not said'),
    line('schema', report.hasSchema ? 'of the configuration, in the layer' : 'none'),
    ...Object.entries(annotations).map(([key, value]) => line('says', `${key}: ${value}`)),
    ...referrers.map((referrer) => line('has', `${referrer.artifactType ?? referrer.mediaType} ${referrer.digest}`)),
    line('signatures', signatures === 0 ? 'none under its tag' : `${signatures}; sluice verify says whether by your key`),
    ...loaders.map(({ name: product, loads, remark }) =>
      line(loads ? 'loads in' : 'not in', `${product}${remark === '' ? '' : ` (${remark})`}`),
    ),
  ].join('\n')
}

function line(title: string, text: string): string {
  return `  ${title.padEnd(WIDTH)}${text}`
}
