import { Bytes, BytesBuilder, HeaderMap, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { HeaderNames } from "../common/header-names";
import { mayBeSent } from "../common/sendable";
import { HeaderPairs } from "./header-pairs";

/** Which headers of a request a service is shown: over HTTP `authorization` and those that are allowed, over gRPC all unless some are. */
export class ShownHeaders {
  private allowed: HeaderNames = new HeaderNames();
  private disallowed: HeaderNames = new HeaderNames();

  constructor(private readonly isGrpc: bool) {}

  /** Reads the current field when it is one of these; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("allowed_headers"))) this.allowed = HeaderNames.read(reader);
    else if (reader.at(utf8("disallowed_headers"))) this.disallowed = HeaderNames.read(reader);
    else return false;
    return true;
  }

  /** Adds them, each once; names that are there already are left out. */
  addTo(shown: HeaderPairs, headers: HeaderMap): void {
    const size = headers.size;
    for (let i = 0; i < size; i++) {
      const name = headers.nameAt(i);
      if (!this.shows(name) || shown.has(name)) continue;
      const value = joined(headers, name);
      if (this.isGrpc || mayBeSent(name, value)) shown.add(name, value);
    }
  }

  private shows(name: Bytes): bool {
    if (this.disallowed.has(name)) return false;
    return this.allowed.has(name) || (this.isGrpc ? this.allowed.isEmpty : name.equals(utf8("authorization")));
  }
}

/** All values of a name, as Envoy joins them for a service. */
function joined(headers: HeaderMap, name: Bytes): Bytes {
  const values = BytesBuilder.create();
  const count = headers.count(name);
  for (let i = 0; i < count; i++) {
    if (i > 0) values.addByte(0x2c);
    values.add(headers.value(name, i));
  }
  return values.toBytes();
}
