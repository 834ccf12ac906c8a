import { Bytes, BytesBuilder, ProtoReader, utf8 } from "@sluice/sdk";
import { Change } from "./header-changes";
import { Outcome, Verdict } from "./verdict";

/*
 * `envoy.service.auth.v3.CheckResponse` (external_auth.proto), by the numbers of its fields.
 */

/** Whose header is changed. */
enum Target {
  Request,
  AppendedRequest,
  Response,
  Refusal,
}

/** What an answer says; `principal` is the header that names the client. */
export function decodeCheck(message: Bytes, principal: Bytes): Verdict {
  let code: i64 = 0;
  let denied = Bytes.absent;
  let ok = Bytes.absent;
  let metadata = Bytes.absent;
  const reader = ProtoReader.of(message);
  while (reader.next()) {
    if (reader.field == 1) code = codeOf(reader.message());
    else if (reader.field == 2) denied = reader.bytes;
    else if (reader.field == 3) ok = reader.bytes;
    else if (reader.field == 4) metadata = reader.bytes;
    // An answer that says that there is none.
    else if (reader.field == 5) code = -1;
  }
  if (!reader.error.isAbsent || code < 0) return new Verdict(Outcome.Error);
  return code == 0 ? decodeOk(ok, metadata, principal) : decodeDenied(denied);
}

/** The first field of `google.rpc.Status` and of `HttpStatus`. */
function codeOf(reader: ProtoReader): i64 {
  let code: i64 = 0;
  while (reader.next()) if (reader.field == 1) code = reader.int;
  return code;
}

/** Whatever their place in the answer, what is appended comes after what is set, and removals last. */
function decodeOk(message: Bytes, metadata: Bytes, principal: Bytes): Verdict {
  const verdict = new Verdict(Outcome.Ok);
  takeHeaders(verdict, message, 2, Target.Request, principal);
  takeHeaders(verdict, message, 2, Target.AppendedRequest, Bytes.absent);
  takeHeaders(verdict, message, 6, Target.Response, Bytes.absent);
  for (const reader = ProtoReader.of(message); reader.next(); ) {
    if (reader.field == 5) verdict.changeRequest(Change.Remove, reader.bytes, Bytes.empty);
    else if (reader.field == 7) takeParameter(verdict, reader.message());
    else if (reader.field == 8) verdict.changeQuery(reader.bytes, Bytes.absent);
  }
  for (const fields = ProtoReader.of(metadata); fields.next(); ) takeProperty(verdict, fields.message());
  return verdict;
}

function decodeDenied(message: Bytes): Verdict {
  const verdict = new Verdict(Outcome.Denied);
  for (const reader = ProtoReader.of(message); reader.next(); ) {
    if (reader.field == 1) verdict.status = <u32>codeOf(reader.message());
    else if (reader.field == 2) takeHeader(verdict, reader.message(), Target.Refusal, Bytes.absent);
    else if (reader.field == 3) verdict.body = reader.bytes.toOwned();
  }
  if (verdict.status == 0) verdict.status = 403;
  return verdict;
}

/** All options of a field. */
function takeHeaders(verdict: Verdict, message: Bytes, field: u32, target: Target, principal: Bytes): void {
  for (const reader = ProtoReader.of(message); reader.next(); ) {
    if (reader.field == field) takeHeader(verdict, reader.message(), target, principal);
  }
}

/**
 * A `HeaderValueOption`: what becomes of one header. As in Envoy 1.40 that of a request goes by `append` alone, and one that is
 * to be appended to a refusal is left out, since a refusal has none yet.
 */
function takeHeader(verdict: Verdict, option: ProtoReader, target: Target, principal: Bytes): void {
  let name = Bytes.empty;
  let value = Bytes.empty;
  let change: Change = Change.Append;
  let append = false;
  while (option.next()) {
    if (option.field == 1) {
      for (const pair = option.message(); pair.next(); ) {
        if (pair.field == 1) name = pair.bytes;
        else if (pair.bytes.length > 0) value = pair.bytes;
      }
    } else if (option.field == 2) append = codeOf(option.message()) != 0;
    else if (option.field == 3) change = <Change>min(<u64>Change.SetIfPresent, option.uint);
  }
  if (name.equalsIgnoreCase(utf8("set-cookie"))) verdict.isPersonal = true;
  if (principal.length > 0 && name.equalsIgnoreCase(principal)) verdict.properties.add(utf8("auth.principal"), value);
  if (target == Target.Request) {
    if (!append) verdict.changeRequest(Change.Set, name, value);
  } else if (target == Target.AppendedRequest) {
    if (append) verdict.changeRequest(Change.AppendIfPresent, name, value);
  } else if (target == Target.Response) verdict.changeResponse(append ? Change.Append : change, name, value);
  else if (!append) verdict.changeResponse(Change.Append, name, value);
}

/** A `QueryParameter`. */
function takeParameter(verdict: Verdict, parameter: ProtoReader): void {
  let name = Bytes.empty;
  let value = Bytes.empty;
  while (parameter.next()) {
    if (parameter.field == 1) name = parameter.bytes;
    else if (parameter.field == 2) value = parameter.bytes;
  }
  verdict.changeQuery(name, value);
}

/** An entry of `Struct.fields` that is a text. */
function takeProperty(verdict: Verdict, entry: ProtoReader): void {
  let name = Bytes.empty;
  let text = Bytes.absent;
  while (entry.next()) {
    if (entry.field == 1) name = entry.bytes;
    else for (const value = entry.message(); value.next(); ) if (value.field == 3) text = value.bytes;
  }
  if (!text.isAbsent) verdict.properties.add(BytesBuilder.create().add(utf8("ext_authz.")).add(name).toBytes(), text);
}
