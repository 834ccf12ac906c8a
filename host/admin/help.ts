/** The list of endpoints: `/help`, the home page, the answer to an unknown path. */
import type { AdminResponse, AdminEndpoint } from './endpoint.ts'

/** One line per endpoint and parameter, in Envoy's format. */
export function helpText(endpoints: readonly AdminEndpoint[]): string {
  return `admin commands are:\n${endpoints.map(endpointHelp).join('')}`
}

function endpointHelp({ path, isPost, help, parameters }: AdminEndpoint): string {
  const lines = Object.entries(parameters).map(([name, meaning]) => `      ${name}: ${meaning}\n`)
  return `  ${path}${isPost ? ' (POST)' : ''}: ${help}\n${lines.join('')}`
}

/** Links to what can be read, buttons for what changes something. */
export function homePage(endpoints: readonly AdminEndpoint[]): AdminResponse {
  const rows = endpoints.map((endpoint) => `<tr><td>${control(endpoint)}</td><td>${endpoint.help}</td></tr>\n`)
  const body = `<!DOCTYPE html>\n<html lang="en">\n<head><title>Sluice Admin</title></head>\n<body>\n<table>\n${rows.join('')}</table>\n</body>\n</html>\n`
  return { status: 200, contentType: 'text/html; charset=UTF-8', body }
}

function control({ path, isPost }: AdminEndpoint): string {
  const target = path.slice(1)
  if (!isPost) return `<a href="${target === '' ? '.' : target}">${path}</a>`
  return `<form action="${target}" method="post"><button>${path}</button></form>`
}
