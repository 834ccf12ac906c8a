import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { mayBeSent } from "../common/sendable";
import { HeaderPairs } from "./header-pairs";
import { ShownHeaders } from "./shown-headers";

/** `authorization_request`: which headers of a request a service over HTTP is shown, and what it is sent besides. */
export class SentHeaders {
  private readonly shown: ShownHeaders = new ShownHeaders(false);
  private readonly added: HeaderPairs = new HeaderPairs();

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): SentHeaders {
    const sent = new SentHeaders();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("headers_to_add"))) sent.readAdded(reader);
      else if (!sent.shown.readField(reader)) reader.unknownField();
    }
    return sent;
  }

  /** Adds to a question what it has of these; names that it has already are left out. */
  addTo(question: HeaderPairs, headers: HeaderMap): void {
    question.addAll(this.added);
    this.shown.addTo(question, headers);
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
      reader.invalid(utf8("a key and a value without %"));
    }
    this.added.add(name.view, value.view);
  }
}
