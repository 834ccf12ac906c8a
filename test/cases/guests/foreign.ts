// The functions that Envoy registers, through the SDK: the configuration says which, the log what they gave.
import {
  Action, Bytes, BytesBuilder, Expression, HttpContext, LogLevel, OwnedBytes, PropertyType, RootContext, SignatureKey,
  SignatureResult, StateSpan, clearRouteCache, compress, declareProperty, decodeHex, encodeHex,
  registerRoot, setEnvoyFilterState, sign, uncompress, utf8, verifySignature,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";

/** The configuration is a word and, after a space, what belongs to it. */
class ForeignRoot extends RootContext {
  private configuration: OwnedBytes = OwnedBytes.absent();
  expression: Expression | null = null;

  override onConfigure(configuration: Bytes): bool {
    this.configuration = configuration.toOwned();
    if (this.does(utf8("expression"))) this.expression = Expression.parse(this.rest);
    if (this.does(utf8("declare"))) {
      this.note("declared", this.declare());
      this.note("declared again", this.declare());
    }
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Calling(id, this);
  }

  does(what: Bytes): bool {
    const configuration = this.configuration.view;
    const space = configuration.indexOfByte(0x20);
    return (space < 0 ? configuration : configuration.slice(0, space)).equals(what);
  }

  get rest(): Bytes {
    return this.configuration.view.slice(this.configuration.view.indexOfByte(0x20) + 1);
  }

  private declare(): Bytes {
    return numberText(declareProperty(utf8("own"), PropertyType.String, true, StateSpan.FilterChain));
  }

  note(what: string, value: Bytes): void {
    this.log(LogLevel.Info, BytesBuilder.create().addString(what).addByte(0x20).add(value).toBytes());
  }
}

function numberText(value: i64): Bytes {
  return BytesBuilder.create().addI64(value).toBytes();
}

class Calling extends HttpContext {
  constructor(id: u32, private readonly root: ForeignRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const root = this.root;
    if (root.does(utf8("compress"))) this.roundTrip();
    if (root.does(utf8("expression"))) this.evaluate();
    if (root.does(utf8("sign"))) this.noteSignature(sign(utf8("sha256"), SignatureKey.der(decodeHex(root.rest)), utf8("text")));
    if (root.does(utf8("verify"))) this.verify();
    if (root.does(utf8("state"))) this.setState();
    if (root.does(utf8("declare"))) this.write();
    if (root.does(utf8("route"))) root.note("cleared", numberText(clearRouteCache()));
    if (root.does(utf8("unknown"))) root.note("unknown", numberText(root.callForeignFunction(utf8("nobody"), Bytes.empty).status));
    return Action.Continue;
  }

  private roundTrip(): void {
    const packed = compress(utf8("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
    this.root.note("shorter", packed.length > 0 && packed.length < 40 ? utf8("yes") : utf8("no"));
    this.root.note("unpacked", uncompress(packed));
    this.root.note("not packed", uncompress(utf8("plain")).isAbsent ? utf8("absent") : utf8("there"));
  }

  private evaluate(): void {
    const expression = this.root.expression;
    if (expression === null) return this.root.note("no", utf8("expression"));
    const result = expression.evaluate();
    this.root.note("evaluated", numberText(result.status));
    this.root.note("value", result.value);
    this.root.note("true", expression.isTrue() ? utf8("yes") : utf8("no"));
    expression.delete();
    this.root.note("deleted", numberText(expression.evaluate().status));
  }

  private verify(): void {
    const signature = decodeHex(this.requestHeaders.get(utf8("x-signature")));
    const text = this.requestHeaders.get(utf8("x-text"));
    this.noteSignature(verifySignature(utf8("sha256"), SignatureKey.pem(this.root.rest), signature, text));
  }

  private noteSignature(result: SignatureResult): void {
    this.root.note(result.isOk ? "ok" : "failed", result.error);
    if (!result.signature.isAbsent) this.root.note("signature", encodeHex(result.signature));
  }

  private setState(): void {
    const key = this.root.rest;
    this.root.note("state", numberText(setEnvoyFilterState(key, utf8("value"), StateSpan.DownstreamRequest)));
  }

  private write(): void {
    this.root.note("first", this.setProperty(utf8("own"), utf8("a")) ? utf8("kept") : utf8("refused"));
    this.root.note("second", this.setProperty(utf8("own"), utf8("b")) ? utf8("kept") : utf8("refused"));
    this.root.note("own", this.getProperty(utf8("own")));
  }
}

registerRoot((id) => new ForeignRoot(id));
