import { Bytes, BytesBuilder, HttpContext, MetricName, utf8 } from "@sluice/sdk";
import { responseFlags } from "./response-flags";

/**
 * Labels of Istio's standard metrics in their order, which the proxy's `stats_tags` read
 * (stats-tags.yaml); `isSource` = the reporting side is the client's.
 */
export function labelsOf(stream: HttpContext, isSource: bool): Bytes {
  const labels = MetricName.create();
  add(labels, utf8("reporter"), isSource ? utf8("source") : utf8("destination"));
  addPeer(labels, stream, isSource);
  addService(labels, stream);
  addResponse(labels, stream, isSource);
  return labels.tags;
}

/** Workload labels need the peers' metadata, which is not exchanged yet: unknown, as Istio writes it. */
function addPeer(labels: MetricName, stream: HttpContext, isSource: bool): void {
  const peer = stream.getProperty(utf8("connection\0uri_san_peer_certificate"));
  const local = stream.getProperty(utf8("connection\0uri_san_local_certificate"));
  add(labels, utf8("source_workload"), Bytes.absent);
  add(labels, utf8("source_canonical_service"), Bytes.absent);
  add(labels, utf8("source_canonical_revision"), Bytes.absent);
  add(labels, utf8("source_workload_namespace"), Bytes.absent);
  add(labels, utf8("source_principal"), presentOrAbsent(isSource ? local : peer));
  add(labels, utf8("source_app"), Bytes.absent);
  add(labels, utf8("source_version"), Bytes.absent);
  add(labels, utf8("source_cluster"), Bytes.absent);
  add(labels, utf8("destination_workload"), Bytes.absent);
  add(labels, utf8("destination_workload_namespace"), Bytes.absent);
  add(labels, utf8("destination_principal"), presentOrAbsent(isSource ? peer : local));
  add(labels, utf8("destination_app"), Bytes.absent);
  add(labels, utf8("destination_version"), Bytes.absent);
}

function addService(labels: MetricName, stream: HttpContext): void {
  add(labels, utf8("destination_service"), presentOrAbsent(stream.getProperty(utf8("request\0host"))));
  add(labels, utf8("destination_canonical_service"), Bytes.absent);
  add(labels, utf8("destination_canonical_revision"), Bytes.absent);
  add(labels, utf8("destination_service_name"), Bytes.absent);
  add(labels, utf8("destination_service_namespace"), Bytes.absent);
  add(labels, utf8("destination_cluster"), Bytes.absent);
}

function addResponse(labels: MetricName, stream: HttpContext, isSource: bool): void {
  const isGrpc = stream.requestHeaders.get(utf8("content-type")).startsWith(utf8("application/grpc"));
  const code = BytesBuilder.create().addU64(stream.getPropertyU64(utf8("response\0code"))).toBytes();
  const flags = stream.getPropertyU64(utf8("response\0flags"));
  add(labels, utf8("request_protocol"), isGrpc ? utf8("grpc") : utf8("http"));
  add(labels, utf8("response_code"), code);
  add(labels, utf8("grpc_response_status"), isGrpc ? grpcStatus(stream) : Bytes.empty);
  add(labels, utf8("response_flags"), responseFlags(flags));
  add(labels, utf8("connection_security_policy"), securityPolicy(stream, isSource));
}

function grpcStatus(stream: HttpContext): Bytes {
  return BytesBuilder.create().addU64(stream.getPropertyU64(utf8("response\0grpc_status"))).toBytes();
}

/** Only the server knows how the connection was secured. */
function securityPolicy(stream: HttpContext, isSource: bool): Bytes {
  if (isSource) return Bytes.absent;
  return stream.getPropertyBool(utf8("connection\0mtls")) ? utf8("mutual_tls") : utf8("none");
}

/** Istio writes `unknown` for what it does not know. */
function add(labels: MetricName, tag: Bytes, value: Bytes): void {
  labels.tag(tag, value.isAbsent ? utf8("unknown") : value);
}

function presentOrAbsent(value: Bytes): Bytes {
  return value.length > 0 ? value : Bytes.absent;
}
