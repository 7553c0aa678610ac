/**
 * Files on their way, to others and from them: each goes to each of its receivers by a stream.
 *
 * Once a file is complete, each end sends the hash of its bytes to the other, over a channel.
 *
 * @module
 */

import { DeliveryError, type GroupChannel, type WebGroup } from "../mod.ts";
import { type Audience, type FileInfo, type FileLabel, fileOf, labelOf } from "./file_label.ts";
import { drawId, type FileStore, type Source, type StoredFile } from "./files.ts";
import { type FileHash, HASHED } from "./values.ts";

/**
 * The reason for which a transfer ends early: cancelled here or there, the member left, or an
 * error.
 */
export type Stop = "me" | "them" | "left" | "failed";

/** An event of a transfer; `member` is the other end. */
export type TransferFact =
  | {
    readonly type: "fileBegan";
    readonly info: FileInfo;
    readonly from: number;
    readonly to: readonly number[];
  }
  | {
    readonly type: "fileMoved";
    readonly file: string;
    readonly member: number;
    /** So far. */
    readonly bytes: number;
  }
  /** All bytes have arrived. */
  | { readonly type: "fileWhole"; readonly file: string; readonly member: number }
  | {
    readonly type: "fileStopped";
    readonly file: string;
    readonly member: number;
    readonly why: Stop;
  }
  /** The state at this end. */
  | {
    readonly type: "fileHashed";
    readonly file: string;
    /** `undefined`: it cannot be computed here. */
    readonly sha256: string | undefined;
    readonly content?: Blob;
  }
  /** The state at both ends; an end that cannot compute the hash has `undefined`. */
  | {
    readonly type: "fileCompared";
    readonly info: FileInfo;
    readonly member: number;
    readonly mine: string | undefined;
    readonly theirs: string | undefined;
  };

export interface TransferPorts {
  readonly group: WebGroup;
  readonly shelf: FileStore;
  readonly tell: (fact: TransferFact) => void;
}

/** A file, until its hashes are compared. */
interface Transfer {
  readonly info: FileInfo;
  /** The other ends. */
  readonly members: Set<number>;
  /** Those of them that have all of it, or from which all has come. */
  readonly whole: Set<number>;
  readonly stop: AbortController;
  mine?: StoredFile;
  readonly theirs: Map<number, string | undefined>;
}

/** Progress is reported after this number of bytes. */
const STEP_BYTES = 1_048_576;

/** The files of one participant. */
export class Transfers {
  readonly #ports: TransferPorts;
  readonly #hashes: GroupChannel<FileHash>;
  readonly #transfers = new Map<string, Transfer>();

  constructor(ports: TransferPorts) {
    this.#ports = ports;
    const { group } = ports;
    this.#hashes = group.channel("hashes", { schema: HASHED });
    this.#hashes.onMessage = (sender, { file, sha256 }) =>
      this.#told(sender, file, sha256 ?? undefined);
    group.addEventListener("stream", (event) => {
      const { sender, name, size, mediaType: type } = event;
      this.#receive(sender, { name, size, type }, () => event.readable);
    });
  }

  /** Sends a file to all or to one; settles when each of them has all of it, or will not. */
  async send(file: Source, to?: number): Promise<void> {
    const { group, tell } = this.#ports;
    const members = to === undefined ? group.members.filter((id) => id !== group.myId) : [to];
    const audience: Audience = to === undefined ? "all" : "you";
    const { name, size: bytes, type: mediaType } = file;
    const info: FileInfo = { id: drawId(), name, bytes, mediaType, audience };
    const transfer = this.#begin(info, members);
    tell({ type: "fileBegan", info, from: group.myId, to: members });
    await Promise.all(members.map((member) => this.#sendTo(member, file, transfer)));
    // No receiver is left that could compare hashes.
    if (transfer.members.size === 0) return;
    this.#hashed(transfer, { sha256: await this.#ports.shelf.hash(file) });
  }

  /** A member is gone: what is on its way ends with its stream, the rest will not be compared. */
  left(member: number): void {
    for (const transfer of [...this.#transfers.values()]) {
      if (transfer.members.has(member) && transfer.whole.has(member)) {
        this.#ports.tell({ type: "fileStopped", file: transfer.info.id, member, why: "left" });
        this.#end(member, transfer);
      }
    }
  }

  /** Cancels the transfer of a file, in either direction. */
  cancel(file: string): void {
    this.#transfers.get(file)?.stop.abort(
      new DOMException("no more of it is wanted", "AbortError"),
    );
  }

  /** Ends all of them. */
  cancelAll(): void {
    for (const file of [...this.#transfers.keys()]) this.cancel(file);
  }

  /** Accepts a stream, if it is a file. */
  #receive(sender: number, label: FileLabel, take: () => Incoming): void {
    const info = fileOf(label);
    if (info === undefined || this.#transfers.has(info.id)) return;
    const transfer = this.#begin(info, [sender]);
    const readable = take();
    this.#ports.tell({ type: "fileBegan", info, from: sender, to: [this.#ports.group.myId] });
    this.#receiveFrom(sender, readable, transfer);
  }

  /** The other end has all of a file, and this is its hash there. */
  #told(member: number, file: string, sha256: string | undefined): void {
    const transfer = this.#transfers.get(file);
    if (transfer === undefined || !transfer.members.has(member)) return;
    transfer.theirs.set(member, sha256);
    this.#compare(transfer);
  }

  #begin(info: FileInfo, members: readonly number[]): Transfer {
    const transfer: Transfer = {
      info,
      members: new Set(members),
      whole: new Set(),
      stop: new AbortController(),
      theirs: new Map(),
    };
    this.#transfers.set(info.id, transfer);
    return transfer;
  }

  async #sendTo(member: number, file: Source, transfer: Transfer): Promise<void> {
    const { signal } = transfer.stop;
    const meter = this.#meter(member, transfer);
    const metered = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array>({
      transform(chunk, controller) {
        controller.enqueue(chunk);
        meter(chunk.length);
      },
    });
    try {
      const stream = this.#ports.group.openStream(member, { ...labelOf(transfer.info), signal });
      await file.stream().pipeThrough(metered).pipeTo(stream);
      this.#whole(member, transfer);
    } catch (error) {
      this.#stopped(member, transfer, error);
    }
  }

  async #receiveFrom(sender: number, readable: Incoming, transfer: Transfer): Promise<void> {
    const { info, stop: { signal } } = transfer;
    const keeper = this.#ports.shelf.keep(info.mediaType);
    const meter = this.#meter(sender, transfer);
    const kept = new WritableStream<Uint8Array>({
      write(chunk) {
        // Bytes of a stream are never in shared memory.
        keeper.add(chunk as Uint8Array<ArrayBuffer>);
        if (meter(chunk.length) > info.bytes) {
          throw new Error("the file exceeds its announced size");
        }
      },
    });
    try {
      await readable.pipeTo(kept, { signal });
      this.#whole(sender, transfer);
      this.#hashed(transfer, await keeper.finish());
    } catch (error) {
      this.#stopped(sender, transfer, error);
    }
  }

  /** Counts bytes, and reports progress at intervals. */
  #meter(member: number, { info }: Transfer): (bytes: number) => number {
    let [total, told] = [0, 0];
    return (bytes) => {
      total += bytes;
      if (total - told >= STEP_BYTES || total === info.bytes) {
        told = total;
        this.#ports.tell({ type: "fileMoved", file: info.id, member, bytes: total });
      }
      return total;
    };
  }

  #whole(member: number, { info, whole }: Transfer): void {
    whole.add(member);
    this.#ports.tell({ type: "fileWhole", file: info.id, member });
  }

  #hashed(transfer: Transfer, kept: StoredFile): void {
    const { info: { id: file } } = transfer;
    transfer.mine = kept;
    this.#ports.tell({ type: "fileHashed", file, ...kept });
    for (const member of transfer.members) {
      // A member that has left compares no hash.
      this.#hashes.sendTo(member, { file, sha256: kept.sha256 ?? null }).catch(() => {});
    }
    this.#compare(transfer);
  }

  #compare(transfer: Transfer): void {
    const { info, mine, theirs } = transfer;
    if (mine === undefined) return;
    for (const [member, hash] of theirs) {
      theirs.delete(member);
      this.#ports.tell({ type: "fileCompared", info, member, mine: mine.sha256, theirs: hash });
      this.#end(member, transfer);
    }
  }

  #stopped(member: number, transfer: Transfer, error: unknown): void {
    const why = transfer.stop.signal.aborted ? "me" : whyOf(error);
    this.#ports.tell({ type: "fileStopped", file: transfer.info.id, member, why });
    this.#end(member, transfer);
  }

  #end(member: number, { info, members }: Transfer): void {
    members.delete(member);
    if (members.size === 0) this.#transfers.delete(info.id);
  }
}

type Incoming = ReadableStream<Uint8Array>;

function whyOf(error: unknown): Stop {
  if (!(error instanceof DeliveryError)) return "failed";
  switch (error.code) {
    case "CANCELLED":
    case "ABORTED":
      return "them";
    case "MEMBER_LEFT":
      return "left";
    default:
      return "failed";
  }
}
