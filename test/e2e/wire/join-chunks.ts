/**
 * Chunked bodies with all their data in one chunk: where a proxy cuts a body depends on how bytes happened to arrive.
 * Everything else stays as it was written, faults included.
 */

/** `text` may hold several messages. */
export function joinChunks(text: string): string {
  const head = /\r\ntransfer-encoding: chunked\r\n(?:[^\r\n]+\r\n)*\r\n/i.exec(text)
  if (head === null) return text
  const start = head.index + head[0].length
  const { data, end } = readChunks(text, start)
  const chunk = data === '' ? '' : `${data.length.toString(16)}\r\n${data}\r\n`
  return text.slice(0, start) + chunk + joinChunks(text.slice(end))
}

/** The data of all whole chunks from `start` on, and where they end: before the last chunk, or before what is none. */
function readChunks(text: string, start: number): { readonly data: string; readonly end: number } {
  let data = ''
  let end = start
  for (;;) {
    const line = /^([1-9a-f][0-9a-f]*)\r\n/i.exec(text.slice(end, end + 20))
    if (line === null) return { data, end }
    const from = end + line[0].length
    const size = Number.parseInt(line[1]!, 16)
    if (text.length < from + size + 2) return { data, end }
    data += text.slice(from, from + size)
    end = from + size + 2
  }
}
