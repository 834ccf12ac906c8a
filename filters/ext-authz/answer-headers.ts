import { Bytes, BytesBuilder, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { HeaderNames } from "../common/header-names";
import { splitList } from "../common/list-header";
import { mayBeSent } from "../common/sendable";
import { takeLifetime } from "./answer-lifetime";
import { Change } from "./header-changes";
import { Outcome, Verdict } from "./verdict";

/** `authorization_response`: what becomes of the headers that a service over HTTP answers with. */
export class AnswerHeaders {
  private upstream: HeaderNames = new HeaderNames();
  private appended: HeaderNames = new HeaderNames();
  private client: HeaderNames = new HeaderNames();
  private clientOnSuccess: HeaderNames = new HeaderNames();
  private metadata: HeaderNames = new HeaderNames();
  private principal: OwnedBytes = OwnedBytes.absent();

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): AnswerHeaders {
    const answer = new AnswerHeaders();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("allowed_upstream_headers"))) answer.upstream = HeaderNames.read(reader);
      else if (reader.at(utf8("allowed_upstream_headers_to_append"))) answer.appended = HeaderNames.read(reader);
      else if (reader.at(utf8("allowed_client_headers"))) answer.client = HeaderNames.read(reader);
      else if (reader.at(utf8("allowed_client_headers_on_success"))) answer.clientOnSuccess = HeaderNames.read(reader);
      else if (reader.at(utf8("dynamic_metadata_from_headers"))) answer.metadata = HeaderNames.read(reader);
      else if (reader.at(utf8("principal_header"))) answer.principal = reader.readHeaderName();
      else reader.unknownField();
    }
    return answer;
  }

  /** Removes from a request what only the service may say. */
  strip(headers: HeaderMap): void {
    this.upstream.strip(headers);
  }

  /** Takes from an answer what the verdict has of it. */
  take(verdict: Verdict, headers: HeaderMap): void {
    for (let i = 0; i < headers.size; i++) {
      const name = headers.nameAt(i);
      const value = headers.valueAt(i);
      // What frames the answer is of the answer alone.
      if (name.equals(utf8("host")) || mayBeSent(name, value)) this.takeOne(verdict, name, value);
    }
    if (verdict.outcome == Outcome.Ok) takeRemovals(verdict, headers);
    takeLifetime(verdict, headers);
  }

  private takeOne(verdict: Verdict, name: Bytes, value: Bytes): void {
    if (verdict.outcome == Outcome.Denied) {
      if (this.isForClient(name)) verdict.changeResponse(Change.Append, name, value);
      return;
    }
    if (this.upstream.has(name)) verdict.changeRequest(Change.Set, name, value);
    if (this.appended.has(name)) verdict.changeRequest(Change.Append, name, value);
    if (this.clientOnSuccess.has(name)) verdict.changeResponse(Change.Append, name, value);
    if (this.metadata.has(name)) {
      verdict.properties.add(BytesBuilder.create().add(utf8("ext_authz.")).add(name).toBytes(), value);
    }
    if (this.principal.view.equals(name)) verdict.properties.add(utf8("auth.principal"), value);
  }

  /** As Envoy: all of them without a list; with one, two that a refusal is worth nothing without. */
  private isForClient(name: Bytes): bool {
    if (name.equals(utf8("host"))) return false;
    if (this.client.isEmpty || this.client.has(name)) return true;
    return name.equals(utf8("www-authenticate")) || name.equals(utf8("location"));
  }
}

/** `x-envoy-auth-headers-to-remove`: names that the upstream is not to see. */
function takeRemovals(verdict: Verdict, headers: HeaderMap): void {
  const names = splitList(headers, utf8("x-envoy-auth-headers-to-remove"));
  for (let i = 0; i < names.length; i++) verdict.changeRequest(Change.Remove, names[i], Bytes.empty);
}
