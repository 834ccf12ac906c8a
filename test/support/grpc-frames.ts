/** Length-prefixed messages of gRPC as byte strings: a flag byte, the length in 4 bytes, the message. */

/** One message without compression. */
export function frameMessage(message: string): string {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return head.latin1Slice() + message
}

/** The messages of a body; a rest that is no whole message comes last as it is. */
export function unframeMessages(body: string): string[] {
  const bytes = Buffer.from(body, 'latin1')
  const messages: string[] = []
  let at = 0
  while (at + 5 <= bytes.length && at + 5 + bytes.readUInt32BE(at + 1) <= bytes.length) {
    const end = at + 5 + bytes.readUInt32BE(at + 1)
    messages.push(bytes.latin1Slice(at + 5, end))
    at = end
  }
  if (at < bytes.length) messages.push(bytes.latin1Slice(at))
  return messages
}
