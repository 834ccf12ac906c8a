import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const SLASH: u8 = 0x2f;

/** For whom a token must be; an empty list asks nothing. */
export class Audiences {
  private readonly names: OwnedBytes[] = [];

  /** Reads a list of names. */
  static read(reader: ConfigReader): Audiences {
    const audiences = new Audiences();
    for (reader.enterArray(); reader.nextItem(); ) audiences.names.push(reader.readText());
    return audiences;
  }

  get isEmpty(): bool {
    return this.names.length == 0;
  }

  /** Whether one of the token's audiences is listed; `isLoose` compares as Envoy does. */
  allows(audiences: OwnedBytes[], isLoose: bool): bool {
    if (this.isEmpty) return true;
    for (let i = 0; i < audiences.length; i++) if (this.lists(audiences[i].view, isLoose)) return true;
    return false;
  }

  private lists(audience: Bytes, isLoose: bool): bool {
    const seen = isLoose ? core(audience) : audience;
    for (let i = 0; i < this.names.length; i++) {
      const name = this.names[i].view;
      if (seen.equals(isLoose ? core(name) : name)) return true;
    }
    return false;
  }
}

/** Without the scheme http or https, and without a slash at the end. */
function core(audience: Bytes): Bytes {
  let start = 0;
  if (audience.startsWith(utf8("http://"))) start = 7;
  else if (audience.startsWith(utf8("https://"))) start = 8;
  const end = audience[audience.length - 1] == SLASH ? audience.length - 1 : audience.length;
  return audience.slice(start, end);
}
