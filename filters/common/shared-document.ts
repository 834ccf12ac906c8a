import { Bytes, BytesBuilder, Context, OwnedBytes, Status, utf8 } from "@sluice/sdk";

const BLANK: u8 = 0x20;

/**
 * What all VMs of a proxy with one vm_id know of a document: a key of the shared data.
 *
 *     <leaseUntil> <triedAt> <goodAt> <refetchedAt> <bytes of the document>
 *
 * Times are nanoseconds since 1970 in decimal, 0 = never. The fields are what {@link read} found, and what is written next.
 */
export class SharedDocument {
  /** Until when the VM that fetches the document may take; 0 = none does. */
  leaseUntil: u64 = 0;
  /** When the last fetch ended; it was good if that is `goodAt`. */
  triedAt: u64 = 0;
  /** When the last good fetch ended. */
  goodAt: u64 = 0;
  /** When it was last fetched before it was due. */
  refetchedAt: u64 = 0;
  /** What the last good answer said; only in the callback that has read or set it. */
  body: Bytes = Bytes.empty;
  private version: u32 = 0;
  private position: i32 = 0;

  private constructor(private readonly key: OwnedBytes) {}

  /**
   * The document of this name. Makes the key where it is missing: writes can only be conditional on one that exists, and while a plugin is
   * configured first, in its trial run, no other VM has it.
   */
  static open(context: Context, name: Bytes): SharedDocument {
    const document = new SharedDocument(BytesBuilder.create().add(utf8("sluice.document ")).add(name).toBytes().toOwned());
    document.read(context);
    if (document.version == 0) document.write(context);
    return document;
  }

  /** Reads what there is now. */
  read(context: Context): void {
    const shared = context.getSharedData(this.key.view);
    this.version = shared.cas;
    this.position = 0;
    this.leaseUntil = this.nextTime(shared.value);
    this.triedAt = this.nextTime(shared.value);
    this.goodAt = this.nextTime(shared.value);
    this.refetchedAt = this.nextTime(shared.value);
    this.body = shared.value.slice(this.position);
  }

  /** Writes the fields unless another VM has written since `read`; false then. */
  writeUnchanged(context: Context): bool {
    return context.setSharedData(this.key.view, this.encode(), this.version) != Status.CasMismatch;
  }

  /** Writes the fields. Where that fails the other VMs fetch for themselves. */
  write(context: Context): void {
    context.setSharedData(this.key.view, this.encode());
  }

  private encode(): Bytes {
    const text = BytesBuilder.create();
    text.addU64(this.leaseUntil).addByte(BLANK).addU64(this.triedAt).addByte(BLANK);
    text.addU64(this.goodAt).addByte(BLANK).addU64(this.refetchedAt).addByte(BLANK);
    return text.add(this.body).toBytes();
  }

  private nextTime(text: Bytes): u64 {
    const start = this.position;
    const end = text.indexOfByte(BLANK, start);
    if (end < 0) return 0;
    this.position = end + 1;
    return text.slice(start, end).toU64();
  }
}
