/** What `use` makes of a parsed argument; `otherwise` when it cannot be parsed. */
export function parsedOr<Message, Result>(otherwise: Result, parse: () => Message, use: (message: Message) => Result): Result {
  let message: Message
  try {
    message = parse()
  } catch {
    return otherwise
  }
  return use(message)
}
