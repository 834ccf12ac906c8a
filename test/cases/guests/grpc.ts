// Calls and streams of gRPC on the SDK: the configuration says which, the log what came back.
import {
  Action, Bytes, BytesBuilder, Context, GrpcCall, GrpcCallHandler, GrpcStatus, GrpcStream, GrpcStreamHandler, HeaderList,
  HttpContext, LogLevel, OwnedBytes, RootContext, registerRoot, utf8,
} from "@sluice/sdk";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/grpc";

const TIMEOUT_MS: u32 = 300;

class GrpcRoot extends RootContext {
  private what: OwnedBytes = OwnedBytes.absent();

  override onConfigure(configuration: Bytes): bool {
    this.what = configuration.toOwned();
    return true;
  }

  override createHttpContext(id: u32): HttpContext {
    return new Asking(id, this);
  }

  does(what: Bytes): bool {
    return this.what.view.equals(what);
  }
}

function note(context: Context, what: string, detail: Bytes): void {
  context.log(LogLevel.Info, BytesBuilder.create().addString(what).addByte(0x20).add(detail).toBytes());
}

function statusAnd(status: GrpcStatus, message: Bytes): Bytes {
  return BytesBuilder.create().addI64(status).addByte(0x20).add(message).toBytes();
}

class Answer extends GrpcCallHandler {
  onResponse(context: Context, message: Bytes): void {
    note(context, "answer", message);
    (<HttpContext>context).continueRequest();
  }

  onFailure(context: Context, status: GrpcStatus, message: Bytes): void {
    note(context, "failure", statusAnd(status, message));
    (<HttpContext>context).sendLocalResponse(503, utf8("asked_in_vain"));
  }
}

/** Answers each message that it gets; ends with `last`, cancels at `enough`. */
class Talk extends GrpcStreamHandler {
  override onInitialMetadata(context: Context, stream: GrpcStream): void {
    note(context, "initial", context.grpcInitialMetadata.get(utf8("x-initial")));
  }

  onMessage(context: Context, stream: GrpcStream, message: Bytes): void {
    note(context, "message", message);
    if (message.equals(utf8("enough"))) {
      stream.cancel();
      (<HttpContext>context).continueRequest();
    } else if (message.equals(utf8("last"))) stream.closeSending();
  }

  override onTrailingMetadata(context: Context, stream: GrpcStream): void {
    note(context, "trailing", context.grpcTrailingMetadata.get(utf8("x-trailing")));
  }

  onClose(context: Context, stream: GrpcStream, status: GrpcStatus, message: Bytes): void {
    note(context, "closed", statusAnd(status, message));
    note(context, "sent after", stream.send(utf8("late")) ? utf8("the end") : utf8("nothing"));
    (<HttpContext>context).continueRequest();
  }
}

class Asking extends HttpContext {
  constructor(id: u32, private readonly root: GrpcRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    if (this.root.does(utf8("stream"))) return this.talk();
    const call = this.call();
    if (call === null) {
      note(this, "not sent", Bytes.empty);
      return Action.Continue;
    }
    if (!this.root.does(utf8("cancel"))) return Action.Pause;
    call.cancel();
    note(this, "open", call.isOpen ? utf8("yes") : utf8("no"));
    return Action.Continue;
  }

  private call(): GrpcCall | null {
    const cluster = this.root.does(utf8("nowhere")) ? utf8("nowhere") : utf8("rpc");
    const metadata = HeaderList.create().add(utf8("x-caller"), utf8("me")).add(utf8("key-bin"), utf8("ab"));
    return this.grpcCall(cluster, utf8("test.Service"), utf8("Say"), metadata, utf8("question"), TIMEOUT_MS, new Answer());
  }

  private talk(): Action {
    const stream = this.grpcStream(utf8("rpc"), utf8("test.Service"), utf8("Talk"), null, new Talk());
    if (stream === null) return Action.Continue;
    stream.send(utf8("one"));
    stream.send(utf8("two"), false);
    return Action.Pause;
  }
}

registerRoot((id) => new GrpcRoot(id));
