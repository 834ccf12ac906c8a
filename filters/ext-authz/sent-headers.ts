import { Bytes, BytesBuilder, HeaderList, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { HeaderNames } from "../common/header-names";
import { mayBeSent } from "../common/sendable";

/** `authorization_request`: which headers of a request a service over HTTP is shown, and what it is sent besides. */
export class SentHeaders {
  private allowed: HeaderNames = new HeaderNames();
  private disallowed: HeaderNames = new HeaderNames();
  private readonly addedNames: OwnedBytes[] = [];
  private readonly addedValues: OwnedBytes[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): SentHeaders {
    const sent = new SentHeaders();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("allowed_headers"))) sent.allowed = HeaderNames.read(reader);
      else if (reader.at(utf8("disallowed_headers"))) sent.disallowed = HeaderNames.read(reader);
      else if (reader.at(utf8("headers_to_add"))) sent.readAdded(reader);
      else reader.unknownField();
    }
    return sent;
  }

  /** Adds to a question what it has of these; `own` are names that the question has already. */
  addTo(question: HeaderList, headers: HeaderMap): void {
    for (let i = 0; i < this.addedNames.length; i++) question.add(this.addedNames[i].view, this.addedValues[i].view);
    const size = headers.size;
    for (let i = 0; i < size; i++) {
      const name = headers.nameAt(i);
      if (!this.shows(name) || question.countOf(name) > 0) continue;
      const value = joined(headers, name);
      if (mayBeSent(name, value)) question.add(name, value);
    }
  }

  private shows(name: Bytes): bool {
    return !this.disallowed.has(name) && (name.equals(utf8("authorization")) || this.allowed.has(name));
  }

  private readAdded(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.readHeader(reader);
  }

  private readHeader(reader: ConfigReader): void {
    let name = OwnedBytes.absent();
    let value = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("key"))) name = reader.readHeaderName();
      else if (reader.at(utf8("value"))) value = reader.readText();
      else reader.unknownField();
    }
    if (!mayBeSent(name.view, value.view) || value.view.indexOfByte(0x25) >= 0) {
      reader.invalid(utf8("a key and a value that may be sent, without %"));
    }
    this.addedNames.push(name);
    this.addedValues.push(value);
  }
}

/** All values of a name, as Envoy joins them. */
export function joined(headers: HeaderMap, name: Bytes): Bytes {
  const count = headers.count(name);
  if (count == 1) return headers.get(name);
  const values = BytesBuilder.create();
  for (let i = 0; i < count; i++) {
    if (i > 0) values.addByte(0x2c);
    values.add(headers.value(name, i));
  }
  return values.toBytes();
}
