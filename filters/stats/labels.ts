import { Bytes, BytesBuilder, HttpContext, utf8 } from "@sluice/sdk";
import { responseFlags } from "./response-flags";

/** Between a tag and its value, and behind the value: what Istio's stats_tags expressions look for. */
const TAG_SEPARATOR_LENGTH: i32 = 3;

/**
 * Labels of Istio's standard metrics in their order, written in front of the metric's name as
 * `tag=.=value;.;`. The proxy's `stats_tags` turn them back into labels (stats-tags.yaml).
 */
export class Labels {
  private readonly text: BytesBuilder = BytesBuilder.create();

  add(tag: Bytes, value: Bytes): Labels {
    this.text.add(tag).add(utf8("=.="));
    this.addValue(value.isAbsent ? utf8("unknown") : value);
    this.text.add(utf8(";.;"));
    return this;
  }

  toBytes(): Bytes {
    return this.text.toBytes();
  }

  /** A value must not hold the text that ends it. */
  private addValue(value: Bytes): void {
    let start = 0;
    for (let at = value.indexOf(utf8(";.;")); at >= 0; at = value.indexOf(utf8(";.;"), start)) {
      this.text.add(value.slice(start, at)).addByte(0x5f);
      start = at + TAG_SEPARATOR_LENGTH;
    }
    this.text.add(value.slice(start));
  }
}

/** All labels of a finished request; `isSource` = the reporting side is the client's. */
export function labelsOf(stream: HttpContext, isSource: bool): Bytes {
  const labels = new Labels();
  labels.add(utf8("reporter"), isSource ? utf8("source") : utf8("destination"));
  addPeer(labels, stream, isSource);
  addService(labels, stream);
  addResponse(labels, stream, isSource);
  return labels.toBytes();
}

/** Workload labels need the peers' metadata, which is not exchanged yet: unknown, as Istio writes it. */
function addPeer(labels: Labels, stream: HttpContext, isSource: bool): void {
  const peer = stream.getProperty(utf8("connection\0uri_san_peer_certificate"));
  const local = stream.getProperty(utf8("connection\0uri_san_local_certificate"));
  labels.add(utf8("source_workload"), Bytes.absent);
  labels.add(utf8("source_canonical_service"), Bytes.absent);
  labels.add(utf8("source_canonical_revision"), Bytes.absent);
  labels.add(utf8("source_workload_namespace"), Bytes.absent);
  labels.add(utf8("source_principal"), presentOrAbsent(isSource ? local : peer));
  labels.add(utf8("source_app"), Bytes.absent);
  labels.add(utf8("source_version"), Bytes.absent);
  labels.add(utf8("source_cluster"), Bytes.absent);
  labels.add(utf8("destination_workload"), Bytes.absent);
  labels.add(utf8("destination_workload_namespace"), Bytes.absent);
  labels.add(utf8("destination_principal"), presentOrAbsent(isSource ? peer : local));
  labels.add(utf8("destination_app"), Bytes.absent);
  labels.add(utf8("destination_version"), Bytes.absent);
}

function addService(labels: Labels, stream: HttpContext): void {
  labels.add(utf8("destination_service"), presentOrAbsent(stream.getProperty(utf8("request\0host"))));
  labels.add(utf8("destination_canonical_service"), Bytes.absent);
  labels.add(utf8("destination_canonical_revision"), Bytes.absent);
  labels.add(utf8("destination_service_name"), Bytes.absent);
  labels.add(utf8("destination_service_namespace"), Bytes.absent);
  labels.add(utf8("destination_cluster"), Bytes.absent);
}

function addResponse(labels: Labels, stream: HttpContext, isSource: bool): void {
  const isGrpc = stream.requestHeaders.get(utf8("content-type")).startsWith(utf8("application/grpc"));
  const code = BytesBuilder.create().addU64(stream.getPropertyU64(utf8("response\0code"))).toBytes();
  const flags = stream.getPropertyU64(utf8("response\0flags"));
  labels.add(utf8("request_protocol"), isGrpc ? utf8("grpc") : utf8("http"));
  labels.add(utf8("response_code"), code);
  labels.add(utf8("grpc_response_status"), isGrpc ? grpcStatus(stream) : Bytes.empty);
  labels.add(utf8("response_flags"), responseFlags(flags));
  labels.add(utf8("connection_security_policy"), securityPolicy(stream, isSource));
}

function grpcStatus(stream: HttpContext): Bytes {
  return BytesBuilder.create().addU64(stream.getPropertyU64(utf8("response\0grpc_status"))).toBytes();
}

/** Only the server knows how the connection was secured. */
function securityPolicy(stream: HttpContext, isSource: bool): Bytes {
  if (isSource) return Bytes.absent;
  return stream.getPropertyBool(utf8("connection\0mtls")) ? utf8("mutual_tls") : utf8("none");
}

function presentOrAbsent(value: Bytes): Bytes {
  return value.length > 0 ? value : Bytes.absent;
}
