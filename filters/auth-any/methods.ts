import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { ApiKeyMethod } from "../common/api-key/api-key-method";
import { AuthMethod } from "../common/auth-method";
import { BasicMethod } from "../common/basic/basic-method";
import { stripHeader } from "../common/strip-header";
import { KeyOwner } from "../common/token/key-source";
import { ShaCryptForms } from "./sha-crypt-forms";
import { TokenMethod } from "./token-method";

const COMMA: u8 = 0x2c;

/** A method under the name that requirements use. */
export class NamedMethod {
  constructor(readonly name: OwnedBytes, readonly method: AuthMethod) {}
}

/** All methods of a plugin, in the order of the configuration. */
export class Methods {
  readonly list: NamedMethod[] = [];
  /** Headers that tell the upstream who it is, of all methods. */
  private readonly ownHeaders: OwnedBytes[] = [];
  /** Headers in which credentials may stand. */
  private readonly credentialHeaders: OwnedBytes[] = [];

  /** Reads the object that the reader stands at: a method for each name. `owner` fetches what they need. */
  read(reader: ConfigReader, owner: KeyOwner): void {
    for (reader.enterObject(); reader.nextField(); ) {
      const name = reader.field.toOwned();
      if (this.named(name.view) !== null) reader.invalid(utf8("a name of its own for each method"));
      const method = readMethod(reader, owner);
      if (method !== null) this.add(new NamedMethod(name, method));
    }
    this.checkHeaders(reader);
  }

  named(name: Bytes): NamedMethod | null {
    for (let i = 0; i < this.list.length; i++) if (this.list[i].name.view.equals(name)) return this.list[i];
    return null;
  }

  /** Takes out of a request what its client says of itself. */
  stripOwnHeaders(headers: HeaderMap): void {
    for (let i = 0; i < this.ownHeaders.length; i++) stripHeader(headers, this.ownHeaders[i].view);
  }

  /**
   * Whether a header of credentials has several values: who reads the first and who reads the last would see another client. Those of
   * `authorization` come joined.
   */
  areDoubled(headers: HeaderMap): bool {
    for (let i = 0; i < this.credentialHeaders.length; i++) {
      const name = this.credentialHeaders[i].view;
      if (headers.count(name) > 1) return true;
      if (name.equals(utf8("authorization")) && headers.get(name).indexOfByte(COMMA) >= 0) return true;
    }
    return false;
  }

  private add(named: NamedMethod): void {
    this.list.push(named);
    named.method.ownHeadersInto(this.ownHeaders);
    named.method.credentialHeadersInto(this.credentialHeaders);
  }

  /** A header that is removed first could show nothing. */
  private checkHeaders(reader: ConfigReader): void {
    for (let i = 0; i < this.ownHeaders.length; i++) {
      for (let k = 0; k < this.credentialHeaders.length; k++) {
        const isTaken = this.ownHeaders[i].view.equals(this.credentialHeaders[k].view);
        if (isTaken) reader.invalid(utf8("for the upstream other headers than those of credentials"));
      }
    }
  }
}

/** Reads `{basic_auth|api_key_auth|jwt_authn}`; null when it is none. */
function readMethod(reader: ConfigReader, owner: KeyOwner): AuthMethod | null {
  let method: AuthMethod | null = null;
  let kinds = 0;
  for (reader.enterObject(); reader.nextField(); kinds++) {
    method = newMethod(reader, owner);
    if (method === null) reader.unknownField();
    else readFields(reader, method);
  }
  if (kinds != 1) reader.invalid(utf8("exactly one of basic_auth, api_key_auth, jwt_authn"));
  return method;
}

function newMethod(reader: ConfigReader, owner: KeyOwner): AuthMethod | null {
  if (reader.at(utf8("basic_auth"))) return new BasicMethod(new ShaCryptForms());
  if (reader.at(utf8("api_key_auth"))) return new ApiKeyMethod();
  return reader.at(utf8("jwt_authn")) ? new TokenMethod(owner) : null;
}

function readFields(reader: ConfigReader, method: AuthMethod): void {
  for (reader.enterObject(); reader.nextField(); ) if (!method.readField(reader)) reader.unknownField();
  method.complete(reader);
}
