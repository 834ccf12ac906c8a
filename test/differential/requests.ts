/** Requests of HTTP/1.1 from parts. */

/** A request without body. */
export function requestOf(method: string, target: string, fields: readonly (readonly [string, string])[]): string {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${target} HTTP/1.1\r\nhost: twins.test\r\n${lines}\r\n`
}

/** The values of the fields of this name (in lower case), as they stand in the request. */
export function valuesOf(request: string, name: string): string[] {
  const fields = request.split('\r\n').slice(1)
  return fields.filter((field) => field.toLowerCase().startsWith(`${name}:`)).map((field) => field.slice(name.length + 1).trim())
}
